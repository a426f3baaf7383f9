"""The distribution of a quantity in a fixed number of counters, however often it is measured."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

STEPS_PER_DOUBLING: Final = 8
"""Buckets grow by 2^(1/8), so a percentile has an error of at most 4.5 %."""

SMALLEST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Spread:
    """A summary of a distribution: number of values, their sum, median, 99th percentile and the largest."""

    count: int = 0
    total: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    largest: float = 0.0


class Histogram:
    """Counts values of 0 and above in buckets of geometric width. Not thread-safe."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self._count = 0
        self._total = 0.0
        self._largest = 0.0

    def add(self, value: float) -> None:
        """Count a value; values below a millionth count as a millionth."""
        value = max(0.0, value)
        self._buckets[math.ceil(STEPS_PER_DOUBLING * math.log2(max(value, SMALLEST)))] += 1
        self._count += 1
        self._total += value
        self._largest = max(self._largest, value)

    def spread(self) -> Spread:
        """Return the distribution so far; the largest value is exact."""
        return Spread(self._count, self._total, self._percentile(0.5), self._percentile(0.99), self._largest)

    def _percentile(self, share: float) -> float:
        """Return the geometric middle of the bucket in which this share of the values is reached."""
        wanted = math.ceil(share * self._count)
        reached = 0
        for bucket in sorted(self._buckets):
            reached += self._buckets[bucket]
            if reached >= wanted:
                return min(float(2 ** ((bucket - 0.5) / STEPS_PER_DOUBLING)), self._largest)
        return 0.0
