"""Opens a file and decodes it once, whatever its container, damage or frame layout."""
