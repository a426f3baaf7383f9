"""The library for other programs: copies of it in databases and files. The library itself is only read."""
