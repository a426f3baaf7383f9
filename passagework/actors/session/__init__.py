"""One run at a time: its files, its credits, its counters."""
