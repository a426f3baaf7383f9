"""Worker processes that can be killed, and their wire protocol."""
