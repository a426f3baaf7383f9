"""Clients of AcoustID and MusicBrainz, and parsers of their answers. No actors."""
