"""Worker processes that can be killed, and the protocol to them."""
