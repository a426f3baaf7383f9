"""What people do to a library: edits and undo."""
