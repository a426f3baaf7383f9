"""The attacks of ``benchmarks/torture.py``, one file each, and what they share."""
