"""Walks the roots and says which files are to be analysed."""
