"""What a passage is, decided from all evidence about its group, with every step open to inspection. Pure."""
