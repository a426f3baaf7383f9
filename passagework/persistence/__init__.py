"""The library: schema, the one connection, set-based batch writes, queries. No actors."""
