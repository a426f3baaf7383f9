"""Loudness of a span from the loudness of its blocks: the gates of ITU-R BS.1770 and EBU Tech 3342."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.loudness_distribution import ABSOLUTE_GATE, INTEGRATED_GATE

_RANGE_GATE: Final = -20.0
"""LU below the loudness of what passed the absolute gate. EBU Tech 3342."""

_RANGE_PERCENTILES: Final = (0.10, 0.95)
"""EBU Tech 3342."""


def integrated_loudness(momentary: NDArray[np.float64]) -> float | None:
    """Return the gated loudness in LUFS, or None if the gates leave nothing.

    ``momentary``: loudness in LUFS of the 400 ms blocks, one every 100 ms, that are wholly inside the span.
    Infinite and NaN values are blocks without sound.
    """
    audible = momentary[np.isfinite(momentary) & (momentary > ABSOLUTE_GATE)]
    if audible.size == 0:
        return None
    # The loudest block is never below the mean, so the relative gate leaves something.
    return _energy_mean(audible[audible > _energy_mean(audible) + INTEGRATED_GATE])


def loudness_range(short_term: NDArray[np.float64]) -> float | None:
    """Return the loudness range in LU, or None if the gates leave nothing.

    ``short_term``: loudness in LUFS of the 3 s blocks that are wholly inside the span, at least one per second
    (EBU Tech 3342 requires an overlap of 2 s). Percentiles use the nearest rank, like the code in that document.
    """
    audible = short_term[np.isfinite(short_term) & (short_term >= ABSOLUTE_GATE)]
    if audible.size == 0:
        return None
    gated = np.sort(audible[audible >= _energy_mean(audible) + _RANGE_GATE])
    low, high = (gated[int((gated.size - 1) * share + 0.5)] for share in _RANGE_PERCENTILES)
    return float(high - low)


def _energy_mean(loudness: NDArray[np.float64]) -> float:
    """Average decibel values as energies."""
    return float(10.0 * np.log10(np.mean(10.0 ** (loudness / 10.0))))
