"""The step to schema 8 for a library with evidence: rows of statements become documents, in many short transactions.

Its order is what makes it safe to be interrupted. There are four parts. The journal's images of statements are listed
by passage. Then passages are converted in the order of their numbers, each with its images; until here the library has
its old schema, everything in it is as it was, and all that is new is where nobody reads it. Then one transaction makes
it a library of schema 8. At last what is no longer needed is deleted. The library says how far the work is, in the same
transaction that did it.

An older Passagework may have written the library between an interruption and its resumption. So the beginning is noted,
too: if it is not the same any more, the work begins anew, with a new backup.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from passagework.persistence.file.checkpoint import checkpoint_if_long
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.evidence import encode_statements

AT_ONCE: Final = 10_000
"""Rows for each transaction: some MB of memory and of the WAL."""

_LAST: Final = 2**63 - 1

_FORMER: Final = "migration_evidence"
_PROGRESS: Final = "migration_progress"
_IMAGES: Final = "migration_image"

_BEGIN: Final = (
    f"CREATE TABLE {_PROGRESS} (began TEXT, backup TEXT, listed INTEGER, reached INTEGER) STRICT",
    f"CREATE TABLE {_IMAGES} (passage_id INTEGER, run_id INTEGER, seq INTEGER PRIMARY KEY) STRICT",
    f"CREATE INDEX {_IMAGES}_passage ON {_IMAGES} (passage_id)",
)
"""``listed``: all images up to this one are in the list; NULL when the list is complete."""

_NOTE: Final = f"INSERT INTO {_PROGRESS} VALUES (?, ?, 0, -1)"
_NOTED: Final = f"SELECT began, backup, listed, reached FROM {_PROGRESS}"

# Every import opens a run, undo marks one, and every user value is an edit.
_CONTENT: Final = """
SELECT json_array((SELECT max(id) FROM run), (SELECT count(undone_ns) FROM run), (SELECT max(id) FROM edit))
"""

_ILL_IMAGES: Final = "SELECT seq FROM before_image WHERE of_table = 'passage_evidence' LIMIT ?"

_NEXT_IMAGES: Final = "SELECT max(seq) FROM (SELECT seq FROM before_image WHERE seq > ? ORDER BY seq LIMIT ?)"
_LIST_IMAGES: Final = f"""
INSERT INTO {_IMAGES} SELECT c1, run_id, seq FROM before_image WHERE seq > ? AND seq <= ? AND of_table = 'evidence'
"""

SWITCH: Final = f"ALTER TABLE evidence RENAME TO {_FORMER}"
"""What makes room for the view: to drop a table takes as long as it is large."""

_DROP_FORMER: Final = f"DELETE FROM {_FORMER} WHERE passage_id <= ?"

_BEYOND: Final = "SELECT passage_id FROM {} WHERE passage_id > ? ORDER BY passage_id LIMIT 1 OFFSET ?"

_STATEMENTS: Final = """
SELECT passage_id, source, kind, value, position, run_id, strength FROM evidence
WHERE passage_id > ? AND passage_id <= ? ORDER BY passage_id, position, source, kind, value
"""

# The latest first. The columns of the table stand in their order.
_IMAGES_OF: Final = f"""
SELECT i.passage_id, b.c2, b.c3, b.c4, b.c5, b.c6, b.c7, i.run_id FROM {_IMAGES} AS i
CROSS JOIN before_image AS b ON b.seq = i.seq
WHERE i.passage_id > ? AND i.passage_id <= ? ORDER BY i.passage_id, i.run_id DESC, i.seq DESC
"""

_CANNOT_BE_UNDONE: Final = "SELECT coalesce(max(id), 0) FROM run WHERE NOT has_images"

_DOCUMENT: Final = "INSERT INTO passage_evidence (passage_id, statements, run_id) VALUES (?, ?, ?)"
_IMAGE: Final = "INSERT INTO before_image (run_id, of_table, c1, c2, c3) VALUES (?, 'passage_evidence', ?, ?, ?)"

_DROP_SOME: Final = tuple(
    f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM {_IMAGES} ORDER BY seq LIMIT ?)"
    for table in ("before_image", _IMAGES)
)

_STATISTICS: Final = """
SELECT count(*), coalesce(sum(length(CAST(source || kind || value AS BLOB))), 0), (SELECT count(*) FROM passage)
FROM evidence WHERE passage_id > ?
"""
_BYTES_OF_STATEMENT: Final = 34
"""Of a statement with a strength, beside its texts: quotes, commas, brackets, and the digits of a number."""

_BYTES_OF_DOCUMENT: Final = 24
_BYTES_OF_IMAGE: Final = 40

_Row = Sequence[Any]
"""Passage, source, kind, value, position, run, strength; of an image, then the run that changed it."""

_POSITION, _RUN, _STRENGTH, _CHANGED_BY = range(4, 8)

_State = dict[_Row, _Row]
"""The statements of a passage at one time."""

Heard = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Converted:
    """A passage: its document with the run that wrote it, and its images: the run that changed it, and what it was."""

    document: tuple[str, int] | None
    images: tuple[tuple[int, str, int], ...]


def room_for_documents(connection: sqlite3.Connection) -> int:
    """Return the bytes that the conversion, or what is left of it, adds to a library; free pages are not counted."""
    reached, images = -1, 0
    if backup_of_beginning(connection) is not None:
        *_, reached = connection.execute(_NOTED).fetchone()
    statements, texts, passages = connection.execute(_STATISTICS, (reached,)).fetchone()
    if _has(connection, "before_image"):
        (images,) = connection.execute("SELECT count(*) FROM before_image WHERE of_table = 'evidence'").fetchone()
    documents = texts + statements * _BYTES_OF_STATEMENT + passages * _BYTES_OF_DOCUMENT
    journal = images * (_BYTES_OF_IMAGE + _BYTES_OF_STATEMENT + texts // max(1, statements))
    # Pages are not full to the last byte.
    return int(documents + journal) * 9 // 8


def backup_of_beginning(connection: sqlite3.Connection) -> str | None:
    """Return the name of the backup that was made before a conversion began that can be continued; None if none can."""
    if not _has(connection, _PROGRESS):
        return None
    began, backup, *_ = connection.execute(_NOTED).fetchone()
    return os.fsdecode(unquote_to_bytes(backup)) if began == _content(connection) else None


def convert(connection: LibraryConnection, create_table: str, backup: str, heard: Heard) -> None:
    """Fill ``passage_evidence``, made by ``create_table``, and make the images of documents; continue where it stopped.

    ``backup`` is the name of the backup, ``heard`` gets the number of the passage that was reached, and of the last.
    """
    if backup_of_beginning(connection) is None:
        _forget(connection)
        with transaction(connection):
            for statement in (*_BEGIN, create_table):
                connection.execute(statement)
            # The name of a file need not be UTF-8.
            connection.execute(_NOTE, (_content(connection), quote(os.fsencode(backup))))
    _, _, listed, reached = connection.execute(_NOTED).fetchone()
    while listed is not None:
        listed = _list_images(connection, listed)
        checkpoint_if_long(connection)
    (last,) = connection.execute("SELECT coalesce(max(passage_id), 0) FROM evidence").fetchone()
    while reached < _LAST:
        heard(max(0, min(reached, last)), last)
        reached = _convert_some(connection, reached)
        checkpoint_if_long(connection)


def tidy(connection: LibraryConnection, heard: Heard) -> None:
    """Delete what a completed conversion has left. Does nothing in a library without it."""
    if not _has(connection, _PROGRESS):
        return
    (left,) = connection.execute(f"SELECT count(*) FROM {_IMAGES}").fetchone()
    while left > 0:
        with transaction(connection):
            for statement in _DROP_SOME:
                connection.execute(statement, (AT_ONCE,))
        left -= AT_ONCE
        checkpoint_if_long(connection)
    (last,) = connection.execute(f"SELECT coalesce(max(passage_id), 0) FROM {_FORMER}").fetchone()
    reached = -1
    while reached < _LAST:
        heard(max(0, reached), last)
        reached = _enough(connection, _FORMER, reached)
        with transaction(connection):
            connection.execute(_DROP_FORMER, (reached,))
        checkpoint_if_long(connection)
    with transaction(connection):
        for table in (_FORMER, _IMAGES, _PROGRESS):
            connection.execute(f"DROP TABLE {table}")


def _has(connection: sqlite3.Connection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,))
    return found.fetchone() is not None


def _content(connection: sqlite3.Connection) -> str:
    content: str = connection.execute(_CONTENT).fetchone()[0]
    return content


def _forget(connection: LibraryConnection) -> None:
    """Delete what a conversion has made that cannot be continued."""
    if not _has(connection, _PROGRESS):
        return
    while ill := connection.execute(_ILL_IMAGES, (AT_ONCE,)).fetchall():
        with transaction(connection):
            connection.executemany("DELETE FROM before_image WHERE seq = ?", ill)
        checkpoint_if_long(connection)
    with transaction(connection):
        for table in ("passage_evidence", _IMAGES, _PROGRESS):
            connection.execute(f"DROP TABLE {table}")


def _list_images(connection: LibraryConnection, listed: int) -> int | None:
    """List some images of statements; return the last image that was looked at, None after all of them."""
    # Images of documents come behind all others, and are none of statements.
    (last,) = connection.execute(_NEXT_IMAGES, (listed, AT_ONCE)).fetchone()
    with transaction(connection):
        if last is not None:
            connection.execute(_LIST_IMAGES, (listed, last))
        connection.execute(f"UPDATE {_PROGRESS} SET listed = ?", (last,))
    return None if last is None else int(last)


def _convert_some(connection: LibraryConnection, reached: int) -> int:
    """Convert the passages behind ``reached`` until enough rows are done; return the last of them."""
    last = min(_enough(connection, table, reached) for table in ("evidence", _IMAGES))
    undoable = connection.execute(_CANNOT_BE_UNDONE).fetchone()[0] + 1
    rows = connection.execute(_STATEMENTS, (reached, last))
    images = {
        passage: list(found)
        for passage, found in groupby(connection.execute(_IMAGES_OF, (reached, last)), key=itemgetter(0))
    }
    converted = {
        passage: converted_passage(list(found), images.pop(passage, []), undoable)
        for passage, found in groupby(rows, key=itemgetter(0))
    }
    converted |= {passage: converted_passage((), found, undoable) for passage, found in images.items()}
    with transaction(connection):
        for passage, one in converted.items():
            if one.document is not None:
                connection.execute(_DOCUMENT, (passage, *one.document))
            connection.executemany(_IMAGE, ((run, passage, *image) for run, *image in one.images))
        connection.execute(f"UPDATE {_PROGRESS} SET reached = ?", (last,))
    return last


def _enough(connection: sqlite3.Connection, table: str, reached: int) -> int:
    """Return the passage up to which a transaction goes; a passage is converted as a whole."""
    found = connection.execute(_BEYOND.format(table), (reached, AT_ONCE)).fetchone()
    if found is None:
        return _LAST
    (beyond,) = found
    return int(beyond) if beyond - 1 == reached else int(beyond) - 1


def converted_passage(rows: Sequence[_Row], images: Sequence[_Row], undoable: int) -> Converted:
    """Convert the statements of a passage, and its images in the journal, the latest first.

    Undoing the runs one by one, from the latest on, gives what the statements were before each; a run that can be
    undone (``undoable`` and later ones) and has changed them gets an image of the document.
    """
    states, changed_by = [_state(rows)], []
    runs = {row[_RUN] for row in (*rows, *images)} | {image[_CHANGED_BY] for image in images}
    for run in sorted((run for run in runs if run >= undoable), reverse=True):
        before = {what: row for what, row in states[-1].items() if row[_RUN] != run}
        before |= _state(image for image in images if image[_CHANGED_BY] == run)
        if _text(before) == _text(states[-1]):
            states[-1] = before
        else:
            states.append(before)
            changed_by.append(run)
    # A document is of the run that changed it last; what was there before these runs, of that of its latest statement.
    of_runs = [*changed_by, max((row[_RUN] for row in states[-1].values()), default=0)]
    document, *former = [(_text(state), run) if state else None for state, run in zip(states, of_runs, strict=True)]
    return Converted(
        document, tuple((run, *image) for run, image in zip(changed_by, former, strict=True) if image is not None)
    )


def _state(rows: Iterable[_Row]) -> _State:
    """Give the statements by their key; of several the last one counts."""
    return {row[1:4]: row for row in rows}


def _text(state: _State) -> str:
    in_order = sorted(state.values(), key=lambda row: (row[_POSITION], row[1:4]))
    return encode_statements((*row[1:4], row[_STRENGTH]) for row in in_order)
