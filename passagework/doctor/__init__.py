"""Check what an import needs on this machine."""
