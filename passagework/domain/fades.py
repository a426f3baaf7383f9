"""Fades of the recording itself: a ramp of the level at an edge, found by fitting a ramp that ends in a plateau."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SHORTEST: Final = 1.0
"""Seconds. A shorter ramp is the attack or the decay of a tone, not a fade."""

_DEPTH: Final = 12.0
"""dB. A fade begins or ends at least this far below its plateau; less is dynamics of the music."""

_FLOOR: Final = 50.0
"""dB below the passage. Blocks below it are left out: the exact level of near silence says nothing about the ramp."""

_SCATTER: Final = 5.0
"""dB RMS by which levels may deviate from the ramp: the beats of faded music stay within, other shapes do not."""

_BIAS: Final = 3.0
"""dB by which a third of the ramp may differ from the fit on average: a quiet intro with a loud entry is no ramp."""

_FLATTEST_POWER: Final = 0.5
"""Amplitude as the square root of time, the quickest start of a fade; a decay into steady music is quicker."""

_HEARD: Final = 0.75
"""Share of the shortest fade that must be above the floor: a start from digital silence is no ramp."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """The resolution in seconds: length of a block, of the window, and of the longest fade."""

    block: float
    reach: float
    longest: float


_LONG: Final = _Scale(block=0.2, reach=40.0, longest=30.0)
_SHORT: Final = _Scale(block=0.1, reach=10.0, longest=5.0)
"""In a window of 40 s the changes of the music hide a fade of a second or two."""

_SURELY_LONG: Final = 4.0
"""Seconds. Longer fades need the long scale: the short one sees no plateau after them."""


def fade_length(inward: NDArray[np.float64], reference: float, per_second: float) -> int | None:
    """Return the length in hops of the fade at an edge, or None if there is none of at least 1 s.

    ``inward`` holds the power of each hop from the edge towards the middle, ``reference`` the power of the passage,
    ``per_second`` the number of hops in a second. The resolution is 0.1 s up to 4 s, and 0.2 s beyond. Fades longer
    than 30 s are cut to that or not found, and none reaches beyond the middle of the passage.

    Averaged blocks are fitted with a ramp that ends in a constant level (least squares); where the ramp ends, the
    fade ends. The ramp is a straight line in dB, or a power of time (amplitude linear in time,
    squared ...), which are the fades of editors and mixing desks.
    """
    long = _fitted(inward, reference, per_second, _LONG)
    if long is not None and long > _SURELY_LONG * per_second:
        return long
    short = _fitted(inward, reference, per_second, _SHORT)
    # A turn at the end of the short scale is followed by too little of the plateau.
    return short if short is not None and short < _SHORT.longest * per_second else long


def _fitted(inward: NDArray[np.float64], reference: float, per_second: float, scale: _Scale) -> int | None:
    """Look for a fade on one scale."""
    block = max(round(scale.block * per_second), 1)
    count = min(inward.size, round(scale.reach * per_second)) // block
    shortest = round(_SHORTEST * per_second / block)
    if count < 2 * shortest:
        return None
    powers = inward[: count * block].reshape(count, block).mean(axis=1) / reference
    if powers[0] > 10.0 ** (-_DEPTH / 10.0):
        return None
    levels = 10.0 * np.log10(np.maximum(powers, 10.0 ** (-_FLOOR / 10.0)))
    # Not beyond the middle: there the other edge begins.
    latest = min(round(scale.longest * per_second / block), count - shortest, inward.size // (2 * block))
    turns = np.arange(shortest, latest + 1)
    turn = _best_turn(levels, turns)
    return None if turn is None else turn * block


def _best_turn(levels: NDArray[np.float64], turns: NDArray[np.intp]) -> int | None:
    """Return the turn from ramp to plateau that fits ``levels`` (dB) best; None if no ramp fits well.

    Rows of the matrices are candidate turns, columns are blocks.
    """
    blocks = np.arange(levels.size)
    after = blocks >= turns[:, None]
    plateaus = (levels * after).sum(axis=1) / (levels.size - turns)
    weights = ~after & (levels > -_FLOOR)
    below = plateaus[:, None] - levels
    left, times = turns[:, None] - (blocks + 0.5), (blocks + 0.5) / turns[:, None]
    least, turn, off = np.inf, 0, levels
    for shape, flattest in ((left, 0.0), (-20.0 * np.log10(times), _FLATTEST_POWER)):
        ramp = shape * weights
        slopes = (below * ramp).sum(axis=1) / np.maximum((ramp * ramp).sum(axis=1), 1.0)
        misses = (below - slopes[:, None] * ramp) * (weights | after)
        is_fade = (slopes >= flattest) & (slopes * ramp.max(axis=1) >= _DEPTH)
        squares = np.where(is_fade, (misses * misses).sum(axis=1), np.inf)
        row = int(np.argmin(squares))
        if squares[row] < least:
            least, turn = squares[row], int(turns[row])
            off = misses[row, :turn][weights[row, :turn]]
    if turn == 0 or off.size < _HEARD * turns[0]:
        return None
    scatter = float(np.sqrt(np.mean(off * off)))
    bias = max(abs(float(third.mean())) for third in np.array_split(off, 3))
    return turn if scatter <= _SCATTER and bias <= _BIAS else None
