"""Cut a file by hand: new bounds for its passages from those that it has. Pure.

A person's bounds are those of a whole file. Each passage that is still there keeps its guid, and with it all that was
set on it. Of a passage that is cut in two, and of two that are joined, the longer one is what stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from passagework.domain.edits import EditError
from passagework.domain.given_cuts import Bound
from passagework.domain.ids import Guid
from passagework.domain.units import TICKS_PER_SECOND, Ticks, clock_time, seconds

SHORTEST: Final = Ticks(TICKS_PER_SECOND // 10)
"""The shortest passage that can be cut."""

_NEAR: Final = 10 * TICKS_PER_SECOND
"""How far from a cut a person may point to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCuts:
    """How a file is cut, and how it was.

    ``bounds`` are those that a person gave (``by_person``), as far as there are any, else those of its passages.
    ``before`` is what a person's last change replaced, as it is stored; None: no bounds of a person. ``has_history``:
    there was such a change.
    """

    guid: Guid
    path: bytes
    duration: Ticks
    bounds: tuple[Bound, ...]
    by_person: bool = False
    has_history: bool = False
    before: str | None = None


def identified(bounds: Iterable[Bound], passages: Sequence[Bound]) -> tuple[Bound, ...]:
    """Return the bounds by which a file was cut, each with the passage that was made of it.

    A person's bounds were stored before those passages were there that are new, or are there again after an undo.
    """
    known = {one.keeps for one in passages}
    return tuple(
        bound if bound.keeps in known else replace(bound, keeps=next(_most_of(bound, passages), None))
        for bound in bounds
    )


def _most_of(bound: Bound, passages: Iterable[Bound]) -> Iterator[Guid | None]:
    for one in passages:
        both = min(bound.end, one.end) - max(bound.start, one.start)
        if 2 * both > max(bound.end - bound.start, one.end - one.start):
            yield one.keeps


def cut_at(cuts: FileCuts, at: Ticks) -> FileCuts:
    """Cut the passage at this moment in two. Raises EditError where there is none, or too little of it."""
    for number, bound in enumerate(cuts.bounds):
        if bound.start <= at <= bound.end:
            if min(at - bound.start, bound.end - at) < SHORTEST:
                raise EditError(f"{clock_time(at)} is at the edge of a passage already; nothing was changed")
            first = at - bound.start >= bound.end - at
            one = replace(bound, end=at) if first else Bound(start=bound.start, end=at)
            other = Bound(start=at, end=bound.end) if first else replace(bound, start=at)
            return _with(cuts, (*cuts.bounds[:number], one, other, *cuts.bounds[number + 1 :]))
    raise EditError(f"there is no passage at {clock_time(at)} to cut ({_listed(cuts)}); nothing was changed")


def join_at(cuts: FileCuts, at: Ticks) -> FileCuts:
    """Join the two passages whose cut, or gap, is nearest to this moment. Raises EditError if none is near."""
    best: tuple[int, int] | None = None
    for number, (before, after) in enumerate(pairwise(cuts.bounds)):
        distance = max(before.end - at, at - after.start, 0)
        if best is None or distance < best[0]:
            best = (distance, number)
    if best is None or best[0] > _NEAR:
        raise EditError(f"no cut is near {clock_time(at)} ({_listed(cuts)}); nothing was changed")
    number = best[1]
    one, other = cuts.bounds[number : number + 2]
    longer, shorter = (one, other) if one.end - one.start >= other.end - other.start else (other, one)
    joined = replace(longer, start=one.start, end=other.end, keeps=longer.keeps or shorter.keeps)
    return _with(cuts, (*cuts.bounds[:number], joined, *cuts.bounds[number + 2 :]))


def move(cuts: FileCuts, guid: Guid, start: Ticks | None, end: Ticks | None) -> FileCuts:
    """Give a passage another start or end; None: as it is.

    A neighbour that it touched is moved along, and one that would be overlapped is made shorter. Raises EditError if
    that leaves too little of either, or is outside of the file.
    """
    number = next((place for place, bound in enumerate(cuts.bounds) if bound.keeps == guid), None)
    if number is None:
        raise EditError(f"passage {guid} is not one of those that the file is to have; nothing was changed")
    old = cuts.bounds[number]
    new = replace(old, start=old.start if start is None else start, end=old.end if end is None else end)
    if new.end > cuts.duration:
        raise EditError(f"the file ends at {clock_time(cuts.duration)}; nothing was changed")
    bounds = list(cuts.bounds)
    bounds[number] = new
    if number and (bounds[number - 1].end == old.start or bounds[number - 1].end > new.start):
        bounds[number - 1] = replace(bounds[number - 1], end=new.start)
    if number + 1 < len(bounds) and (bounds[number + 1].start == old.end or bounds[number + 1].start < new.end):
        bounds[number + 1] = replace(bounds[number + 1], start=new.end)
    return _with(cuts, tuple(bounds))


def _with(cuts: FileCuts, bounds: tuple[Bound, ...]) -> FileCuts:
    for bound in bounds:
        if bound.end - bound.start < SHORTEST:
            raise EditError(
                f"a passage would begin at {clock_time(bound.start)} and end at {clock_time(bound.end)}; the shortest"
                f" has {seconds(SHORTEST):g} s; nothing was changed"
            )
    return replace(cuts, bounds=bounds)


def _listed(cuts: FileCuts) -> str:
    spans = (f"{clock_time(bound.start)}-{clock_time(bound.end)}" for bound in cuts.bounds)
    return ", ".join(spans) or "the file has no passage"
