"""Rhythm: how fast the sound comes and goes, and the onsets that make it do so."""

from typing import Final

import numpy as np

from passagework.domain.flavor.sound import BANDS, FRAMES_PER_SECOND, Array, Sound

_REGISTERS: Final = 5
"""Groups of bands, from low to high, that have a rhythm of their own."""

_RATES: Final = 20
"""Of the pattern, as even steps of pitch."""

_SLOWEST, _FASTEST = 0.5, 14.0
"""Hz."""

PATTERN: Final = _REGISTERS * _RATES

_LENGTH: Final = 512
"""Frames that are transformed: a window, about 12 s."""

RHYTHMS: Final = ("below 1 Hz", "1-2 Hz", "2-4 Hz", "4-8 Hz", "above 8 Hz")
"""Members of the group: how often the sound comes and goes."""

_OCTAVES: Final = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Hz: where each member begins."""


def onsets(sound: Sound) -> Array:
    """Return by how many decibels the bands of each register rise on average, shape (frames, registers)."""
    rises = np.maximum(np.diff(sound.bands, axis=0, prepend=sound.bands[:1]), np.float32(0.0))
    by_register: Array = rises.reshape(len(rises), _REGISTERS, BANDS // _REGISTERS).mean(axis=2)
    return by_register


def pattern(rises: Array) -> Array:
    """Return shares of the rates at which each register of a window moves, shape (PATTERN,)."""
    moving = rises - rises.mean(axis=0)
    moving *= np.hanning(len(moving)).astype(np.float32)[:, None]
    spectrum = np.fft.rfft(moving, 2 * _LENGTH, axis=0)
    by_rate = np.sqrt(_RATE_BANDS.T @ (spectrum.real**2 + spectrum.imag**2))
    total = by_rate.sum()
    shares: Array = (by_rate / total if total > 0 else np.full_like(by_rate, 1 / by_rate.size)).ravel()
    return shares


def rhythms(shares: Array) -> Array:
    """Return the shares of the members of the group, from those of a pattern."""
    by_rate = shares.reshape(_RATES, _REGISTERS).sum(axis=1)
    members = np.searchsorted(_OCTAVES, _middles(), side="right") - 1
    return np.bincount(members, by_rate, len(RHYTHMS)).astype(np.float32)


def _middles() -> Array:
    steps = (np.arange(_RATES) + 0.5) / _RATES
    return (_SLOWEST * (_FASTEST / _SLOWEST) ** steps).astype(np.float32)


def _rate_bands() -> Array:
    """Return triangles between the middles of rates, shape (frequencies, _RATES)."""
    frequencies = np.fft.rfftfreq(2 * _LENGTH, 1 / FRAMES_PER_SECOND)
    with np.errstate(divide="ignore"):
        position = np.log(frequencies / _SLOWEST) / np.log(_FASTEST / _SLOWEST) * _RATES - 0.5
    bands = np.maximum(0.0, 1 - np.abs(position[:, None] - np.arange(_RATES)))
    even: Array = (bands / np.maximum(bands.sum(axis=0), 1.0)).astype(np.float32)
    return even


_RATE_BANDS: Final = _rate_bands()
