"""Open a file and decode it once, despite damage, for any container and frame layout."""
