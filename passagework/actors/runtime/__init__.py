"""What actors run on: mailboxes, addresses, clocks, supervision. Knows no music."""
