"""Find where the tracks of a list are in a file that holds all of them. Pure.

Dynamic programming over the bounds between the tracks: each is at a silence of the file, or where the lengths of the
list say. What counts is how well the lengths fit, how many bounds are heard, and how many of the silences of the file
are bounds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.chosen_cuts import Heard
from passagework.domain.track_lists.track_list import TrackList

FloatArray = NDArray[np.float32]

_MATCHED: Final = 0.6
"""A lower score is no match."""

_OFF: Final = 10.0
"""Seconds. A track whose length is off by more is another one."""

_LOOK: Final = 15.0
"""Seconds before and behind a bound, by the lengths of the list, in which it is looked for."""

_GAP: Final = 1.0
"""Seconds. A silence of this length should be a bound."""

_UNHEARD: Final = 1.0
"""Seconds that a bound where nothing is heard costs, as if a length were off by as much."""


@dataclass(frozen=True, slots=True)
class Spectra:
    """Levels of the bands of a file over time: ``bands`` has a row for each frame of ``hop`` samples, in dB."""

    hop: int
    bands: FloatArray


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the tracks of a list are: ``cuts`` are the bounds between them, in samples, one less than tracks.

    ``score`` is between 0 and 1. What is not ``matched`` does not fit, and its cuts are of no use.
    """

    cuts: tuple[int, ...]
    score: float
    matched: bool


@dataclass(frozen=True, slots=True)
class _Bound:
    """A place in seconds at which a bound may be, and whether it is heard; half of a silence is ``half``."""

    at: float
    heard: bool
    half: float = 0.0


def place(heard: Heard, levels: FloatArray, hop: int, spectra: Spectra | None, track_list: TrackList) -> Placement:
    """Find the bounds between the tracks of a list.

    ``levels`` is the level of each ``hop`` samples in dB, as passages are found by it; ``spectra`` None: not measured.
    """
    del levels, hop, spectra
    if len(track_list.tracks) < 2 or not heard.sounds:  # noqa: PLR2004 - one track has no bound
        return Placement((), 0.0, matched=False)
    first, last = (edge / heard.sample_rate for edge in (heard.sounds[0].start, heard.sounds[-1].end))
    # What is left is shared by the tracks whose length nobody knows.
    rest = max(1.0, last - first - track_list.known_seconds) / max(1, track_list.unknown)
    lengths = [rest if track.milliseconds is None else track.milliseconds / 1000 for track in track_list.tracks]
    bounds = _spread(_cheapest(lengths, first, last, heard), lengths, first, last)
    edges = [_Bound(first, heard=True), *bounds, _Bound(last, heard=True)]
    off = [_off(start, end, length) for (start, end), length in zip(pairwise(edges), lengths, strict=True)]
    fit = sum(max(0.0, 1 - one / _OFF) for one in off) / len(off)
    support = sum(one.heard for one in bounds) / len(bounds)
    gaps = list(_gaps(heard))
    missed = sum(all(abs(gap.at - one.at) > _OFF / 2 for one in bounds) for gap in gaps) / max(1, len(gaps))
    score = fit * (0.7 + 0.3 * support) * (1 - 0.6 * missed)
    cuts = tuple(round(one.at * heard.sample_rate) for one in bounds)
    is_ordered = all(start < end for start, end in zip((0, *cuts), (*cuts, heard.samples), strict=True))
    return Placement(cuts, score, matched=score >= _MATCHED and max(off) <= _OFF and is_ordered)


def _cheapest(lengths: list[float], first: float, last: float, heard: Heard) -> list[_Bound]:
    """Return the bounds with which the lengths fit best."""
    scale = (last - first) / sum(lengths)
    costs, ways = [0.0], [[_Bound(first, heard=True)]]
    nominal = first
    for length in lengths[:-1]:
        nominal += length * scale
        places = list(_places(nominal, heard))
        chosen = [
            min(
                (cost + _off(way[-1], place, length) + (0.0 if place.heard else _UNHEARD), at)
                for at, (cost, way) in enumerate(zip(costs, ways, strict=True))
            )
            for place in places
        ]
        ways = [[*ways[at], place] for (_, at), place in zip(chosen, places, strict=True)]
        costs = [cost for cost, _ in chosen]
    end = _Bound(last, heard=True)
    best = min(range(len(ways)), key=lambda at: (costs[at] + _off(ways[at][-1], end, lengths[-1]), at))
    return ways[best][1:]


def _off(start: _Bound, end: _Bound, length: float) -> float:
    """Return by how many seconds a track is off between two bounds; silence counts or does not, as it fits."""
    shortest, longest = end.at - end.half - start.at - start.half, end.at + end.half - start.at + start.half
    return max(0.0, shortest - length, length - longest)


def _spread(bounds: list[_Bound], lengths: list[float], first: float, last: float) -> list[_Bound]:
    """Put the bounds that are not heard where the lengths divide the sound between those that are."""
    anchors = [_Bound(first, heard=True), *bounds, _Bound(last, heard=True)]
    heard = [at for at, one in enumerate(anchors) if one.heard]
    found = list(anchors)
    for left, right in pairwise(heard):
        start = anchors[left].at + anchors[left].half
        scale = (anchors[right].at - anchors[right].half - start) / sum(lengths[left:right])
        for at in range(left + 1, right):
            found[at] = _Bound(start + sum(lengths[left:at]) * scale, heard=False)
    return found[1:-1]


def _places(nominal: float, heard: Heard) -> Iterator[_Bound]:
    yield _Bound(nominal, heard=False)
    yield from (gap for gap in _gaps(heard, 0.0) if abs(gap.at - nominal) <= _LOOK)


def _gaps(heard: Heard, shortest: float = _GAP) -> Iterator[_Bound]:
    """Yield the middles of the silences of a file."""
    for one, following in zip(heard.sounds, heard.sounds[1:], strict=False):
        if following.start - one.end >= shortest * heard.sample_rate:
            half = (following.start - one.end) / 2 / heard.sample_rate
            yield _Bound(one.end / heard.sample_rate + half, heard=True, half=half)
