"""The signal of a file as areas: its waveform, and its level over time."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis import Envelope, Waveform
from passagework.drawing.layout import LEVELS, WAVEFORM
from passagework.drawing.shapes import Area, Paint, Point

_FULL_SCALE: Final = 127
_STEP: Final = 0.5
"""Units of :class:`passagework.domain.analysis.Waveform` and :class:`passagework.domain.analysis.Envelope`."""

LOWEST_LEVEL: Final = -80.0
"""dBFS at the lower edge of the panel."""

_HEADROOM: Final = 18.0
"""Pixels above 0 dBFS, for the labels there."""

_LEAST_HEIGHT: Final = 0.6
"""Minimal pixels of a waveform on either side of zero, so that silence is visible as a line."""

_MOST_COLUMNS: Final = round(LEVELS.right - LEVELS.left)

Stretch = tuple[float, float, Paint]
"""A part of the horizontal axis from one x to another, and its colour."""


def level_y(level: float) -> float:
    """Return the height of a level in dBFS in the panel of levels."""
    share = min(max(level / LOWEST_LEVEL, 0.0), 1.0)
    top = LEVELS.top + _HEADROOM
    return top + share * (LEVELS.bottom - top)


def waveform_areas(waveform: Waveform, samples: int, stretches: tuple[Stretch, ...]) -> Iterator[Area]:
    """Draw the extrema of a file of ``samples`` samples, each stretch in its colour."""
    extrema = np.frombuffer(waveform.extrema, np.int8).reshape(-1, 2).astype(np.float64) / _FULL_SCALE
    middle = (WAVEFORM.top + WAVEFORM.bottom) / 2
    half = (WAVEFORM.bottom - WAVEFORM.top) / 2
    lows = np.maximum(middle - extrema[:, 0] * half, middle + _LEAST_HEIGHT)
    highs = np.minimum(middle - extrema[:, 1] * half, middle - _LEAST_HEIGHT)
    edges = _edges(extrema.shape[0], waveform.samples_per_point, samples)
    for left, right, paint in stretches:
        yield from _area(edges, highs, lows, (left, right), paint)


def level_areas(envelope: Envelope, samples: int, stretches: tuple[Stretch, ...]) -> Iterator[Area]:
    """Draw the level of a file of ``samples`` samples, each stretch in its colour."""
    steps = np.frombuffer(envelope.levels, np.uint8)
    hops_per_column = max(1, -(-steps.size // _MOST_COLUMNS))
    firsts = np.arange(0, steps.size, hops_per_column)
    powers = 10.0 ** (steps * (-_STEP / 10.0))
    counts = np.diff(firsts, append=steps.size)
    levels = 10.0 * np.log10(np.add.reduceat(powers, firsts) / counts)
    heights = np.array([level_y(level) for level in levels])
    edges = _edges(firsts.size, envelope.hop * hops_per_column, samples)
    for left, right, paint in stretches:
        yield from _area(edges, heights, np.full_like(heights, LEVELS.bottom), (left, right), paint)


def _edges(columns: int, samples_per_column: int, samples: int) -> NDArray[np.float64]:
    """Return the x of the borders between columns, shape (columns + 1,)."""
    shares = np.minimum(np.arange(columns + 1) * samples_per_column / max(samples, 1), 1.0)
    return WAVEFORM.left + shares * (WAVEFORM.right - WAVEFORM.left)


def _area(
    edges: NDArray[np.float64],
    highs: NDArray[np.float64],
    lows: NDArray[np.float64],
    span: tuple[float, float],
    paint: Paint,
) -> Iterator[Area]:
    """Yield the part of a band inside a span: through the middle of each column, and square at both ends."""
    left, right = span
    inside = np.flatnonzero((edges[1:] > left) & (edges[:-1] < right))
    if inside.size == 0 or right <= left:
        return
    middles = np.clip((edges[inside] + edges[inside + 1]) / 2, left, right)
    xs = np.concatenate([[left], middles, [right]])
    rows = np.concatenate([inside[:1], inside, inside[-1:]])
    upper: list[Point] = list(zip(xs.tolist(), highs[rows].tolist(), strict=True))
    lower: list[Point] = list(zip(xs.tolist(), lows[rows].tolist(), strict=True))
    yield Area((*upper, *reversed(lower)), paint)
