"""The history of plays."""

import sqlite3
from typing import Final

from passagework.domain.ids import Guid
from passagework.domain.plays import Play
from passagework.persistence.read.queries import Plays

_PLAYS: Final = """
SELECT p.guid, y.at_ns FROM play AS y JOIN passage AS p ON p.id = y.passage_id
WHERE {} y.at_ns <= :before AND (y.at_ns < :before OR p.guid > :after)
ORDER BY y.at_ns DESC, p.guid LIMIT :limit
"""
_OF_ALL: Final = _PLAYS.format("")
_OF_ONE: Final = _PLAYS.format("p.guid = :passage AND")


def plays(connection: sqlite3.Connection, query: Plays) -> tuple[Play, ...]:
    """Return a page of plays, the newest first, and those of one moment by guid."""
    rows = connection.execute(
        _OF_ALL if query.passage is None else _OF_ONE,
        {"limit": query.limit, "before": query.before_ns, "after": query.after, "passage": query.passage},
    )
    return tuple(Play(Guid(guid), at_ns) for guid, at_ns in rows)
