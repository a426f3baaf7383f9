"""Which passages are near to another one, or to named shares."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from passagework.domain.errors import NotFoundError
from passagework.domain.flavor.sources import PassageFlavor
from passagework.domain.flavor.values import Groups
from passagework.domain.flavor.wanted_shares import Said, distance_between, distance_from_shares
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.domain.passage_filter import Shares, shares_of
from passagework.persistence.read.flavor_sources import flavor_sources_of
from passagework.persistence.read.queries import FlavorSourcesOf

_GUIDS: Final = """
SELECT p.guid, p.id FROM json_each(:passages) AS j CROSS JOIN passage AS p ON p.id = j.value
"""

# A retired passage is found by what names no other one, as where one passage is shown.
_NAMED: Final = """
SELECT guid FROM passage WHERE guid >= :guid AND guid < :guid || 'g' ORDER BY retired_ns IS NOT NULL LIMIT 2
"""

_LIVING: Final = "SELECT count(*) FROM passage WHERE guid >= :guid AND guid < :guid || 'g' AND retired_ns IS NULL"

Distance = Callable[[Said], float]


def distance_from(connection: sqlite3.Connection, near: str | Shares | Groups) -> Distance:
    """Return how far passages are from this one, or from these shares. Raises NotFoundError for an unknown one."""
    if not isinstance(near, str):
        shares = shares_of(near)
        return lambda said: distance_from_shares(shares, said)
    found = [Guid(guid) for (guid,) in connection.execute(_NAMED, {"guid": near})]
    (living,) = connection.execute(_LIVING, {"guid": near}).fetchone()
    if not found or (len(found) > 1 and living != 1):
        raise NotFoundError(f"no passage, or more than one, has a guid that begins with {near}")
    own = _flavors(connection, found[:1])[found[0]].groups
    return lambda said: distance_between(own, said)


def near_enough(connection: sqlite3.Connection, distance: Distance, within: float, passages: Sequence[int]) -> set[int]:
    """Return those of these passages that are not further away than ``within``."""
    numbers = {Guid(guid): row for guid, row in connection.execute(_GUIDS, {"passages": write_json(passages)})}
    said = _flavors(connection, list(numbers))
    return {row for guid, row in numbers.items() if guid in said and distance(said[guid].groups) <= within}


def _flavors(connection: sqlite3.Connection, guids: Sequence[Guid]) -> dict[Guid, PassageFlavor]:
    return dict(flavor_sources_of(connection, FlavorSourcesOf(guids)))
