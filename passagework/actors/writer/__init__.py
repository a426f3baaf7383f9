"""The persistence actor and what it decides with."""
