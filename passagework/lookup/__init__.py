"""What the world knows: clients of AcoustID and MusicBrainz, and readers of their answers. No actors."""
