"""How values are stored in columns."""
