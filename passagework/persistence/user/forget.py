"""Forget files: delete them, their passages, every row about these, and the entities that nothing names any more.

The only way in which something with a guid or an MBID is ever deleted. It is no run, and cannot be undone; the runs
before it still can: what their journal says of rows that are gone is deleted with these. Entities with user values
stay, and so do those that the journal names.

Rows are found by the foreign keys of the schema, so a new table needs nothing here.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.json_text import write_json
from passagework.persistence.file.checkpoint import checkpoint_if_long
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.counts import keep_counts
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.analysis import STAMP
from passagework.persistence.rows.columns import listed
from passagework.persistence.rows.to_forget import AT_ONCE, files_to_forget
from passagework.persistence.write.changes import FORGET_NOTED
from passagework.persistence.write.derive import derive_these
from passagework.persistence.write.gapless import pair_everywhere
from passagework.persistence.write.journal import follow_run
from passagework.persistence.write.moves import CLEAR_MOVES, MOVE_FILES

ENTITIES: Final = ("song", "album", "work", "artist")
"""In the order in which they are deleted: each is named by passages, or by those before it."""

_OWNED: Final = frozenset(
    {
        *(("song_artist", "song_id"), ("song_work", "song_id")),
        *(("album_artist", "album_id"), ("work_artist", "work_id")),
    }
)
"""What belongs to an entity, and does not name it."""

_OWN_VALUES: Final = {
    "song": ("user_title", "probability", "cooldown_seconds", "ramp_seconds"),
    "album": ("user_title", "user_date"),
    "work": ("user_title", "probability", "cooldown_seconds", "ramp_seconds"),
    "artist": ("user_name", "probability", "cooldown_seconds", "ramp_seconds"),
}

_HAS_OWN_WEIGHTS: Final = "SELECT 1 FROM song_artist WHERE song_id = e.id AND weight_source <> 'equal'"

_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name <> 'before_image'"

_THESE: Final = "(SELECT value FROM json_each(:ids))"

_PASSAGES: Final = f"SELECT id, guid FROM passage WHERE file_id IN {_THESE}"

_FOLDERS: Final = f"""
SELECT folder_id FROM file WHERE id IN {_THESE} UNION SELECT folder_id FROM file_place WHERE file_id IN {_THESE}
"""

_GUIDS: Final = f"SELECT guid FROM file WHERE id IN {_THESE}"

_EDITS: Final = f"DELETE FROM edit WHERE subject IN ('passage', 'file') AND subject_key IN {_THESE}"

_REJECTIONS: Final = "DELETE FROM rejection WHERE path = ?"

_EMPTY_FOLDERS: Final = f"""
DELETE FROM folder WHERE id IN {_THESE} AND NOT EXISTS (SELECT 1 FROM file WHERE file.folder_id = folder.id)
    AND NOT EXISTS (SELECT 1 FROM file_place WHERE file_place.folder_id = folder.id)
"""

_TO_PLACE: Final = f"""
INSERT INTO temp.staged_move (run_id, guid, source, target, target_text, folder, folder_text, lost, {listed(STAMP)})
SELECT l.run_id, f.guid, f.path, l.path, l.path_text, d.path, d.path_text, 0, {listed(STAMP, "f")}
FROM file_place AS l JOIN file AS f ON f.id = l.file_id JOIN folder AS d ON d.id = l.folder_id WHERE l.path = ?
"""

# Of files that stay, since their path is elsewhere.
_PLACES: Final = (
    """
    DELETE FROM before_image WHERE of_table = 'file_place' AND c1 IN (
        SELECT path FROM file_place WHERE path >= :first AND path < :behind
    )
    """,
    "DELETE FROM file_place WHERE path >= :first AND path < :behind",
)

_UNSEEN_FOLDERS: Final = """
DELETE FROM seen_folder WHERE NOT EXISTS (
    SELECT 1 FROM folder WHERE folder.path = seen_folder.path OR (
        folder.path >= CAST(seen_folder.path || x'2f' AS BLOB) AND folder.path < CAST(seen_folder.path || x'30' AS BLOB)
    )
)
"""


@dataclass(frozen=True, slots=True)
class _Reference:
    """A column that refers to a table, and its place in the journal."""

    table: str
    column: str
    place: str


def forget_files(connection: LibraryConnection, forget: Forget) -> Forgotten:
    """Forget files, some in each transaction; the caller ensures that no run is active.

    Raises:
        NotFoundError: the library knows nothing under a path. Nothing was changed.
        LibraryUnavailableError: the library takes no writes; what was forgotten before stays forgotten.

    """
    files = passages = entities = 0
    with connection.translated():
        # What is forgotten here is no change by a run that crashed.
        follow_run(connection, None)
        to_forget = files_to_forget(connection, forget)
        found = to_forget.files
        references = {name: _references_to(connection, name) for name in ("file", "folder", "passage", *ENTITIES)}
        _keep_elsewhere(connection, to_forget.elsewhere)
        for first in range(0, len(found), AT_ONCE):
            some = found[first : first + AT_ONCE]
            with transaction(connection):
                of_files, of_entities = _forget(connection, some, references)
                if first + AT_ONCE >= len(found):
                    connection.execute(_UNSEEN_FOLDERS)
            files, passages, entities = files + len(some), passages + of_files, entities + of_entities
            checkpoint_if_long(connection)
        if forget.missing_before_ns is None and not forget.excluded:
            with transaction(connection):
                connection.execute(_UNSEEN_FOLDERS)
                for path in forget.paths:
                    below = {"first": path.rstrip(b"/") + b"/", "behind": path.rstrip(b"/") + b"0"}
                    for statement in _PLACES:
                        connection.execute(statement, below)
        with transaction(connection, counts_stay=True):
            # Nor is it one by a run that has yet to begin.
            connection.execute(FORGET_NOTED)
            keep_counts(connection)
    return Forgotten(files, passages, entities)


def _keep_elsewhere(connection: LibraryConnection, files: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Move files to other places of them, some in each transaction; an import moves them to the best that is left."""
    for first in range(0, len(files), AT_ONCE):
        some = files[first : first + AT_ONCE]
        folders = {number for (number,) in connection.execute(_FOLDERS, _ids(number for number, _, _ in some))}
        with transaction(connection):
            connection.execute(CLEAR_MOVES)
            connection.executemany(_TO_PLACE, [(place,) for _, _, place in some])
            for statement in MOVE_FILES:
                connection.execute(statement)
            connection.execute(CLEAR_MOVES)
            pair_everywhere(connection)
            references = _references_to(connection, "folder")
            connection.execute(_EMPTY_FOLDERS, _ids(folders - _in_journal(connection, references)))


def _forget(
    connection: LibraryConnection, files: Sequence[tuple[int, bytes]], references: dict[str, list[_Reference]]
) -> tuple[int, int]:
    """Forget some files; return the number of passages and of entities."""
    of_files = _ids(number for number, _ in files)
    passages = connection.execute(_PASSAGES, of_files).fetchall()
    of_passages = _ids(number for number, _ in passages)
    guids = [guid for _, guid in passages] + [guid for (guid,) in connection.execute(_GUIDS, of_files)]
    folders = {number for (number,) in connection.execute(_FOLDERS, of_files)}
    named = _named(connection, of_passages, references)
    _delete(connection, "passage", of_passages, references)
    derive_these(connection, named)
    _delete(connection, "file", of_files, references)
    pair_everywhere(connection)
    connection.execute(_EDITS, _ids(guids))
    connection.executemany(_REJECTIONS, [(path,) for _, path in files])
    # An undo moves files back to where they were.
    folders -= _in_journal(connection, references["folder"])
    connection.execute(_EMPTY_FOLDERS, _ids(folders))
    entities = 0
    for name in ENTITIES:
        gone = _without_a_name(connection, name, named[name], references[name])
        _delete(connection, name, _ids(gone), references)
        entities += len(gone)
    return len(passages), entities


def _named(
    connection: sqlite3.Connection, of_passages: dict[str, str], references: dict[str, list[_Reference]]
) -> dict[str, set[int]]:
    """Return the entities that passages name, and those that these name."""
    named = {name: _named_by(connection, references[name], "passage_id", of_passages) for name in ENTITIES}
    for owner, name in (("song", "work"), ("song", "artist"), ("album", "artist"), ("work", "artist")):
        named[name] |= _named_by(connection, references[name], f"{owner}_id", _ids(named[owner]))
    return named


def _delete(
    connection: sqlite3.Connection, table: str, ids: dict[str, str], references: dict[str, list[_Reference]]
) -> None:
    """Delete rows of a table, those that refer to them, and what the journal says of all these."""
    for one in references[table]:
        connection.execute(f"DELETE FROM {one.table} WHERE {one.column} IN {_THESE}", ids)
        connection.execute(f"DELETE FROM before_image WHERE of_table = '{one.table}' AND {one.place} IN {_THESE}", ids)
    connection.execute(f"DELETE FROM {table} WHERE id IN {_THESE}", ids)
    connection.execute(f"DELETE FROM before_image WHERE of_table = '{table}' AND c1 IN {_THESE}", ids)


def _named_by(
    connection: sqlite3.Connection, references: Iterable[_Reference], column: str, ids: dict[str, str]
) -> set[int]:
    """Return what rows refer to that belong to these passages or entities."""
    return {
        number
        for one in references
        if column in _columns(connection, one.table)
        for (number,) in connection.execute(f"SELECT {one.column} FROM {one.table} WHERE {column} IN {_THESE}", ids)
    }


def _without_a_name(
    connection: sqlite3.Connection, table: str, among: set[int], references: Iterable[_Reference]
) -> list[int]:
    """Return those entities that neither a row, nor the journal, nor a person has something to say about."""
    naming = [one for one in references if (one.table, one.column) not in _OWNED]
    conditions = [f"EXISTS (SELECT 1 FROM {one.table} WHERE {one.column} = e.id)" for one in naming]
    conditions += [f"e.{column} IS NOT NULL" for column in _OWN_VALUES[table]]
    if table == "song":
        conditions.append(f"EXISTS ({_HAS_OWN_WEIGHTS})")
    found = connection.execute(
        f"SELECT e.id FROM {table} AS e WHERE e.id IN {_THESE} AND NOT ({' OR '.join(conditions)})", _ids(among)
    )
    gone = {number for (number,) in found}
    return sorted(gone - _in_journal(connection, naming) if gone else gone)


def _in_journal(connection: sqlite3.Connection, references: Iterable[_Reference]) -> set[int]:
    """Return what the journal names in these columns."""
    return {
        number
        for one in references
        for (number,) in connection.execute(
            f"SELECT DISTINCT {one.place} FROM before_image WHERE of_table = '{one.table}'"
        )
    }


def _references_to(connection: sqlite3.Connection, table: str) -> list[_Reference]:
    return [one for one in _all_references(connection, table) if (one.table, table) != ("passage", "file")]


def _all_references(connection: sqlite3.Connection, table: str) -> Iterator[_Reference]:
    for (name,) in connection.execute(_TABLES).fetchall():
        columns = _columns(connection, name)
        for _, _, referred, column, *_ in connection.execute(f"PRAGMA foreign_key_list({name})").fetchall():
            if referred == table:
                yield _Reference(name, column, f"c{1 + columns.index(column)}")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]


def _ids(values: Iterable[int | str]) -> dict[str, str]:
    return {"ids": write_json(list(values))}
