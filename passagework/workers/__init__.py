"""Executors of analyses: processes, futures, a cluster, the importing process itself."""
