"""Batches: staging, statements, replay of poison."""
