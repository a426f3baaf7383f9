"""Parts of ``day.py``: a house with music in which things happen, the daemon that serves it, and what is measured of it."""
