"""Follows folders: what has changed in them, and when it is time for an import of just that."""
