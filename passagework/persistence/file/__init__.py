"""The library as a file: open, lock, migrate, checkpoint, and SQLite's errors."""
