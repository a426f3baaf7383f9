"""Mutual proximity: a distance seen from both ends, so that no passage is near to everything.

Of each passage it is known how its distances to others are spread: mean and standard deviation. How few are as near as
this one is, for both, tells how near they are, and has the same scale for every passage and every kind of distance.
Schnitzer, Flexer, Schedl, Widmer: Local and global scaling reduce hubs in space (JMLR 13, 2012).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]

SAMPLE: Final = 500
"""So many passages are enough to tell how distances are spread: twice as many hardly move the mean."""

_NARROWEST: Final = 1e-9
"""A variance of 0 would make any difference endless."""

# Numerical Recipes, 6.2 (erfcc): its relative error is below 1.2e-7 everywhere, so the order of the nearest is right.
_CHEBYSHEV: Final = (
    *(-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806),
    *(0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277),
)


def spread(distances: NDArray[np.float32], itself: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return mean and standard deviation of each row of distances, without those of a passage to itself.

    ``distances`` and ``itself`` have the shape (passages, samples), the result (passages, 2). NaN where there is no
    other.
    """
    others = itself.shape[1] - itself.sum(axis=1)
    apart = np.where(itself, np.float32(0), distances)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = apart.sum(axis=1, dtype=np.float64) / others
        of_squares = np.square(apart, out=apart).sum(axis=1, dtype=np.float64) / others
        deviation = np.sqrt(np.maximum(of_squares - mean * mean, _NARROWEST))
    return np.stack([mean, deviation], axis=1).astype(np.float32)


def farness(
    distances: Floats, mean: Floats, deviation: Floats, means: Floats, deviations: Floats
) -> NDArray[np.float64]:
    """Return how far others are, from 0 to 1, by their distances and how those of both ends are spread.

    ``mean`` and ``deviation`` are those of the passage that is compared, ``means`` and ``deviations`` of the others.
    """
    one, other = (_share_below((distances - at) / by) for at, by in ((mean, deviation), (means, deviations)))
    return one + other - one * other


def _share_below(scores: Floats) -> NDArray[np.float64]:
    """Return the share of a normal distribution that is below each standard score."""
    below = np.abs(scores).astype(np.float64) * np.sqrt(0.5)
    t = 1 / (1 + below / 2)
    polynomial = np.zeros_like(t)
    for coefficient in reversed(_CHEBYSHEV):
        polynomial = polynomial * t + coefficient
    tail = t * np.exp(polynomial - below * below) / 2
    below_it: NDArray[np.float64] = np.where(scores < 0, tail, 1 - tail)
    return below_it
