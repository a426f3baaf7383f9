"""User actions on a library: edits and undo."""
