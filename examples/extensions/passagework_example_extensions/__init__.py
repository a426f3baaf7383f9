"""One extension of each kind: a measured value, a source of evidence, a listener."""
