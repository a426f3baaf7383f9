"""Passagework turns folders of music into a passage library."""
