"""What is known of passages: tags, AcoustID, MusicBrainz."""
