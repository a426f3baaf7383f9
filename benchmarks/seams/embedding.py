"""What a host sees of a library."""

from passagework import Library

__all__ = ["Library"]
