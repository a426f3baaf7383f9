"""A process that reads the library for its host, so that the host's process has one connection: the one that writes."""
