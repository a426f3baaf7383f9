"""How evidence is weighed."""
