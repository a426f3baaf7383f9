"""What the service does, a file for each kind of thing that is asked about."""
