"""In which characteristics two passages are unusually alike or unlike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, sqrt
from statistics import median
from typing import Final

from passagework.domain.flavor.values import Groups, Members

_ALIKE: Final = 0.75
_UNLIKE: Final = 1.25
"""Shares of the usual distance."""

_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Agreement:
    """Names of characteristics, the most alike and the most unlike first."""

    alike: tuple[str, ...]
    unlike: tuple[str, ...]


def agreement(one: Groups, other: Groups, usual: Mapping[str, float]) -> Agreement:
    """Compare characteristics with how far apart they usually are."""
    others = dict(other)
    ratios = sorted(
        (_apart(members, others[name]) / usual[name], name)
        for name, members in one
        if name in others and usual.get(name, 0) > 0
    )
    return Agreement(
        tuple(name for ratio, name in ratios if ratio <= _ALIKE)[:_NAMED],
        tuple(name for ratio, name in reversed(ratios) if ratio >= _UNLIKE)[:_NAMED],
    )


def usual_distances(flavors: Sequence[Groups]) -> Mapping[str, float]:
    """Return the median of the distances of each characteristic, between each flavor and the next one."""
    of_name: dict[str, list[float]] = {}
    for one, next_ in pairwise(flavors):
        others = dict(next_)
        for name, members in one:
            if name in others:
                of_name.setdefault(name, []).append(_apart(members, others[name]))
    return {name: median(distances) for name, distances in sorted(of_name.items())}


def _apart(one: Members, other: Members) -> float:
    """Return the Hellinger distance, 0 to 1: it takes the difference of small shares as seriously as people do."""
    others = dict(other)
    both = fsum(sqrt(share * others[name]) for name, share in one if name in others)
    return sqrt(max(0.0, 1.0 - both))
