"""The client of AcoustID."""
