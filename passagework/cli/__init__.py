"""The command line: a thin layer over the embedding API."""
