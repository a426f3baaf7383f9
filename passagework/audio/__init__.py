"""One file in, one analysis out: sniff, tags, one decode, features. Runs in worker processes."""
