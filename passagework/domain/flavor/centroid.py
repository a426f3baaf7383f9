"""The flavor of several pieces together."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum

from passagework.domain.flavor.values import Groups, Members


def centroid(flavors: Iterable[tuple[Groups, float]]) -> Groups:
    """Return the mean of flavors, each with its weight: how long it sounds, in any unit.

    What has no weight counts for nothing. A characteristic that only some have is the mean over those, and so is a
    member of one; then each sums to 1 again. The result has characteristics in the order of their names.
    """
    of_name: dict[str, list[tuple[Members, float]]] = {}
    for groups, weight in flavors:
        if weight > 0:
            for name, members in groups:
                of_name.setdefault(name, []).append((members, weight))
    means = ((name, _mean_of_members(parts)) for name, parts in sorted(of_name.items()))
    return tuple((name, members) for name, members in means if members)


def _mean_of_members(parts: Sequence[tuple[Members, float]]) -> Members:
    """Average one characteristic; nothing if all of it is 0, since there are no shares of that."""
    places: dict[str, int] = {}
    for members, _ in parts:
        for place, (name, _value) in enumerate(members):
            places[name] = min(place, places.get(name, place))
    # The order of the members has a meaning, and does not depend on the order of the pieces.
    names = sorted(places, key=lambda name: (places[name], name))
    by_name = [(dict(members), weight) for members, weight in parts]
    means = {name: _mean(name, by_name) for name in names}
    total = fsum(means.values())
    return tuple((name, mean / total) for name, mean in means.items()) if total > 0 else ()


def _mean(name: str, parts: Sequence[tuple[Mapping[str, float], float]]) -> float:
    having = [(members[name], weight) for members, weight in parts if name in members]
    return fsum(value * weight for value, weight in having) / fsum(weight for _, weight in having)
