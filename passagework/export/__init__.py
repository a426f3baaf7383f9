"""Exports of the library for other programs, to databases and files. The library itself is only read."""
