"""The library in a MySQL or MariaDB database: staged, verified, then swapped in. See docs/export.md."""
