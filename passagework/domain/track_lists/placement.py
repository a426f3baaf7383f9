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

_FEW: Final = 3
_CONTRAST_OF_FEW: Final = 0.5
"""A median of so few bounds is large by chance more often, so more is wanted."""

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
    mean = float(file.silences.mean())
    found = _chain(file, lengths, [_Evidence(file.silences, scale=1 / mean)] * (len(lengths) - 1))
    if found is None:
        return NOT_PLACED
    listener = _Listener(joins, file)
    joinings = listener.around(found)
    support = found.support
    for _ in range(_PASSES):
        if (found := _chain(file, lengths, [_Evidence(file.silences, joining) for joining in joinings])) is None:
            return NOT_PLACED
        joinings = listener.around(found)
    contrasts = [
        0.0 if joining is None else joining.contrast
        for joining, bound in zip(joinings, found.bounds, strict=True)
        if bound.silence is None
    ]
    wanted = _CONTRAST_OF_FEW if len(contrasts) <= _FEW else _CONTRAST
    contrast = float(np.median(contrasts)) if contrasts else wanted
    cuts = tuple(round(bound.at * heard.sample_rate) for bound in found.bounds)
    is_ordered = all(start < end for start, end in zip((0, *cuts), (*cuts, heard.samples), strict=True))
    doubt = min(1.0, math.exp(support)) * min(1.0, max(0.0, contrast / wanted))
    score = sum(bound.certainty for bound in found.bounds) / len(found.bounds) * doubt
    matched = support >= _SUPPORT and contrast >= wanted and is_ordered
    return Placement(cuts, round(min(1.0, score), 3), matched=matched)


class _Listener:
    """Listens around all bounds, once where it is asked about the same place again."""

    def __init__(self, joins: Joins, file: "_File") -> None:
        self._joins = joins
        self._file = file
        self._known: dict[tuple[float, float, float], Joining | None] = {}

    def around(self, chain: "_Chain") -> list[Joining | None]:
        """Return what is heard around each bound."""
        edges = [self._file.first * STEP, *(bound.at for bound in chain.bounds), self._file.last * STEP]
        places = list(zip(edges, edges[1:], edges[2:], strict=False))
        self._known = {place: self._known[place] if place in self._known else self._at(*place) for place in places}
        return [self._known[place] for place in places]

    def _at(self, before: float, at: float, behind: float) -> Joining | None:
        return self._joins.around(at, at - before, behind - at)


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


@dataclass(frozen=True, slots=True)
class _Part:
    """Weights of the places of a file, from ``first`` on; all others have none.

    A bound may be at some hundred places, and a file of many hours has hundreds of thousands for each bound.
    """

    first: int
    values: _Weights

    @property
    def stop(self) -> int:
        """The place behind the last one."""
        return self.first + self.values.size

    def within(self, start: int, stop: int) -> _Weights:
        """Return the weights of some places."""
        found = np.zeros(max(0, stop - start))
        first, behind = max(start, self.first), min(stop, self.stop)
        if first < behind:
            found[first - start : behind - start] = self.values[first - self.first : behind - self.first]
        return found

    def of_sum_one(self) -> "_Part":
        """Return the same weights, so that their sum is 1."""
        return _Part(self.first, self.values / max(float(self.values.sum()), 1e-300))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is heard of each place for one bound: of its silences, and of a join around which was listened."""

    silences: _Weights
    joining: Joining | None = None
    scale: float = 1.0

    def within(self, start: int, stop: int) -> _Weights:
        """Return the evidence of some places of the file; what is outside of it has none."""
        found = _Part(0, self.silences).within(start, stop)
        if self.joining is not None:
            inside = slice(max(0, -start), max(0, self.silences.size - start))
            found[inside] += _Part(round(self.joining.start / STEP), self.joining.likelihoods - 1).within(start, stop)[
                inside
            ]
        return found * self.scale


def _chain(file: _File, lengths: Sequence[float | None], evidence: Sequence[_Evidence]) -> _Chain | None:
    """Weigh all places for all bounds; None where the lengths do not fit at all."""
    places = file.silences.size
    begins = _Part(file.first, np.ones(1))
    ends_before, support = [], 0.0
    for length, at_bound in zip(lengths, evidence, strict=False):
        ends = _moved(begins, length, 1, places)
        if not ends.values.any():
            return None
        ends = ends.of_sum_one()
        ends_before.append(ends)
        begins = _overlapping(ends, at_bound, -1)
        support += math.log(max(float(begins.values.sum()), 1e-300))
        begins = begins.of_sum_one()
    ends = _Part(file.last, np.ones(1))
    bounds = []
    for length, at_bound, before in zip(lengths[:0:-1], reversed(evidence), reversed(ends_before), strict=True):
        begins = _moved(ends, length, -1, places)
        weights = _middles(before, begins, at_bound)
        if not weights.values.sum() > 0:
            return None
        bounds.append(_best(weights.of_sum_one(), file))
        ends = _overlapping(begins, at_bound, 1).of_sum_one()
    return _Chain(bounds[::-1], support / len(bounds))


def _moved(part: _Part, length: float | None, direction: int, places: int) -> _Part:
    """Return the weights of the other end of a track, which is longer or shorter than its length by some seconds."""
    if length is None:
        kernel = np.ones(round((LONGEST_TRACK - SHORTEST_TRACK) / STEP))
        first = round(SHORTEST_TRACK / STEP)
    else:
        off = np.arange(-_OFF, _OFF + STEP / 2, STEP)
        kernel = np.exp(-np.abs(off) / _DECAY)
        first = round((length - _OFF) / STEP)
    kernel /= kernel.sum()
    used = np.flatnonzero(part.values > part.values.max(initial=0.0) * 1e-12)
    if not used.size:
        return _Part(0, np.zeros(0))
    values = part.values[used[0] : used[-1] + 1]
    if direction < 0:
        moved = np.convolve(values[::-1], kernel)[::-1]
        start = part.first + int(used[-1]) - first - moved.size + 1
    else:
        moved = np.convolve(values, kernel)
        start = part.first + int(used[0]) + first
    inside = slice(max(0, -start), max(0, min(moved.size, places - start)))
    return _Part(start + inside.start, moved[inside])


def _overlap_weights() -> list[tuple[int, float]]:
    """Return the overlaps and how likely each is before anything is heard."""
    return [(one, (1 - _NO_OVERLAP) / (len(_OVERLAPS) - 1) if one else _NO_OVERLAP) for one in _OVERLAPS]


def _overlapping(part: _Part, evidence: _Evidence, direction: int) -> _Part:
    """Return the weights of the begin of the next track, by those of the end of this one (-1), or the other way (1)."""
    longest, size = _OVERLAPS[-1], part.values.size
    start = part.first - longest if direction < 0 else part.first
    heard = evidence.within(start, start + size + longest)
    found = np.zeros(size + longest)
    for overlap, prior in _overlap_weights():
        # The bound is in the middle of the overlap.
        half, whole = (longest - overlap // 2, longest - overlap) if direction < 0 else (overlap // 2, overlap)
        found[whole : whole + size] += prior * part.values * heard[half : half + size]
    inside = slice(max(0, -start), max(0, evidence.silences.size - start))
    return _Part(start + inside.start, found[inside])


def _middles(ends: _Part, begins: _Part, evidence: _Evidence) -> _Part:
    """Return the weights of a bound, by those of the end of one track and of the begin of the next one."""
    reach = -(-_OVERLAPS[-1] // 2)
    start = max(0, ends.first - reach, begins.first)
    stop = max(start, min(ends.stop, begins.stop + reach))
    size = stop - start
    found = np.zeros(size)
    end, begin = ends.within(start, stop + reach), begins.within(start - reach, stop)
    for overlap, prior in _overlap_weights():
        half = overlap // 2
        later = reach - (overlap - half)
        found += prior * end[half : half + size] * begin[later : later + size]
    return _Part(start, found * evidence.within(start, stop))


def _best(part: _Part, file: _File) -> _Bound:
    """Return the place around which most of the weight is; in a silence, its middle."""
    close = round(_CLOSE / STEP)
    first, stop = max(0, part.first - close), min(file.silences.size, part.stop + close)
    weights = part.within(first, stop)
    sums = np.concatenate([np.zeros(close + 1), np.cumsum(weights), np.full(close, weights.sum())])
    around = sums[2 * close + 1 :] - sums[: -2 * close - 1]
    at = (first + int(around.argmax())) * STEP
    silence = file.silence_at(at)
    if silence is None:
        return _Bound(at, None, float(around.max()))
    inside = part.within(max(0, round((silence[0] - _CLOSE) / STEP)), round((silence[1] + _CLOSE) / STEP) + 1)
    return _Bound((silence[0] + silence[1]) / 2, silence, float(inside.sum()))
