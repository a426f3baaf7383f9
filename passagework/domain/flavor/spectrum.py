"""Spectrum and dynamics: where the sound is, and how it is spread over loud and soft."""

from typing import Final

import numpy as np

from passagework.domain.flavor.sound import BANDS, Array, Sound

RANGES: Final = (
    "below 320 Hz",
    "320 to 680 Hz",
    "0.7 to 1.2 kHz",
    "1.2 to 1.8 kHz",
    "1.8 to 2.7 kHz",
    "2.7 to 3.9 kHz",
    "3.9 to 5.5 kHz",
    "5.5 to 8 kHz",
)
"""Members of the group `spectrum`, each of five bands."""

_EXPONENT: Final = np.float32(0.3)
"""Of power: about as loud as it is heard."""

STEPS: Final = ("+4.5 dB", "+1.5 dB", "-1.5 dB", "-4.5 dB", "-9 dB", "-16 dB", "-24 dB")
"""Members of the group `dynamics`: levels relative to the mean power of the passage. The outer two have all beyond."""

_MIDDLES: Final = np.array((-24.0, -16.0, -9.0, -4.5, -1.5, 1.5, 4.5))
"""dB, in rising order."""


def spectra(sound: Sound) -> Array:
    """Return the mean of the shares of ranges in the frames that are heard, shape (8,)."""
    powers = 10 ** (sound.bands[sound.heard] * np.float32(_EXPONENT / 10))
    loud = (powers - 1).reshape(len(powers), len(RANGES), BANDS // len(RANGES)).sum(axis=2)
    sums = loud.sum(axis=1, keepdims=True)
    shares: Array = np.where(sums > 0, loud / np.maximum(sums, np.float32(1e-6)), np.float32(1 / len(RANGES))).mean(
        axis=0
    )
    return shares


def dynamics(levels: Array) -> Array:
    """Return the shares of the steps between loud and soft in levels of slots: each counts for the two nearest."""
    position = np.interp(levels, _MIDDLES, np.arange(_MIDDLES.size))
    lower = np.minimum(position.astype(int), _MIDDLES.size - 2)
    upper = position - lower
    counted = np.bincount(lower, 1 - upper, _MIDDLES.size) + np.bincount(lower + 1, upper, _MIDDLES.size)
    return (counted / len(levels)).astype(np.float32)[::-1]
