"""The playable passages as a file: JSON Lines, CSV, Parquet, or a playlist."""
