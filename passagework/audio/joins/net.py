"""Tell how likely each place is the middle of a change from one piece to the next.

A small net weighs the curves around a place. Its weights were fitted to made crossfades of real tracks, by
``benchmarks/albums_fit.py``; ``weights.npz`` has them, with the names of the arrays below.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.joins.curves import CURVES, NEARER, REACH, Curves, curves_around
from passagework.audio.joins.spectra import FIRST, FRAMES_PER_SECOND, Spectra
from passagework.domain.track_lists.joining import Joining

_EDGES: Final = (-80, -56, -38, -25, -15, -8, -3, 3, 8, 15, 25, 38, 56, 80)
"""Frames from a place: the curves are averaged between each two of them."""

PLACES: Final = 85
"""Frames before and behind the middle of the curves that are judged."""

_UNLIKELY: Final = -8.0
"""Logarithm: nothing is less likely than the likeliest place by more than this, since the net may be wrong."""

_DIFFERENT: Final = 0.4
"""The contrast from which on two pieces differ."""

_NEAR, _FAR = FRAMES_PER_SECOND, 9 * FRAMES_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The net: one hidden layer. ``mean`` and ``spread`` of each curve; ``hidden`` of shape (inputs, units)."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    hidden: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    output: NDArray[np.float64]


@cache
def shipped() -> Weights:
    """Return the weights that come with the package."""
    with files(__package__).joinpath("weights.npz").open("rb") as file, np.load(file) as arrays:
        return Weights(**{name: arrays[name].astype(np.float64) for name in arrays.files})


def inputs_of(curves: Curves, mean: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the net sees of each place, shape (2 * PLACES, inputs)."""
    scaled = (curves - mean) / spread
    sums = np.vstack([np.zeros((1, CURVES)), np.cumsum(scaled, axis=0)])
    places = np.arange(REACH - PLACES, REACH + PLACES)
    parts = []
    for low, high in pairwise(_EDGES):
        start, end = (places + low).clip(0, 2 * REACH), (places + high).clip(0, 2 * REACH)
        parts.append((sums[end] - sums[start]) / np.maximum(end - start, 1)[:, None])
    return np.hstack(parts)


class HeardJoins:
    """The joins of one file, by its spectra."""

    def __init__(self, spectra: Spectra) -> None:
        self._powers = spectra.powers

    def around(self, place: float, before: float, behind: float) -> Joining | None:
        """Return what is heard within 8.5 s of a place, or None if there is too little sound to hear anything.

        All in seconds; ``before`` and ``behind``: how long the pieces on both sides are.
        """
        at = round((place - FIRST) * FRAMES_PER_SECOND)
        lengths = round(before * FRAMES_PER_SECOND), round(behind * FRAMES_PER_SECOND)
        if (curves := curves_around(self._powers, at, lengths)) is None:
            return None
        weights = shipped()
        hidden = np.tanh(inputs_of(curves, weights.mean, weights.spread) @ weights.hidden + weights.hidden_bias)
        nearer = curves[:, NEARER] / 4
        contrast = nearer[REACH + _NEAR : REACH + _FAR].mean() - nearer[REACH - _FAR : REACH - _NEAR].mean()
        found = hidden @ weights.output
        # Where both sides sound alike, what changes between them tells little.
        found = (found - found.max()) * min(1.0, max(0.0, contrast / _DIFFERENT))
        likelihoods = np.exp(np.maximum(found, _UNLIKELY))
        start = (at - PLACES) / FRAMES_PER_SECOND + FIRST
        return Joining(start, likelihoods / likelihoods.mean(), float(contrast))
