"""Flavor: the musical character of a passage, how far two are apart, and what is like what. Pure."""
