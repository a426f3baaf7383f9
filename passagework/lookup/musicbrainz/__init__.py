"""The client of MusicBrainz."""
