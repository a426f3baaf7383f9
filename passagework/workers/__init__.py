"""Executors, which run analyses: in processes, futures, a cluster, or the importing process itself."""
