"""Parts of ``day.py``: a house with music in which things happen, and the daemon that serves it."""
