"""What the benchmarks of the writer share: the load, rivals on the same schema, counters, proof of equal content."""
