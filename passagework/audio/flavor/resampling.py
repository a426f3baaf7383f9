"""Resample pieces of a file to 16 kHz, for the nets."""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.flavor.log_mel import PATCH_SAMPLES, SAMPLE_RATE

_ROLL_OFF: Final = 0.95
"""Of half the lower of both rates: where the filter has lost half of the level."""

_ZEROS: Final = 32
"""Of the sinc on each side, with Kaiser's window of the shape ``_BETA``: what would alias is 90 dB lower."""

_BETA: Final = 9.0

_TOGETHER: Final = 160
"""Samples at 16 kHz that one row of a matrix product makes, if the rates permit: all phases at 44.1 kHz."""

_LARGEST_STEP: Final = 8_192
"""Samples of the file that one row goes on by, at most."""

_ROWS: Final = 2**20
"""Numbers that are multiplied at once."""


class Resampler:
    """Makes a patch from samples at another rate. ``before`` of the ``needed`` samples lie before its start.

    A rate of which no small fraction is 16 kHz is taken as one that differs by less than one in 10,000.
    """

    def __init__(self, sample_rate: int) -> None:
        ratio = Fraction(sample_rate, SAMPLE_RATE)
        phases = max(1, min(4 * _TOGETHER, _LARGEST_STEP // math.ceil(ratio)))
        ratio = ratio.limit_denominator(phases)
        times = max(1, min(_TOGETHER // ratio.denominator, _LARGEST_STEP // ratio.numerator))
        self._step, made = times * ratio.numerator, times * ratio.denominator
        cutoff = _ROLL_OFF / max(1.0, float(ratio))
        self.before = math.ceil(_ZEROS / cutoff)
        self._rows = -(-PATCH_SAMPLES // made)
        covered = self._step + 2 * self.before
        self.needed = (self._rows - 1) * self._step + covered
        self._filters = _filters(covered, made, float(ratio), cutoff)

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the PATCH_SAMPLES from ``needed`` samples of the file."""
        windows = np.lib.stride_tricks.sliding_window_view(samples, len(self._filters))[:: self._step]
        at_once = max(1, _ROWS // len(self._filters))
        made = [windows[first : first + at_once] @ self._filters for first in range(0, self._rows, at_once)]
        return np.concatenate(made).reshape(-1)[:PATCH_SAMPLES]


@lru_cache(maxsize=4)
def resampler_for(sample_rate: int) -> Resampler:
    """Return a resampler, which takes longer to make than to use once. It is not changed by use."""
    return Resampler(sample_rate)


def _filters(covered: int, made: int, ratio: float, cutoff: float) -> NDArray[np.float32]:
    """Return by what to multiply the samples that a row covers, shape (covered, made)."""
    half = _ZEROS / cutoff
    away = np.arange(covered)[:, None] - math.ceil(half) - ratio * np.arange(made)
    taper = np.i0(_BETA * np.sqrt((1 - (away / half) ** 2).clip(0))) * (np.abs(away) <= half)
    filters: NDArray[np.float64] = np.sinc(cutoff * away) * taper
    filters /= filters.sum(axis=0)
    return filters.astype(np.float32)
