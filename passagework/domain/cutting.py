"""Cut a file by hand: new bounds for its passages from those that it has. Pure.

A person's bounds are those of a whole file. Each passage that is still there keeps its guid, and with it all that was
set on it. Of a passage that is cut in two, and of two that are joined, the longer one is what stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from passagework.domain.edits import EditError
from passagework.domain.given_cuts import Bounds
from passagework.domain.ids import Guid
from passagework.domain.units import TICKS_PER_SECOND, Ticks, clock_time

SHORTEST: Final = Ticks(TICKS_PER_SECOND // 10)
"""The shortest passage that can be cut."""

_NEAR: Final = 10 * TICKS_PER_SECOND
"""How far from a cut a person may point to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCuts:
    """How a file is cut, and how it was.

    ``bounds`` are those that a person gave, as far as there are any, else those of its passages.
    ``before`` is what a person's last change replaced, as it is stored; None: no bounds of a person. ``has_history``:
    there was such a change.
    """

    guid: Guid
    path: bytes
    duration: Ticks
    bounds: Bounds
    has_history: bool = False
    before: str | None = None


def cut_at(cuts: FileCuts, at: Ticks) -> FileCuts:
    """Cut the passage at this moment in two. Raises EditError where there is none, or too little of it."""
    for number, (start, end, guid) in enumerate(cuts.bounds):
        if start < at < end:
            if min(at - start, end - at) < SHORTEST:
                raise EditError(f"{clock_time(at)} is at the edge of a passage already; nothing was changed")
            first, second = (guid, None) if at - start >= end - at else (None, guid)
            both = ((start, at, first), (at, end, second))
            return _with(cuts, (*cuts.bounds[:number], *both, *cuts.bounds[number + 1 :]))
    raise EditError(f"there is no passage at {clock_time(at)} to cut ({_listed(cuts)}); nothing was changed")


def join_at(cuts: FileCuts, at: Ticks) -> FileCuts:
    """Join the two passages whose cut, or gap, is nearest to this moment. Raises EditError if none is near."""
    best: tuple[int, int] | None = None
    for number, (before, after) in enumerate(zip(cuts.bounds, cuts.bounds[1:], strict=False)):
        distance = max(before[1] - at, at - after[0], 0)
        if best is None or distance < best[0]:
            best = (distance, number)
    if best is None or best[0] > _NEAR:
        raise EditError(f"no cut is near {clock_time(at)} ({_listed(cuts)}); nothing was changed")
    number = best[1]
    one, other = cuts.bounds[number : number + 2]
    longer = one if one[1] - one[0] >= other[1] - other[0] else other
    joined = (one[0], other[1], longer[2] or one[2] or other[2])
    return _with(cuts, (*cuts.bounds[:number], joined, *cuts.bounds[number + 2 :]))


def move(cuts: FileCuts, guid: Guid, start: Ticks | None, end: Ticks | None) -> FileCuts:
    """Give a passage another start or end; None: as it is.

    A neighbour that it touched is moved along, and one that would be overlapped is made shorter. Raises EditError if
    that leaves too little of either, or is outside of the file.
    """
    number = next((place for place, bound in enumerate(cuts.bounds) if bound[2] == guid), None)
    if number is None:
        raise EditError(f"passage {guid} is not one of those that the file is to have; nothing was changed")
    old_start, old_end, _ = cuts.bounds[number]
    new_start, new_end = old_start if start is None else start, old_end if end is None else end
    if new_end > cuts.duration:
        raise EditError(f"the file ends at {clock_time(cuts.duration)}; nothing was changed")
    bounds = list(cuts.bounds)
    bounds[number] = (new_start, new_end, guid)
    if number:
        before_start, before_end, before = bounds[number - 1]
        if before_end == old_start or before_end > new_start:
            bounds[number - 1] = (before_start, new_start, before)
    if number + 1 < len(bounds):
        after_start, after_end, after = bounds[number + 1]
        if after_start == old_end or after_start < new_end:
            bounds[number + 1] = (new_end, after_end, after)
    return _with(cuts, tuple(bounds))


def _with(cuts: FileCuts, bounds: Bounds) -> FileCuts:
    for start, end, _ in bounds:
        if end - start < SHORTEST:
            raise EditError(
                f"that leaves {clock_time(start)}-{clock_time(max(start, end))} of a passage, and too little is none; "
                "nothing was changed"
            )
    return FileCuts(
        guid=cuts.guid,
        path=cuts.path,
        duration=cuts.duration,
        bounds=bounds,
        has_history=cuts.has_history,
        before=cuts.before,
    )


def _listed(cuts: FileCuts) -> str:
    return ", ".join(_spans(cuts)) or "the file has no passage"


def _spans(cuts: FileCuts) -> Iterator[str]:
    for start, end, _ in cuts.bounds:
        yield f"{clock_time(start)}-{clock_time(end)}"
