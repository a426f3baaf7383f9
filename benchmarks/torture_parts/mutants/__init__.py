"""Hostile files made of good ones: by their structure, by their bytes, and by hand."""
