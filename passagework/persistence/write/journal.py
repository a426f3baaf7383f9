"""The journal: what a run found in the rows that it changed, so that the run can be undone.

Triggers write it, so the statements that store values need not. The triggers are temporary: they exist in the writing
connection only, from the first change of a run until its end; most runs change nothing. There are two cases in which a
row needs no image: the run inserted it, or has already changed it. Both have the number of the run in one of the
columns that refer to a run. The first run of a library finds no rows, so it has no triggers.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.domain.ids import RunId
from passagework.persistence.file.checkpoint import checkpoint_if_long
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import transaction

REPLACED: Final = (
    *("attempt", "file_place", "file_tags", "file_curves"),
    *("passage_fingerprint", "passage_flavor", "passage_song", "passage_album", "artist_statement", "work_statement"),
    *("passage_evidence", "candidate", "passage_value"),
)
"""Tables whose rows name the run that wrote them last, and to which no other table refers. Imports delete some rows."""

UPDATED: Final = (
    *("folder", "file", "passage", "artist", "work", "song", "album"),
    *("song_artist", "song_work", "album_artist", "work_artist", "merged_mbid"),
)
"""Tables whose rows name the run that made them. Imports delete rows of SHRINKING only."""

SHRINKING: Final = frozenset({"file", "passage", "song_artist", "song_work", "album_artist", "work_artist"})
"""A file is deleted when it turns out to be another one, which was missing (joins.py)."""

KEPT_RUNS: Final = 3
"""The number of runs whose images are kept: enough to undo, one by one, what is noticed late."""

AT_ONCE: Final = 5_000
"""Images per statement and transaction: some MB of memory and WAL, even for curves."""

_EVENTS: Final = ("UPDATE", "DELETE")

NOT_KEPT: Final = MappingProxyType({"file": frozenset({"device", "inode", "ctime_ns"})})
"""Columns that leave no image if nothing else changes: what the disk says now is true after an undo, too."""

_ACTIVE: Final = "SELECT iif(state = 'running', id, NULL) FROM run ORDER BY id DESC LIMIT 1"

_FIRST_RUN: Final = "SELECT min(id) FROM run"

_COLUMNS: Final = "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid"

_REFERENCES_TO_RUNS: Final = """SELECT "from" FROM pragma_foreign_key_list(?) WHERE "table" = 'run'"""

_RANGE: Final = "SELECT min(seq), max(seq), count(*) FROM before_image WHERE run_id = ?"

# From each run that has images to the one before: there may be many runs, and each may have many images.
_LAST_TO_FORGET: Final = """
WITH RECURSIVE with_images (id, place) AS (
    SELECT max(run_id), 0 FROM before_image
    UNION ALL SELECT (SELECT max(run_id) FROM before_image WHERE run_id < id), place + 1
    FROM with_images WHERE id IS NOT NULL AND place < :kept
)
SELECT id FROM with_images WHERE place = :kept AND id IS NOT NULL
"""

_CANNOT_BE_UNDONE: Final = "UPDATE run SET has_images = 0 WHERE id <= :last AND has_images"

_SAVEPOINT: Final = "SAVEPOINT journal"
_RELEASE: Final = "RELEASE journal"

_FORGET: Final = """
DELETE FROM before_image WHERE seq IN (SELECT seq FROM before_image WHERE run_id <= :last LIMIT :at_once)
"""


@dataclass(frozen=True, slots=True)
class _Shape:
    """The columns of a table: all in order, those of its primary key, and those that refer to a run."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    runs: tuple[str, ...]

    def places(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Name the columns of the journal that hold these columns of the table."""
        return tuple(f"c{1 + self.columns.index(column)}" for column in columns)


def follow_run(connection: LibraryConnection, run: RunId | None) -> None:
    """Keep an image of each row that ``run`` changes, from the next change on; None: keep none.

    Outside of a transaction: with one that is rolled back the triggers would come and go unnoticed.
    """
    if connection.has_journal:
        _execute_together(connection, _drops())
        connection.has_journal = False
    has_rows = run is not None and connection.execute(_FIRST_RUN).fetchone() != (run,)
    connection.before_changes = (lambda: _begin(connection, run)) if run is not None and has_rows else None


def follow_active_run(connection: LibraryConnection) -> None:
    """Continue the journal of a run that another connection left open."""
    (run,) = connection.execute(_ACTIVE).fetchone() or (None,)
    follow_run(connection, run)


def _begin(connection: LibraryConnection, run: RunId) -> None:
    """Make the triggers."""
    connection.has_journal = True
    _execute_together(connection, [*_drops(), *_triggers(connection, run)])


def _drops() -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS temp.before_{event}_{table}" for table in (*REPLACED, *UPDATED) for event in _EVENTS
    ]


def _triggers(connection: sqlite3.Connection, run: RunId) -> Iterator[str]:
    for table in (*REPLACED, *UPDATED):
        shape = _shape_of(connection, table)
        places = ", ".join(shape.places(shape.columns))
        old = ", ".join(f"old.{column}" for column in shape.columns)
        # A row with the number of the run was inserted by it, or has an image already.
        unmarked = " AND ".join(f"old.{column} IS NOT {run:d}" for column in shape.runs)
        for event in _EVENTS:
            kept = [column for column in shape.columns if column not in NOT_KEPT.get(table, ())]
            of_columns = f" OF {', '.join(kept)}" if event == "UPDATE" and table in NOT_KEPT else ""
            yield (
                f"CREATE TEMP TRIGGER before_{event}_{table} AFTER {event}{of_columns} ON main.{table} "
                f"WHEN {unmarked} BEGIN "
                f"INSERT INTO before_image (run_id, of_table, {places}) VALUES ({run:d}, '{table}', {old}); END"
            )


def _execute_together(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    """Change temporary triggers, all or none."""
    connection.execute(_SAVEPOINT)
    try:
        for statement in statements:
            connection.execute(statement)
    except BaseException:
        connection.execute("ROLLBACK TO journal")
        raise
    finally:
        connection.execute(_RELEASE)


def forget_old_images(connection: LibraryConnection) -> None:
    """Forget the images of all but the latest runs that have any, in transactions of bounded size."""
    # A run is marked before its first image is deleted: an interruption must not leave half a journal for undo.
    last = connection.execute(_LAST_TO_FORGET, {"kept": KEPT_RUNS}).fetchone()
    forgotten = AT_ONCE if last else 0
    while forgotten == AT_ONCE:
        values = {"last": last[0], "at_once": AT_ONCE}
        with transaction(connection):
            connection.execute(_CANNOT_BE_UNDONE, values)
            forgotten = connection.execute(_FORGET, values).rowcount
        checkpoint_if_long(connection)


def put_back(connection: sqlite3.Connection, run: RunId, leave: frozenset[str]) -> int:
    """Restore what ``run`` changed, except for the columns in ``leave``; return the number of images.

    The rows that the run made must be deleted first. The order matters: the latest images are restored first, so that
    of several images of a row the oldest one remains.
    """
    first, last, count = connection.execute(_RANGE, (run,)).fetchone()
    if first is None:
        return 0
    statements = [
        statement
        for table in (*UPDATED, *REPLACED)
        for statement in _statements(table, _shape_of(connection, table), leave)
    ]
    for high in range(last, first - 1, -AT_ONCE):
        values = {"run": run, "low": high - AT_ONCE + 1, "high": high}
        for statement in statements:
            connection.execute(statement, values)
    return int(count)


def _statements(table: str, shape: _Shape, leave: frozenset[str]) -> list[str]:
    """Return the statements that restore the rows of one table from a range of the journal."""
    keys, keys_of_image = ", ".join(shape.key), ", ".join(shape.places(shape.key))
    images = (
        f"SELECT min(seq) FROM before_image WHERE run_id = :run AND of_table = '{table}' "
        f"AND seq BETWEEN :low AND :high GROUP BY {keys_of_image}"
    )
    chosen = f"FROM before_image WHERE seq IN ({images})"
    # There are three cases: rows of REPLACED tables are deleted and inserted; other rows are updated, since tables
    # refer to them; rows of SHRINKING tables, which the run may have deleted, are inserted first if they do not exist.
    if table in REPLACED:
        columns, places = ", ".join(shape.columns), ", ".join(shape.places(shape.columns))
        return [
            f"DELETE FROM {table} WHERE ({keys}) IN (SELECT {keys_of_image} {chosen})",
            f"INSERT INTO {table} ({columns}) SELECT {places} {chosen}",
        ]
    columns_to_set = tuple(column for column in shape.columns if column not in leave and column not in shape.key)
    to_set = ", ".join(f"{c} = b.{p}" for c, p in zip(columns_to_set, shape.places(columns_to_set), strict=True))
    same_row = " AND ".join(f"{table}.{c} = b.{p}" for c, p in zip(shape.key, shape.places(shape.key), strict=True))
    from_images = f"FROM before_image AS b WHERE b.seq IN ({images}) AND {same_row}"
    update = f"UPDATE {table} SET {to_set} {from_images}"
    if table not in SHRINKING:
        return [update]
    columns, places = ", ".join(shape.columns), ", ".join(shape.places(shape.columns))
    return [f"INSERT INTO {table} ({columns}) SELECT {places} {chosen} ON CONFLICT DO NOTHING", update]


def _shape_of(connection: sqlite3.Connection, table: str) -> _Shape:
    """Read the columns of a table from the schema, so that the journal includes new ones automatically."""
    found = connection.execute(_COLUMNS, (table,)).fetchall()
    runs = connection.execute(_REFERENCES_TO_RUNS, (table,))
    keys = sorted((place, name) for name, place in found if place)
    return _Shape(tuple(name for name, _ in found), tuple(name for _, name in keys), tuple(name for (name,) in runs))
