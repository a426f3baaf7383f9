"""What changes around a place at which one piece may turn into the next one.

The sound some seconds before the place stands for the first piece, and the sound some seconds behind it for the second.
Each curve compares the frames around the place with one of these, or with each other.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.joins.spectra import BANDS, FRAMES_PER_SECOND

Curves = NDArray[np.float64]
"""Shape (2 * REACH, CURVES): frames around a place."""

CURVES: Final = 17
NEARER: Final = 7
"""The curve that tells how much more a frame is like the second piece than like the first one."""

REACH: Final = 14 * FRAMES_PER_SECOND
_FROM, _TO = 7 * FRAMES_PER_SECOND, 28 * FRAMES_PER_SECOND
"""So far from the place is the sound that stands for a piece."""

_FEWEST: Final = 20
"""Frames. With fewer, nothing stands for a piece."""

_LOUD: Final = 70.0
"""Percentile: the level of a piece."""

_LIVE: Final = 25.0
"""dB below it: what is quieter tells nothing of the piece."""

_ENTRIES: Final = 10
"""Spectra of which all of a piece is made up, about."""

_ROUNDS, _STEPS = 8, 30
_LIKEST: Final = 5
_NOVELTY: Final = (5, 15, 30)
"""Frames before and behind, whose mean spectra are compared."""

_PARTS: Final = (slice(0, 24), slice(24, 52), slice(52, BANDS))
"""Low, middle and high bands."""

_LARGEST: Final = 5.0


def curves_around(powers: NDArray[np.float32], at: int, lengths: tuple[int, int]) -> Curves | None:
    """Return the curves around frame ``at``; None where too little sound is before or behind it.

    ``lengths``: those of both pieces, in frames.
    """
    frames = len(powers)
    before, behind = (min(_TO, max(_FROM + _FEWEST, length)) for length in lengths)
    first = slice(max(0, at - before), max(0, at - _FROM))
    second = slice(min(frames, at + _FROM), min(frames, at + behind))
    if min(first.stop - first.start, second.stop - second.start) < _FEWEST:
        return None
    whole = slice(max(0, at - _TO), min(frames, at + _TO))
    near = powers[whole].astype(np.float64)
    here = np.arange(at - REACH, at + REACH).clip(0, frames - 1) - whole.start
    one, other = (_Piece(powers[part].astype(np.float64)) for part in (first, second))
    levels = _level(near)[here]
    entries = np.vstack([one.entries, other.entries])
    shares = _shares(np.sqrt(near[here]), entries)
    of_one = shares[:, :_ENTRIES].sum(1) / one.usual_share(entries, slice(0, _ENTRIES))
    of_other = shares[:, _ENTRIES:].sum(1) / other.usual_share(entries, slice(_ENTRIES, None))
    roots = near**0.25
    shapes = _directions(roots[here])
    unlike_one, unlike_other = one.unlike(shapes), other.unlike(shapes)
    found = [
        (levels - one.level) / 10,
        (levels - other.level) / 10,
        np.log((of_other + 1e-3) / (of_one + 1e-3)).clip(-6, 6) / 3,
        np.log(of_one + 1e-3) / 3,
        np.log(of_other + 1e-3) / 3,
        unlike_one * 4 - 1,
        unlike_other * 4 - 1,
        (unlike_one - unlike_other) * 4,
        *(_novelty(roots, here, width) * 8 - 0.5 for width in _NOVELTY),
    ]
    for part in _PARTS:
        level = _level(near[:, part])[here]
        found += [(level - piece.level_of(part)) / 15 for piece in (one, other)]
    return np.stack(found, axis=1).clip(-_LARGEST, _LARGEST)


class _Piece:
    """The sound that stands for a piece, powers of shape (frames, bands)."""

    def __init__(self, powers: NDArray[np.float64]) -> None:
        self._powers = powers
        levels = _level(powers)
        self.level = float(np.percentile(levels, _LOUD))
        live = levels > self.level - _LIVE
        self._live = np.sqrt(powers[live] if live.sum() >= _FEWEST else powers)
        self.entries = _entries(self._live)
        self._shapes = _directions(np.sqrt(self._live))

    def level_of(self, part: slice) -> float:
        """Return the level of some bands in dB."""
        return float(np.percentile(_level(self._powers[:, part]), _LOUD))

    def usual_share(self, entries: NDArray[np.float64], own: slice) -> float:
        """Return how much of its own entries is in the piece itself."""
        return float(_shares(self._live, entries)[:, own].sum(1).mean()) + 1e-9

    def unlike(self, shapes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how unlike its likest moments each shape is: 0 for the same, 1 for nothing in common."""
        alike = shapes @ self._shapes.T
        unlike: NDArray[np.float64] = 1 - np.partition(alike, -_LIKEST, axis=1)[:, -_LIKEST:].mean(1)
        return unlike


def _level(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    levels: NDArray[np.float64] = 10 * np.log10(powers.sum(1) + 1e-7)
    return levels


def _directions(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = rows - rows.mean(1, keepdims=True)
    unit: NDArray[np.float64] = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)
    return unit


def _entries(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the spectra of which a piece is made up: means of clusters of its frames, each of sum 1."""
    shapes = np.log(rows + 1e-7)
    shapes -= shapes.mean(1, keepdims=True)
    centres = shapes[np.linspace(0, len(shapes) - 1, _ENTRIES).astype(int)]
    nearest = np.zeros(len(shapes), int)
    for _ in range(_ROUNDS):
        nearest = ((shapes[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        centres = np.array(
            [shapes[nearest == at].mean(0) if (nearest == at).any() else centre for at, centre in enumerate(centres)]
        )
    means = np.array([rows[nearest == at].mean(0) if (nearest == at).any() else rows.mean(0) for at in range(_ENTRIES)])
    of_sum_one: NDArray[np.float64] = means / (means.sum(1, keepdims=True) + 1e-9)
    return of_sum_one


def _shares(rows: NDArray[np.float64], entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of each entry is in each row: non-negative, by the updates of Lee and Seung for divergence."""
    shares = np.repeat(rows.sum(1, keepdims=True) / len(entries), len(entries), axis=1)
    for _ in range(_STEPS):
        shares *= (rows / (shares @ entries + 1e-12)) @ entries.T
    return shares


def _novelty(rows: NDArray[np.float64], at: NDArray[np.intp], width: int) -> NDArray[np.float64]:
    """Return how unlike the mean spectra just before and just behind each place are."""
    sums = np.vstack([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    before = sums[at] - sums[(at - width).clip(0)]
    behind = sums[(at + width).clip(max=len(rows))] - sums[at]
    alike = (before * behind).sum(1)
    lengths = (np.linalg.norm(before, axis=1) + 1e-6) * (np.linalg.norm(behind, axis=1) + 1e-6)
    novelty: NDArray[np.float64] = 1 - alike / lengths
    return novelty
