"""Tempo: at which intervals onsets repeat."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.sound import Array

BINS: Final = 12
"""Of the group `tempo`, even steps over one octave."""

FIRST: Final = 80.0
"""BPM where the octave begins in which tempos are given a bin: up to 160."""

_GRID: Final = 48
"""Tempos in an octave that are tried: 1.5 % from one to the next."""

_OCTAVES: Final = 5
_SLOWEST: Final = 20.0
"""BPM."""

TEMPOS: Final = _SLOWEST * 2 ** (np.arange(_OCTAVES * _GRID) / _GRID)
"""BPM that are tried, from 20 to below 640."""

_USUAL, _WIDTH = 110.0, 0.9
"""BPM and octaves: of what people tap, a normal distribution over octaves."""

LAGS: Final = 160
"""Frames: 3.7 s, in which a beat comes back at 20 BPM."""


_NOTHING: Final = 1e-9


def repetition(rises: Array) -> NDArray[np.float64]:
    """Return how alike the onsets of a window are to themselves after each lag, 1 for the lag 0; shape (LAGS,)."""
    strength = rises.mean(axis=1).astype(np.float64)
    strength -= strength.mean()
    spectrum = np.fft.rfft(strength, 1024)
    products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:LAGS]
    if products[0] <= _NOTHING:
        return np.zeros(LAGS)
    unbiased: NDArray[np.float64] = products / products[0] * (len(strength) / (len(strength) - np.arange(LAGS)))
    return unbiased


def octave_free(repeated: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Return how strongly each tempo of an octave repeats, shape (_GRID,)."""
    at = np.interp(60.0 / TEMPOS * rate, np.arange(LAGS), repeated, right=0.0)
    prior = np.exp(-0.5 * (np.log2(TEMPOS / _USUAL) / _WIDTH) ** 2)
    folded: NDArray[np.float64] = (np.maximum(at, 0.0) * prior).reshape(_OCTAVES, _GRID).sum(axis=0)
    return folded


def shares(repeated: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Return the shares of the bins of the group."""
    sharp = octave_free(repeated, rate) ** 4
    positions = np.log2(TEMPOS[:_GRID] / FIRST) * BINS
    bins = np.floor(positions).astype(int) % BINS
    summed = np.bincount(bins, sharp, BINS)
    total = float(summed.sum())
    return summed / total if total > 0 else np.full(BINS, 1 / BINS)


def names() -> tuple[str, ...]:
    """Name the bins of the group by the tempo in the middle of each."""
    return tuple(f"{FIRST * 2 ** ((number + 0.5) / BINS):.0f}" for number in range(BINS))


def bpm(repeated: NDArray[np.float64], rate: float) -> float | None:
    """Return the tempo in BPM, of which half and double may be meant as well."""
    folded = octave_free(repeated, rate)
    if folded.max() <= 0:
        return None
    best = int(folded.argmax())
    at = np.interp(60.0 / TEMPOS * rate, np.arange(LAGS), repeated, right=0.0)
    prior = np.exp(-0.5 * (np.log2(TEMPOS / _USUAL) / _WIDTH) ** 2)
    octave = int((np.maximum(at, 0) * prior).reshape(_OCTAVES, _GRID)[:, best].argmax())
    # Between the tempos that were tried.
    left, middle, right = folded[best - 1], folded[best], folded[(best + 1) % _GRID]
    bend = left - 2 * middle + right
    offset = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float(_SLOWEST * 2 ** (octave + (best + offset) / _GRID))


def clear(repeated: NDArray[np.float64], rate: float) -> float:
    """Return how clear the beat is, 0 to 1."""
    lags = np.arange(LAGS)
    inside = (lags >= 0.24 * rate) & (lags <= 2.0 * rate)
    return min(1.0, max(0.0, float(repeated[inside].max()) * 1.25)) if not math.isnan(repeated[0]) else 0.0
