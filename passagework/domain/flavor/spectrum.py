"""Spectrum and dynamics: where the sound is, and how it is spread over loud and soft."""

from typing import Final

import numpy as np

from passagework.domain.flavor.sound import BANDS, Array, Sound

RANGES: Final = (
    "30-280 Hz",
    "280-620 Hz",
    "620-1080 Hz",
    "1.1-1.7 kHz",
    "1.7-2.6 kHz",
    "2.6-3.7 kHz",
    "3.7-5.3 kHz",
    "5.3-8 kHz",
)
"""Members of the group `spectrum`, each of five bands."""

_EXPONENT: Final = np.float32(0.3)
"""Of power: about as loud as it is heard."""

STEPS: Final = (
    "over +3 dB",
    "+3 to 0 dB",
    "0 to -3 dB",
    "-3 to -6 dB",
    "-6 to -12 dB",
    "-12 to -20 dB",
    "below -20 dB",
)
"""Members of the group `dynamics`: levels relative to the mean power of the passage."""

_MIDDLES: Final = np.array((-24.0, -16.0, -9.0, -4.5, -1.5, 1.5, 4.5))


def spectra(sound: Sound) -> Array:
    """Return the mean of the shares of ranges in the frames that are heard, shape (8,)."""
    powers = 10 ** (sound.bands[sound.heard] * np.float32(_EXPONENT / 10))
    loud = (powers - 1).reshape(len(powers), len(RANGES), BANDS // len(RANGES)).sum(axis=2)
    shares: Array = (loud / np.maximum(loud.sum(axis=1, keepdims=True), np.float32(1e-6))).mean(axis=0)
    return shares


def dynamics(levels: Array) -> Array:
    """Return the shares of the steps between loud and soft in levels of slots: each counts for the two nearest."""
    position = np.interp(levels, _MIDDLES, np.arange(_MIDDLES.size))
    lower = np.minimum(position.astype(int), _MIDDLES.size - 2)
    upper = position - lower
    counted = np.bincount(lower, 1 - upper, _MIDDLES.size) + np.bincount(lower + 1, upper, _MIDDLES.size)
    return (counted / len(levels)).astype(np.float32)[::-1]
