"""What the benchmarks of the writer share: messages, contenders, counters, and the proof of equal content."""
