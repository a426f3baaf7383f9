"""What follows from a decision."""
