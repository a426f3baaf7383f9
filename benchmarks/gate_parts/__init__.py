"""The checks of gate.py."""
