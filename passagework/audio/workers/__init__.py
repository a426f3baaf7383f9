"""Runs analyses in child processes that can be killed, or in this one: the executor protocol and its kinds."""
