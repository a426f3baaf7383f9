"""Find where the tracks of a list are in a file that holds all of them. Pure.

The bounds between the tracks are a chain: where a track ends follows from where it begins and from its length, where
the next one begins from how long both overlap. Each bound is weighed at every tenth of a second, first from the
beginning of the file on and then from its end, so that all lengths count for all bounds (the forward-backward
algorithm). What is heard of a place counts: a silence, or that one piece turns into another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.chosen_cuts import Heard
from passagework.domain.track_lists.joining import STEP, Joining, Joins
from passagework.domain.track_lists.track_list import LONGEST_TRACK, SHORTEST_TRACK, TrackList

_Weights = NDArray[np.float64]
"""One weight for each tenth of a second of a file."""

_DECAY: Final = 1.5
"""Seconds by which the length of a track is off where that is e times less likely than where it is true."""

_OFF: Final = 10.0
"""Seconds. A track whose length is off by more is another one."""

_OVERLAPS: Final = tuple(range(0, 85, 5))
"""Lengths in tenths of a second for which two tracks may sound together; they run on, or are apart, with the first."""

_NO_OVERLAP: Final = 0.5
"""How likely it is, before anything is heard, that two tracks do not overlap."""

_SILENCE: Final = 200.0
"""How much likelier a bound is in a silence of a second or more."""

_SHORTEST_SILENCE: Final = 0.2
_CLOSE: Final = 1.0
"""Seconds. A bound that is off by less is true."""

_CONTRAST: Final = 0.35
"""With less of it, the median of all bounds that are in no silence, they are within pieces."""

_SUPPORT: Final = -1.0
"""Logarithm of how much likelier the silences are with the list than they are with bounds anywhere, for each bound."""

_PASSES: Final = 2
"""What is heard around a bound depends on where it is looked for, so it is looked for again where it was found."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the tracks of a list are: ``cuts`` are the bounds between them, in samples, one less than tracks.

    ``score`` is the share of the bounds that is expected to be true within a second, less where the list may be that
    of other music. What is not ``matched`` does not fit, and its cuts are of no use.
    """

    cuts: tuple[int, ...]
    score: float
    matched: bool


NOT_PLACED: Final = Placement((), 0.0, matched=False)


def place(heard: Heard, joins: Joins, track_list: TrackList) -> Placement:
    """Find the bounds between the tracks of a list. ``joins`` listens where the file has no silence."""
    if len(track_list.tracks) < 2 or not heard.sounds:  # noqa: PLR2004 - one track has no bound
        return NOT_PLACED
    file = _File.of(heard)
    lengths = [None if track.milliseconds is None else track.milliseconds / 1000 for track in track_list.tracks]
    silences = file.silences / file.silences.mean()
    found = _chain(file, lengths, [silences] * (len(lengths) - 1))
    if found is None:
        return NOT_PLACED
    joinings = _heard(joins, found, file)
    support = found.support
    for _ in range(_PASSES):
        evidence = [
            file.silences if joining is None else file.silences + file.spread(joining.start, joining.likelihoods - 1)
            for joining in joinings
        ]
        if (found := _chain(file, lengths, evidence)) is None:
            return NOT_PLACED
        joinings = _heard(joins, found, file)
    contrasts = [
        0.0 if joining is None else joining.contrast
        for joining, bound in zip(joinings, found.bounds, strict=True)
        if bound.silence is None
    ]
    contrast = float(np.median(contrasts)) if contrasts else _CONTRAST
    cuts = tuple(round(bound.at * heard.sample_rate) for bound in found.bounds)
    is_ordered = all(start < end for start, end in zip((0, *cuts), (*cuts, heard.samples), strict=True))
    doubt = min(1.0, math.exp(support)) * min(1.0, max(0.0, contrast / _CONTRAST))
    score = sum(bound.certainty for bound in found.bounds) / len(found.bounds) * doubt
    matched = support >= _SUPPORT and contrast >= _CONTRAST and is_ordered
    return Placement(cuts, round(min(1.0, score), 3), matched=matched)


def _heard(joins: Joins, chain: "_Chain", file: "_File") -> list[Joining | None]:
    """Listen around all bounds."""
    edges = [file.first * STEP, *(bound.at for bound in chain.bounds), file.last * STEP]
    return [
        joins.around(at, at - before, behind - at)
        for before, at, behind in zip(edges, edges[1:], edges[2:], strict=False)
    ]


@dataclass(frozen=True, slots=True)
class _File:
    """The sound of a file in tenths of a second.

    ``silences`` weighs each place: 1 where there is sound. ``gaps`` are the silences in seconds. ``first`` and ``last``
    are the places of its first and its last sound.
    """

    silences: _Weights
    gaps: tuple[tuple[float, float], ...]
    first: int
    last: int

    @classmethod
    def of(cls, heard: Heard) -> "_File":
        """Take it from what is heard."""
        rate = heard.sample_rate
        last = round(heard.sounds[-1].end / rate / STEP)
        silences = np.ones(last + 1)
        gaps = []
        for one, following in zip(heard.sounds, heard.sounds[1:], strict=False):
            start, end = one.end / rate, following.start / rate
            if end - start >= _SHORTEST_SILENCE:
                gaps.append((start, end))
                here = slice(round(start / STEP), round(end / STEP) + 1)
                silences[here] = np.maximum(silences[here], _SILENCE * min(1.0, end - start) ** 2)
        return cls(silences, tuple(gaps), round(heard.sounds[0].start / rate / STEP), last)

    def spread(self, start: float, values: _Weights) -> _Weights:
        """Return a value for each place of the file, 0 outside of those from ``start`` seconds on."""
        everywhere = np.zeros_like(self.silences)
        first = round(start / STEP)
        inside = slice(max(0, first), min(everywhere.size, first + values.size))
        everywhere[inside] = values[inside.start - first : inside.stop - first]
        return everywhere

    def silence_at(self, seconds: float) -> tuple[float, float] | None:
        """Return the silence in which a place is, or beside it."""
        near = [gap for gap in self.gaps if gap[0] - _CLOSE / 2 <= seconds <= gap[1] + _CLOSE / 2]
        return min(near, key=lambda gap: max(gap[0] - seconds, seconds - gap[1]), default=None)


@dataclass(frozen=True, slots=True)
class _Bound:
    """A bound in seconds; ``silence``: it is in one. ``certainty`` that it is true within a second."""

    at: float
    silence: tuple[float, float] | None
    certainty: float


@dataclass(frozen=True, slots=True)
class _Chain:
    """The bounds that fit best. ``support``: how much likelier they are than bounds at other places, a logarithm."""

    bounds: list[_Bound]
    support: float


def _chain(file: _File, lengths: Sequence[float | None], evidence: Sequence[_Weights]) -> _Chain | None:
    """Weigh all places for all bounds; None where the lengths do not fit at all."""
    begins = np.zeros(file.silences.size)
    begins[file.first] = 1.0
    ends_before, support = [], 0.0
    for length, at_bound in zip(lengths, evidence, strict=False):
        ends = _moved(begins, length, 1)
        if not ends.any():
            return None
        ends /= ends.sum()
        ends_before.append(ends)
        begins = _overlapping(ends, at_bound, -1)
        support += math.log(max(float(begins.sum()), 1e-300))
        begins /= max(begins.sum(), 1e-300)
    ends = np.zeros(file.silences.size)
    ends[file.last] = 1.0
    bounds = []
    for length, at_bound, before in zip(lengths[:0:-1], reversed(evidence), reversed(ends_before), strict=True):
        begins = _moved(ends, length, -1)
        weights = _middles(before, begins, at_bound)
        if not weights.sum() > 0:
            return None
        bounds.append(_best(weights / weights.sum(), file))
        ends = _overlapping(begins, at_bound, 1)
        ends /= max(ends.sum(), 1e-300)
    return _Chain(bounds[::-1], support / len(bounds))


def _moved(weights: _Weights, length: float | None, direction: int) -> _Weights:
    """Return the weights of the other end of a track, which is longer or shorter than its length by some seconds."""
    if length is None:
        kernel = np.ones(round((LONGEST_TRACK - SHORTEST_TRACK) / STEP))
        first = round(SHORTEST_TRACK / STEP)
    else:
        off = np.arange(-_OFF, _OFF + STEP / 2, STEP)
        kernel = np.exp(-np.abs(off) / _DECAY)
        first = round((length - _OFF) / STEP)
    kernel /= kernel.sum()
    found = np.zeros_like(weights)
    used = np.flatnonzero(weights > weights.max() * 1e-12)
    if not used.size:
        return found
    part = weights[used[0] : used[-1] + 1]
    if direction < 0:
        moved = np.convolve(part[::-1], kernel)[::-1]
        start = int(used[-1]) - first - moved.size + 1
    else:
        moved = np.convolve(part, kernel)
        start = int(used[0]) + first
    inside = slice(max(0, start), min(found.size, start + moved.size))
    if inside.stop > inside.start:
        found[inside] = moved[inside.start - start : inside.stop - start]
    return found


def _overlap_weights() -> list[tuple[int, float]]:
    """Return the overlaps and how likely each is before anything is heard."""
    return [(one, (1 - _NO_OVERLAP) / (len(_OVERLAPS) - 1) if one else _NO_OVERLAP) for one in _OVERLAPS]


def _overlapping(weights: _Weights, evidence: _Weights, direction: int) -> _Weights:
    """Return the weights of the begin of the next track, by those of the end of this one (-1), or the other way (1)."""
    found = np.zeros_like(weights)
    for overlap, prior in _overlap_weights():
        # The bound is in the middle of the overlap.
        middle = _shifted(weights * prior, direction * (overlap // 2)) * evidence
        found += _shifted(middle, direction * (overlap - overlap // 2))
    return found


def _middles(ends: _Weights, begins: _Weights, evidence: _Weights) -> _Weights:
    """Return the weights of a bound, by those of the end of one track and of the begin of the next one."""
    found = np.zeros_like(ends)
    for overlap, prior in _overlap_weights():
        half = overlap // 2
        found += prior * _shifted(ends, -half) * _shifted(begins, overlap - half)
    return found * evidence


def _shifted(weights: _Weights, by: int) -> _Weights:
    if by == 0:
        return weights
    found = np.zeros_like(weights)
    if by > 0:
        found[by:] = weights[:-by]
    else:
        found[:by] = weights[-by:]
    return found


def _best(weights: _Weights, file: _File) -> _Bound:
    """Return the place around which most of the weight is; in a silence, its middle."""
    close = round(_CLOSE / STEP)
    sums = np.concatenate([np.zeros(close + 1), np.cumsum(weights), np.full(close, weights.sum())])
    around = sums[2 * close + 1 :] - sums[: -2 * close - 1]
    at = int(around.argmax()) * STEP
    silence = file.silence_at(at)
    if silence is None:
        return _Bound(at, None, float(around.max()))
    inside = slice(max(0, round((silence[0] - _CLOSE) / STEP)), round((silence[1] + _CLOSE) / STEP) + 1)
    return _Bound((silence[0] + silence[1]) / 2, silence, float(weights[inside].sum()))
