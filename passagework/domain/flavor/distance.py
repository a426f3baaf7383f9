"""How far two flavors are apart by their named shares: 0 is alike, and usually it is at most 1.

A characteristic is *binary* with two members, and *complex* with more. Where the two flavors differ in that, it is
complex.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import Final

from passagework.domain.flavor.values import Groups, Members

FARTHEST: Final = 1.0
"""The distance where nothing can be compared."""

_WAYS_OF_BINARY: Final = 2


class Ways(StrEnum):
    """How many members a characteristic has."""

    BINARY = "binary"
    COMPLEX = "complex"


@dataclass(frozen=True, slots=True)
class GroupDistance:
    """One characteristic that both flavors have. ``distance``: the mean of squared differences, over ``members``.

    Of a binary one that is the first member alone, since the other follows from it.
    """

    name: str
    ways: Ways
    distance: float
    members: int


@dataclass(frozen=True, slots=True)
class FlavorDistance:
    """The distance of two flavors: the mean of ``binary`` and ``complex``.

    Each of these is 1 where the flavors have no such characteristic in common; ``groups`` lists those that they have.
    """

    distance: float
    binary: float
    complex: float
    groups: tuple[GroupDistance, ...]


def flavor_distance(one: Groups, other: Groups) -> FlavorDistance:
    """Compare two flavors by what both have. A flavor without characteristics is 1 from everything."""
    others = dict(other)
    groups = tuple(
        found for name, members in one if name in others and (found := _compared(name, members, others[name]))
    )
    if not one or not other:
        return FlavorDistance(FARTHEST, FARTHEST, FARTHEST, ())
    binary, complex_ = (_mean([group.distance for group in groups if group.ways is ways]) for ways in Ways)
    return FlavorDistance((binary + complex_) / 2, binary, complex_, groups)


def _compared(name: str, one: Members, other: Members) -> GroupDistance | None:
    """Compare one characteristic; None if no member of it is in both."""
    values: Mapping[str, float] = dict(other)
    squares = [(value - values[member]) ** 2 for member, value in one if member in values]
    if not squares:
        return None
    if max(len(one), len(other)) <= _WAYS_OF_BINARY:
        return GroupDistance(name, Ways.BINARY, squares[0], 1)
    return GroupDistance(name, Ways.COMPLEX, fsum(squares) / len(squares), len(squares))


def _mean(distances: Sequence[float]) -> float:
    return fsum(distances) / len(distances) if distances else FARTHEST
