"""Look at what an import needs on this machine."""
