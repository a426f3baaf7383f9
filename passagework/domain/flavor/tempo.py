"""Tempo: after which times the onsets of a piece repeat, and which beat explains that."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.sound import Sound

BINS: Final = 12
"""Of the group, even steps over one octave."""

_FIRST: Final = 80.0
"""BPM where the octave begins whose tempos name the bins: up to 160."""

NAMES: Final = tuple(f"{_FIRST * 2 ** ((number + 0.5) / BINS):.0f} BPM" for number in range(BINS))
"""Each bin by its middle; half and double of it are in the same bin."""

_GRID: Final = 48
"""Tempos in an octave that are tried: 1.5 % from one to the next."""

_OCTAVES: Final = 4
_SLOWEST: Final = 30.0
_TEMPOS: Final = _SLOWEST * 2 ** (np.arange(_OCTAVES * _GRID) / _GRID)
"""BPM that are tried, from 30 to below 480."""

_USUAL: Final = 110.0
"""BPM."""

_MULTIPLES: Final = np.array((1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4, 6, 8))
_WEIGHTS: Final = np.array((2.58, -0.23, 2.69, -0.50, 3.09, 0.94, 4.56, 1.61, 4.17, 1.18, 1.26))
_AWAY, _FASTER = 1.78, -0.55
"""How much a beat is believed for each of its multiples after which onsets repeat, and for its distance from the usual
tempo in octaves, squared and not. A logistic regression, fitted to generated drums and to accompaniments by MMA
(docs/flavor.md)."""

LAGS: Final = 420
"""Frames: almost 10 s, eight beats at 50 BPM."""

_TOLD: Final = 0.75
"""Of a window: after longer times too little is left to compare."""

_RISE: Final = 2
"""Frames, 46 ms, in which an onset rises."""

_NOTHING: Final = 1e-6
_QUICKEST, _LAZIEST = 0.3, 1.5
"""Seconds between which a beat is looked for."""

Repetition = NDArray[np.float64]
"""How alike the onsets are to themselves after each lag: 1 after none, 0 if there is no likeness; shape (LAGS,)."""


def repetition(window: Sound) -> Repetition:
    """Correlate the onsets of a window with themselves."""
    rises = np.maximum(window.bands[_RISE:] - window.bands[:-_RISE], 0.0).mean(axis=1).astype(np.float64)
    strength = rises - rises.mean()
    length = len(strength)
    spectrum = np.fft.rfft(strength, 2 * length)
    products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, 2 * length)
    told = min(LAGS, int(_TOLD * length))
    repeated = np.zeros(LAGS)
    if products[0] > _NOTHING * length:
        repeated[:told] = products[:told] / products[0] * (length / (length - np.arange(told)))
    return repeated


def shares(repeated: Repetition, rate: float) -> NDArray[np.float64]:
    """Return the shares of the bins of the group."""
    positions = np.log2(_TEMPOS[:_GRID] / _FIRST) * BINS
    bins = np.floor(positions + 1e-9).astype(int) % BINS
    shares: NDArray[np.float64] = np.bincount(bins, _believed(repeated, rate).sum(axis=0), BINS).astype(np.float64)
    return shares


def bpm(repeated: Repetition, rate: float) -> float | None:
    """Return the tempo in BPM, of which half and double may be meant as well; None if nothing repeats."""
    if not repeated.any():
        return None
    believed = _believed(repeated, rate)
    folded = believed.sum(axis=0)
    best = int(folded.argmax())
    before, after = best - 1, (best + 1) % _GRID
    # The middle of the bulge, between the tempos that were tried.
    offset = float((folded[after] - folded[before]) / (folded[before] + folded[best] + folded[after]))
    octave = int(believed[:, best].argmax())
    return float(_SLOWEST * 2 ** (octave + (best + offset) / _GRID))


def beat(repeated: Repetition, rate: float) -> float:
    """Return how much of the onsets comes back with a beat, 0 to 1."""
    around = repeated[round(_QUICKEST * rate) : round(_LAZIEST * rate)]
    return min(1.0, max(0.0, float(around.max())))


def _believed(repeated: Repetition, rate: float) -> NDArray[np.float64]:
    """Return how much each tempo is believed, shape (_OCTAVES, _GRID), in all 1."""
    lags = 60 / _TEMPOS * rate
    after = np.interp(lags[:, None] * _MULTIPLES, np.arange(LAGS), repeated, right=0.0)
    away = np.log2(_TEMPOS / _USUAL)
    scores = after @ _WEIGHTS - _AWAY * away**2 + _FASTER * away
    believed: NDArray[np.float64] = np.exp(scores - scores.max())
    shares: NDArray[np.float64] = (believed / believed.sum()).reshape(_OCTAVES, _GRID)
    return shares
