"""How far passages are from what a person wants to hear: from another passage, or from named shares."""

from collections.abc import Mapping

from passagework.domain.flavor.distance import FARTHEST, flavor_distance
from passagework.domain.flavor.sources import FlavorSource
from passagework.domain.flavor.values import Groups

Said = Mapping[FlavorSource, Groups]
"""What each source says of a passage."""


def distance_between(one: Said, other: Said) -> float:
    """Return how far two passages are apart by the first source that says something of both."""
    for source in FlavorSource:
        if source in one and source in other:
            return flavor_distance(one[source], other[source]).distance
    return FARTHEST


def distance_from_shares(wanted: Groups, said: Said) -> float:
    """Return how far a passage is from named shares by the first source that has one of their characteristics."""
    names = {name for name, _ in wanted}
    for source in FlavorSource:
        if any(name in names for name, _ in said.get(source, ())):
            return flavor_distance(wanted, said[source]).distance
    return FARTHEST
