"""Counts what was right, with the intervals that so few lookups allow."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from accuracy_data import Lookup
from accuracy_truth import album_agrees, right_titles
from seams.identification import AlbumVote, Band, PassageDecision

Z = 1.959964
"""Two-sided 95 % of the normal distribution."""

EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Bounds of the bins of confidence: the bands, finer where most tracks are."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many."""

    hits: int
    of: int

    def interval(self) -> tuple[float, float]:
        """Give the 95 % interval of the share (Wilson 1927, without correction)."""
        if not self.of:
            return 0.0, 1.0
        share, extra = self.hits / self.of, Z * Z / self.of
        middle = (share + extra / 2) / (1 + extra)
        half = Z * math.sqrt(share * (1 - share) / self.of + extra / (4 * self.of)) / (1 + extra)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval()
        share = self.hits / self.of if self.of else 0.0
        return f"{self.hits}/{self.of} = {share:.1%} ({low:.1%} to {high:.1%})"


@dataclass(frozen=True, slots=True)
class Bin:
    """The tracks whose confidence lies between two bounds: how sure they were on average, how many were right."""

    mean: float
    right: Count


@dataclass(frozen=True, slots=True)
class Result:
    """One way of deciding, scored."""

    right: Count
    accepted: Count
    accepted_right: Count
    bands: Mapping[Band, Count]
    doubtful: int
    mean_confidence: float
    brier: float
    bins: tuple[Bin, ...]
    wrong: tuple[str, ...]


def score(lookups: Sequence[Lookup], decisions: Mapping[int, PassageDecision]) -> Result:
    """Compare decisions, by index of the lookup, with the truth."""
    rows = [(decisions[index], *_judge(one, decisions[index])) for index, one in enumerate(lookups) if one.scorable]
    accepted = [right for decision, right, _ in rows if decision.accepted]
    return Result(
        _count(right for _, right, _ in rows),
        Count(len(accepted), len(rows)),
        _count(accepted),
        {band: _count(right for decision, right, _ in rows if decision.band is band) for band in Band},
        sum(bool(decision.doubts) for decision, _, _ in rows),
        sum(decision.confidence for decision, _, _ in rows) / len(rows),
        sum((decision.confidence - right) ** 2 for decision, right, _ in rows) / len(rows),
        tuple(_bins([(decision.confidence, right) for decision, right, _ in rows])),
        tuple(line for _, right, line in rows if not right),
    )


def baselines(lookups: Iterable[Lookup]) -> tuple[Count, Count]:
    """Score two ways of deciding without thought, on the same lookups.

    The first recording of the first result, which may have no title and is wrong then; and the first recording with
    a title of the result with the highest score.
    """
    first, highest = [], []
    for one in (lookup for lookup in lookups if lookup.scorable):
        right = right_titles(one.title or "", one.titles)
        listed = one.answer.results[0].recordings[:1]
        first.append(bool(listed) and listed[0].title in right)
        highest.append(one.titles[0] in right)
    return _count(first), _count(highest)


def score_albums(lookups: Sequence[Lookup], albums: Mapping[int, Sequence[AlbumVote]]) -> tuple[Count, tuple[str, ...]]:
    """Score the first album by votes of each folder with at least two tracks that AcoustID could name."""
    found, missed = [], []
    for folder, votes in albums.items():
        named = [one for one in lookups if one.folder == folder and one.titles and one.album is not None]
        if len(named) < 2:
            continue
        name, title = named[0].album or "", votes[0].title if votes else None
        found.append(title is not None and album_agrees(title, name))
        if not found[-1]:
            missed.append(f'"{name}" taken for "{title}"')
    return _count(found), tuple(missed)


def _judge(one: Lookup, decision: PassageDecision) -> tuple[bool, str]:
    winner = decision.winner
    title = winner.title if winner else None
    right = title in right_titles(one.title or "", one.titles)
    return right, f'"{one.title}" taken for "{title}" (confidence {decision.confidence:.3f}, {decision.band})'


def _count(found: Iterable[bool]) -> Count:
    listed = list(found)
    return Count(sum(listed), len(listed))


def _bins(rows: Sequence[tuple[float, bool]]) -> Iterable[Bin]:
    for low, high in pairwise(EDGES):
        inside = [(sure, right) for sure, right in rows if low <= sure < high or sure == high == 1.0]
        if inside:
            yield Bin(sum(sure for sure, _ in inside) / len(inside), _count(right for _, right in inside))
