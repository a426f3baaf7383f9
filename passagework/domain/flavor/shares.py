"""Shares that sum to 1: their means over time, and how they are rounded."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.values import Members

_STEPS: Final = 10_000
"""Shares have four decimals."""


class Mean:
    """The mean of shares over time."""

    def __init__(self) -> None:
        self._sum: NDArray[np.float64] = np.zeros(1)
        self._weight = 0.0

    def add(self, shares: NDArray[np.floating], weight: float) -> None:
        """Count shares of shape (members,) with a weight above 0."""
        self._sum = self._sum + np.asarray(shares, np.float64) * weight
        self._weight += weight

    def finish(self) -> NDArray[np.float64]:
        """Return the mean of what was counted, which is something."""
        return self._sum / self._weight


def rounded(names: Sequence[str], shares: NDArray[np.float64]) -> Members:
    """Round to four decimals by largest remainder: the rounded shares sum to 1 as the given ones do."""
    exact = shares / shares.sum() * _STEPS
    steps = np.floor(exact).astype(int)
    missing = _STEPS - int(steps.sum())
    steps[np.argsort(steps - exact, kind="stable")[:missing]] += 1
    return tuple((name, int(step) / _STEPS) for name, step in zip(names, steps, strict=True))
