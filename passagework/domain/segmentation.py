"""Find the passages of a file: silence and boundaries from its level."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.spans import Span

_DIP: Final = 0.05
"""Seconds. A shorter dip is not silence: tones below 50 Hz ripple in 10 ms hops, and fades flicker around the level."""

_TICK: Final = 0.1
"""Seconds. A shorter sound is always a tick: crackle must not join two pieces of music across a gap."""

_NEAR: Final = 1.0
"""Seconds. Sounds closer than this count together: a count-in, or staccato chords after a rest, are not noise."""

_JOIN_GAPS: Final = 2.0
"""A short piece joins its neighbour over a gap of less than this many times ``shortest_gap``."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Stretches of sound in hops, ordered and disjoint, end exclusive; ``loud`` counts the hops above the level."""

    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    loud: NDArray[np.intp]

    def bridged(self, shortest_gap: float) -> "_Pieces":
        """Join neighbours that are less than ``shortest_gap`` hops apart."""
        if self.starts.size == 0:
            return self
        firsts = np.flatnonzero(np.concatenate(([True], self.starts[1:] - self.ends[:-1] >= shortest_gap)))
        lasts = np.concatenate((firsts[1:], [self.starts.size])) - 1
        return _Pieces(self.starts[firsts], self.ends[lasts], np.add.reduceat(self.loud, firsts))

    def holding(self, least: float) -> "_Pieces":
        """Keep those that hold at least ``least`` hops of sound."""
        kept = self.loud >= least
        return _Pieces(self.starts[kept], self.ends[kept], self.loud[kept])


def find_passages(
    levels: NDArray[np.float32], hop: int, samples: int, sample_rate: int, rules: SegmentationRules
) -> tuple[Span, ...]:
    """Find the passages of a file: ordered, disjoint, in samples.

    ``levels`` is the RMS level in dBFS of every ``hop`` samples (the last hop may be partial; -inf and NaN are
    silence), ``samples`` the length of the file. Raises ValueError if the two lengths do not match.

    1. Sounds are runs of hops above ``silence_level``; dips of less than 50 ms do not end one.
    2. Sounds of at least 100 ms that are less than 1 s apart count together. Together they must last
       ``shortest_sound``, otherwise they are noise, like every shorter tick. So a lone click in a gap is noise, but
       a final staccato chord is not. If a whole file contains only such noise, it is one passage over all of
       it if the noise adds up to ``shortest_sound`` or the file is too short for a gap; otherwise it is silent.
    3. Silence of at least ``shortest_gap``, measured to one hop, separates passages. Silence at the edges is trimmed.
    4. A piece shorter than ``shortest_passage`` joins its nearer neighbour if the gap between them is less than
       twice ``shortest_gap``, smallest gaps first; otherwise it becomes a separate passage. No sound is lost.
    """
    if levels.size != -(-samples // hop):
        raise ValueError(f"{levels.size} levels of {hop} samples do not cover {samples} samples")
    if not rules.trim:
        return (Span(0, samples),) if samples else ()
    per_second = sample_rate / hop
    # A gap that does not begin on a hop has one whole silent hop less than its length.
    gap = rules.shortest_gap * per_second - 1
    sounds = _sounds(levels, per_second, rules).bridged(gap)
    pieces = _join_short(sounds, _JOIN_GAPS * rules.shortest_gap * per_second, rules.shortest_passage * per_second)
    return tuple(Span(start * hop, min(end * hop, samples)) for start, end in pieces)


def _sounds(levels: NDArray[np.float32], per_second: float, rules: SegmentationRules) -> _Pieces:
    """Find the sounds that are not noise."""
    edges = np.flatnonzero(np.diff(levels > rules.silence_level, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    runs = _Pieces(starts, ends, ends - starts).bridged(min(_DIP, rules.shortest_gap) * per_second)
    least = rules.shortest_sound * per_second
    together = runs.holding(min(_TICK * per_second, least)).bridged(min(_NEAR, rules.shortest_gap) * per_second)
    sounds = together.holding(least)
    if sounds.starts.size:
        return sounds
    everything = runs.bridged(np.inf)
    return everything if levels.size < rules.shortest_gap * per_second else everything.holding(least)


def _join_short(pieces: _Pieces, shortest_apart: float, shortest_passage: float) -> list[tuple[int, int]]:
    """Join pieces shorter than ``shortest_passage`` over gaps of less than ``shortest_apart`` hops."""
    starts: list[int] = pieces.starts.tolist()
    ends: list[int] = pieces.ends.tolist()
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    # For a group of joined pieces: its first piece by its last one, and the other way round.
    first_of = list(range(len(starts)))
    last_of = list(range(len(starts)))
    joined = [False] * len(starts)
    for left in sorted((index for index, gap in enumerate(gaps) if gap < shortest_apart), key=gaps.__getitem__):
        first, last = first_of[left], last_of[left + 1]
        shorter = min(ends[left] - starts[first], ends[last] - starts[left + 1])
        if shorter < shortest_passage:
            first_of[last], last_of[first] = first, last
            joined[left + 1] = True
    return [(starts[index], ends[last_of[index]]) for index in range(len(starts)) if not joined[index]]
