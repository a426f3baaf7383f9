"""Gives files to the executor."""
