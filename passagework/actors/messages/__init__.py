"""Every message between the actors, one file per receiver."""
