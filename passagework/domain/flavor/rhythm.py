"""Rhythm: how fast the sound comes and goes, and by how much it changes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.sound import BANDS, FRAMES, FRAMES_PER_SECOND, WINDOW, Array, Sound

_REGISTERS: Final = 8
"""Groups of bands, from low to high, that have a rhythm of their own."""

_RATES: Final = 20
"""Of a pattern, in even steps of pitch."""

_SLOWEST, _FASTEST = 0.5, 14.0
"""Hz."""

PATTERN: Final = _RATES * _REGISTERS

_LENGTH: Final = WINDOW * FRAMES
"""Frames that are transformed."""

_CHANGING: Final = 10
"""Groups of bands whose changes are measured."""

_LATER: Final = 4
"""Frames, 93 ms, within which something changes."""

CHANGES: Final = 2 * _CHANGING

RHYTHMS: Final = ("below 1 Hz", "1 to 2 Hz", "2 to 4 Hz", "4 to 8 Hz", "above 8 Hz")
"""Members of the group: how often the sound comes and goes."""

_OCTAVES: Final = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Hz: where each member begins."""


def pattern(window: Sound) -> NDArray[np.float64]:
    """Return shares of the rates at which the level of each register moves, shape (PATTERN,).

    The modulation spectrum of the levels in dB, as amplitudes: a fluctuation pattern (Pampalk 2006) without a model
    of the ear.
    """
    levels = window.bands.reshape(len(window.bands), _REGISTERS, -1).mean(axis=2)
    moving = (levels - levels.mean(axis=0)) * np.hanning(len(levels)).astype(np.float32)[:, None]
    spectrum = np.fft.rfft(moving, _LENGTH, axis=0)
    by_rate = np.sqrt(_RATE_BANDS.T @ (spectrum.real**2 + spectrum.imag**2)).astype(np.float64)
    total = float(by_rate.sum())
    return by_rate.ravel() / total if total > 0 else np.full(PATTERN, 1 / PATTERN)


def rhythms(pattern: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares of the members of the group, from those of a pattern."""
    by_rate = pattern.reshape(_RATES, _REGISTERS).sum(axis=1)
    middles = _SLOWEST * (_FASTEST / _SLOWEST) ** ((np.arange(_RATES) + 0.5) / _RATES)
    members = np.searchsorted(_OCTAVES, middles, side="right") - 1
    shares: NDArray[np.float64] = np.bincount(members, by_rate, len(RHYTHMS)).astype(np.float64)
    return shares


def changes(window: Sound) -> NDArray[np.float64] | None:
    """Return by how much groups of bands change, shape (CHANGES,): the means in dB, and those of the squares in dB²."""
    levels = window.bands.reshape(len(window.bands), _CHANGING, -1).mean(axis=2)
    changed = np.abs(levels[_LATER:] - levels[:-_LATER])[window.heard[_LATER:]].astype(np.float64)
    return np.concatenate([changed.mean(axis=0), (changed**2).mean(axis=0)]) if len(changed) else None


def _rate_bands() -> Array:
    """Return triangles between the middles of rates, shape (frequencies, _RATES)."""
    frequencies = np.fft.rfftfreq(_LENGTH, 1 / FRAMES_PER_SECOND)
    with np.errstate(divide="ignore"):
        position = np.log(frequencies / _SLOWEST) / np.log(_FASTEST / _SLOWEST) * _RATES - 0.5
    bands = np.maximum(0.0, 1 - np.abs(position[:, None] - np.arange(_RATES)))
    even: Array = (bands / bands.sum(axis=0)).astype(np.float32)
    return even


_RATE_BANDS: Final = _rate_bands()
assert BANDS % _REGISTERS == BANDS % _CHANGING == 0
