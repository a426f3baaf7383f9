"""Decides what passages are, and asks the services."""
