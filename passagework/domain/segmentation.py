"""Find the passages of a file: silence and boundaries from its level."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.spans import Span
from passagework.domain.stored_levels import is_surely_above, may_be_above

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

    def is_same_as(self, other: "_Pieces") -> bool:
        """Whether these are the same stretches; how much of each is loud makes no difference."""
        return np.array_equal(self.starts, other.starts) and np.array_equal(self.ends, other.ends)

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
    cut = _Cut(hop, samples, sample_rate, rules)
    return cut.passages(cut.pieces(levels > rules.silence_level))


def find_passages_again(
    steps: NDArray[np.uint8],
    hop: int,
    samples: int,
    sample_rate: int,
    rules: SegmentationRules,
    known: "KnownCut | None",
) -> tuple[Span, ...] | None:
    """Find the passages of a file from its stored levels; None if these do not tell, because they are rounded.

    ``known`` is a cut of the same file at the same silence level.

    What may be sound holds what was sound, and that holds what surely was. More sound gives no less of each step of
    :func:`find_passages`: what is bridged stays bridged, and what lasts long enough does. So if the pieces are the same
    with the most and with the least sound, they are those of the levels as they were measured. (Only where nothing but
    noise is left is this not true.)
    """
    if not rules.trim:
        return (Span(0, samples),) if samples else ()
    if steps.size != -(-samples // hop):
        return None
    least, most = is_surely_above(steps, rules.silence_level), may_be_above(steps, rules.silence_level)
    if known is not None:
        sound, silence = known.certain(hop, steps.size, sample_rate)
        least |= sound
        most &= ~silence
        if (least & ~most).any():
            return None
    cut = _Cut(hop, samples, sample_rate, rules)
    pieces = cut.pieces(most)
    if (least != most).any():
        from_least = cut.sounds(least)
        if not from_least.starts.size or not from_least.bridged(cut.gap).is_same_as(pieces):
            return None
    return cut.passages(pieces)


@dataclass(frozen=True, slots=True)
class KnownCut:
    """Passages that were found in a file, with the rules of then, which trimmed."""

    passages: tuple[Span, ...]
    rules: SegmentationRules

    def certain(self, hop: int, hops: int, sample_rate: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell which hops surely were sound, and which were silence: the edges of passages, and what is beside them.

        A passage begins and ends with sound, and no sound was so near to it that only a dip would lie between.
        """
        sound, silence = np.zeros(hops, np.bool_), np.zeros(hops, np.bool_)
        beside = math.ceil(min(_DIP, self.rules.shortest_gap) * sample_rate / hop)
        for span in self.passages:
            start, end = span.start // hop, -(-span.end // hop)
            sound[[start, end - 1]] = True
            silence[max(0, start - beside) : start] = True
            silence[end : end + beside] = True
        return sound, silence


@dataclass(frozen=True, slots=True)
class _Cut:
    """Cuts a file whose hops are sound or silence."""

    hop: int
    samples: int
    sample_rate: int
    rules: SegmentationRules

    @property
    def gap(self) -> float:
        """The hops of silence that separate passages."""
        # A gap that does not begin on a hop has one whole silent hop less than its length.
        return self.rules.shortest_gap * self._per_second - 1

    @property
    def _per_second(self) -> float:
        return self.sample_rate / self.hop

    def pieces(self, sound: NDArray[np.bool_]) -> _Pieces:
        """Find what silence separates, from the sounds, or from noise where there is nothing else."""
        sounds = self.sounds(sound)
        if sounds.starts.size:
            return sounds.bridged(self.gap)
        everything = self._runs(sound).bridged(np.inf)
        if sound.size >= self.rules.shortest_gap * self._per_second:
            everything = everything.holding(self.rules.shortest_sound * self._per_second)
        return everything.bridged(self.gap)

    def sounds(self, sound: NDArray[np.bool_]) -> _Pieces:
        """Find the sounds that are not noise."""
        least = self.rules.shortest_sound * self._per_second
        runs = self._runs(sound).holding(min(_TICK * self._per_second, least))
        return runs.bridged(min(_NEAR, self.rules.shortest_gap) * self._per_second).holding(least)

    def passages(self, pieces: _Pieces) -> tuple[Span, ...]:
        """Join what is too short to be a passage."""
        rules, per_second = self.rules, self._per_second
        joined = _join_short(pieces, _JOIN_GAPS * rules.shortest_gap * per_second, rules.shortest_passage * per_second)
        return tuple(Span(start * self.hop, min(end * self.hop, self.samples)) for start, end in joined)

    def _runs(self, sound: NDArray[np.bool_]) -> _Pieces:
        edges = np.flatnonzero(np.diff(sound, prepend=False, append=False))
        starts, ends = edges[::2], edges[1::2]
        return _Pieces(starts, ends, ends - starts).bridged(min(_DIP, self.rules.shortest_gap) * self._per_second)


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
