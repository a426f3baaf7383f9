"""Which pitches sound, octaves aside, from the peaks of spectra."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.sound import PITCHES, Array

_LOWEST, _HIGHEST = 55.0, 1_000.0
"""Hz. Below, a window does not tell notes apart; above are overtones more than notes."""

_C: Final = 440.0 * 2 ** (-9 / 12)
"""Hz."""

_QUIETEST: Final = np.float32(1e-5)
"""Of the power of the loudest peak: quieter ones are side lobes and noise."""

_BYTE: Final = 255.0


class PitchShares:
    """Finds the pitches of windows of ``size`` samples, whose spectra have the bins of a length of ``padded``."""

    def __init__(self, padded: int, sample_rate: float) -> None:
        self._width = sample_rate / padded
        last = min(padded // 2 - 1, int(_HIGHEST / self._width))
        self._bins = slice(max(1, int(_LOWEST / self._width)), max(2, last + 1))

    def of(self, powers: Array) -> NDArray[np.uint8]:
        """Return the shares of pitches in spectra of shape (frames, bins), the largest 255; all 0 in silence."""
        inner = powers[:, self._bins]
        before, after = (
            powers[:, self._bins.start - 1 : self._bins.stop - 1],
            powers[:, self._bins.start + 1 : self._bins.stop + 1],
        )
        largest = inner.max(axis=1, initial=0.0)[:, None]
        peaks = (inner > before) & (inner >= after) & (inner > largest * _QUIETEST)
        frames, bins = np.nonzero(peaks)
        middle, left, right = (np.log(side[frames, bins] + np.float32(1e-30)) for side in (inner, before, after))
        # A parabola through the logarithms finds the peak of a Hann window within a few hundredths of a bin.
        bend = np.minimum(left - 2 * middle + right, np.float32(-1e-6))
        offset = np.float32(0.5) * (left - right) / bend
        frequencies = (bins + self._bins.start + offset) * self._width
        position = np.log2(frequencies / _C) * PITCHES
        nearest = np.floor(position)
        upper = position - nearest
        lower_index = frames * PITCHES + nearest.astype(np.int64) % PITCHES
        upper_index = frames * PITCHES + (nearest.astype(np.int64) + 1) % PITCHES
        weights = np.sqrt(inner[frames, bins])
        size = len(powers) * PITCHES
        found = np.bincount(lower_index, weights * (1 - upper), size) + np.bincount(upper_index, weights * upper, size)
        by_frame = found.reshape(-1, PITCHES)
        most = by_frame.max(axis=1, initial=0.0)[:, None]
        return np.rint(by_frame / np.where(most > 0.0, most, 1.0) * _BYTE).astype(np.uint8)
