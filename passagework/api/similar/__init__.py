"""What is like what, among all passages of a library."""
