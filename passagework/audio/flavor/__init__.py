"""What is heard of the musical character of a file, during its one decode."""
