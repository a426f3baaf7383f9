"""Timbre: the shape of the spectrum without its level, frame by frame."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.codewords import CODEWORDS
from passagework.domain.flavor.sound import BANDS, Array, Sound

COEFFICIENTS: Final = 19
"""Of the cosine transform of the bands in dB, without the first, which is the level."""


def _cosines() -> Array:
    bands, coefficients = np.arange(BANDS), np.arange(1, COEFFICIENTS + 1)
    angles = np.pi / BANDS * (bands[:, None] + 0.5) * coefficients
    cosines: Array = (math.sqrt(2 / BANDS) * np.cos(angles)).astype(np.float32)
    return cosines


_COSINES: Final = _cosines()
_CODEWORDS: Final = np.array(CODEWORDS, np.float32)
_LENGTHS: Final = (_CODEWORDS**2).sum(axis=1)

NAMES: Final = tuple(f"{number + 1:02}" for number in range(len(CODEWORDS)))
"""Members of the group: codewords, from dark to bright."""


def shapes(sound: Sound) -> Array:
    """Return the cepstral coefficients of the frames that are heard, in dB, shape (heard frames, COEFFICIENTS)."""
    return sound.bands[sound.heard] @ _COSINES


def codeword_shares(shapes: Array) -> NDArray[np.float64]:
    """Return to how many of the shapes each codeword is the nearest, as shares."""
    inner = shapes[:, : _CODEWORDS.shape[1]] @ (-2 * _CODEWORDS.T) + _LENGTHS
    return np.bincount(inner.argmin(axis=1), minlength=len(_CODEWORDS)) / len(shapes)


class Moments:
    """Mean and covariance of shapes, from sums that can be added up."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = np.zeros(COEFFICIENTS)
        self._squares = np.zeros((COEFFICIENTS, COEFFICIENTS))

    def add(self, shapes: Array) -> None:
        """Count some more shapes."""
        exact = shapes.astype(np.float64)
        self._count += len(shapes)
        self._sum += exact.sum(axis=0)
        self._squares += exact.T @ exact

    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return mean and covariance, or None without any shape."""
        if self._count == 0:
            return None
        mean = self._sum / self._count
        return mean, self._squares / self._count - np.outer(mean, mean)
