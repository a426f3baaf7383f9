"""What hosts have played: user-owned, so no run undoes it."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from passagework.domain.errors import NotFoundError
from passagework.domain.ids import Guid
from passagework.domain.plays import Play, PlayError, PlayReport
from passagework.persistence.file.checkpoint import checkpoint_if_long
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.counts import PLAYS_CHANGED
from passagework.persistence.file.transaction import snapshot, transaction

_SHORTEST: Final = 6
"""Characters of a guid that may name its passage."""

# Retired passages count where no other is meant: one may have been cut otherwise while it played.
_NAMED: Final = """
SELECT id, guid, retired_ns IS NOT NULL FROM passage WHERE guid >= :name AND guid < :name || 'g'
ORDER BY retired_ns IS NOT NULL, guid LIMIT 2
"""

_IS_THERE: Final = "SELECT EXISTS (SELECT 1 FROM play WHERE passage_id = ? AND at_ns = ?)"

# No id is given twice, also where the last play was taken back: who has read up to one reads on from there.
_ADD: Final = "INSERT INTO play (id, passage_id, at_ns) SELECT last_play + ?, ?, ? FROM library"

_REMOVE: Final = "DELETE FROM play WHERE passage_id = ? AND at_ns = ?"


def report_plays(connection: LibraryConnection, report: PlayReport) -> tuple[Play, ...]:
    """Store plays, or delete those that were reported by mistake, in one transaction; return what has changed.

    What was reported before is left as it is, and what was not there is not taken back, so a repetition does no harm.

    Raises:
        NotFoundError: the library has no such passage. Nothing was changed.
        PlayError: several passages have guids that begin so. Nothing was changed.
        LibraryUnavailableError: the library takes no writes now.

    """
    with connection.translated():
        with snapshot(connection):
            named = {name: _named(connection, name) for name in {name for name, _ in report.plays}}
            changed = _changed(connection, report, named)
        if not changed:
            return ()
        rows = [(number, play.at_ns) for play, number in changed.items()]
        with transaction(connection, counts_stay=True):
            if report.taken_back:
                connection.executemany(_REMOVE, rows)
            else:
                connection.executemany(_ADD, [(place, *row) for place, row in enumerate(rows, 1)])
            added = 0 if report.taken_back else len(rows)
            connection.execute(PLAYS_CHANGED, {"added": added, "removed": len(rows) - added})
        checkpoint_if_long(connection)
    return tuple(changed)


def _changed(
    connection: sqlite3.Connection, report: PlayReport, named: Mapping[str, tuple[int, Guid]]
) -> dict[Play, int]:
    """Return the plays that are not there yet, or are there to be taken back, with the rows of their passages."""
    changed: dict[Play, int] = {}
    for name, at_ns in report.plays:
        number, guid = named[name]
        (is_there,) = connection.execute(_IS_THERE, (number, at_ns)).fetchone()
        if bool(is_there) is report.taken_back:
            changed[Play(guid, at_ns)] = number
    return changed


def _named(connection: sqlite3.Connection, name: str) -> tuple[int, Guid]:
    found: Sequence[tuple[int, str, int]] = (
        connection.execute(_NAMED, {"name": name.lower()}).fetchall() if len(name) >= _SHORTEST else ()
    )
    if not found:
        raise NotFoundError(f"no passage has a guid that begins with {name[:60]}; nothing was changed")
    (number, guid, is_retired), *others = found
    if others and others[0][2] == is_retired:
        raise PlayError(
            f"the guids of several passages begin with {name[:60]}; give more characters; nothing was changed"
        )
    return number, Guid(guid)
