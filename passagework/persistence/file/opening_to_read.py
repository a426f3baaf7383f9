"""Open a library to read it, after it was judged; SQLite changes files when it opens and closes them.

Commands that only read import this, and nothing of what opening to write takes.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final

from passagework.domain.errors import LibraryError
from passagework.persistence.file.before_opening import another_program, judge
from passagework.persistence.file.connection import LibraryConnection, opened, set_pragma
from passagework.persistence.file.copies import backup_of
from passagework.persistence.file.damage_mark import is_marked
from passagework.persistence.file.header import APPLICATION_ID, Header
from passagework.persistence.file.lock import find_writer, was_locked_for
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.place import identity_of, resolved
from passagework.persistence.file.schema_version import refuse_newer, schema_version
from passagework.persistence.file.side_files import wal_of

READER_BUSY_MS: Final = 5_000

TRIES: Final = 3
"""Of looks at a library that another program changes meanwhile."""


def open_readonly(path: Path, *, any_thread: bool = False, older: bool = False) -> LibraryConnection:
    """Open an existing library for reading. Takes no lock, changes nothing, and does not wait for a writer.

    If a writer is active (its ``-wal`` file exists) the connection joins it as a reader. Otherwise an ordinary
    connection that refuses to write is used, because it deletes its auxiliary files when it is closed; without
    permission to create such files the library is opened as immutable. A library that is marked as damaged is read as
    far as it can be, without its log being copied into it. ``older``: also one of an earlier schema, for a caller that
    knows none of its tables.

    Raises:
        LibraryError: there is no library, or it cannot be read; the subclass says why.

    """
    path = resolved(path)
    for tries_left in reversed(range(TRIES)):
        stands_at = identity_of(path)
        connection = _open_to_read(path, any_thread=any_thread, older=older)
        # Whoever waits for a lock while the library is compacted gets it for the former file, which nobody writes.
        if identity_of(path) == stands_at or not tries_left:
            break
        connection.close()
    return connection


def _open_to_read(path: Path, *, any_thread: bool, older: bool) -> LibraryConnection:
    if not path.exists() and not wal_of(path).exists():
        raise LibraryError(f"there is no library at {path}; import a folder to create one, or name another path")
    _judge_to_read(path)
    if wal_of(path).exists():
        mode = "ro"
    elif not is_marked(path) and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        mode = "rw"
    else:
        mode = "ro&immutable=1"
    with opened(path, mode, READER_BUSY_MS, any_thread=any_thread) as connection, connection.translated():
        set_pragma(connection, "query_only", 1)
        newest = len(load_migrations())
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            refuse_objects(connection, path)
            raise _empty(path)
        connection.is_library = True
        refuse_newer(connection, path, newest, to_read=True)
        if (version := schema_version(connection)) < newest and not older:
            raise LibraryError(
                f"the library {path} is from an older Passagework (schema {version}); the next import updates it"
            )
        return connection


def _judge_to_read(path: Path) -> None:
    """Refuse what is no library, unless a writer has judged it, and changes its files now.

    A writer may come and go between two looks, so what is refused is looked at again.
    """
    for tries_left in reversed(range(TRIES)):
        if find_writer(path) is not None:
            return
        try:
            before = judge(path, synced=False, was_library=lambda: was_library(path, was_locked_for(path)))
            if before.header is None:
                raise _empty(path)
            refuse_another_program(path, before.header)
        except LibraryError:
            if not tries_left:
                raise
        else:
            return


def _empty(path: Path) -> LibraryError:
    return LibraryError(f"{path} is empty so far; the next import creates a library in it")


def was_library(path: Path, guid: object) -> str | None:
    """Return why an empty file must have been a library; None if nothing says so."""
    if isinstance(guid, str):
        return f"its lock file names the library {guid}"
    backups = (backup_of(path, step.version) for step in load_migrations())
    found = next((backup for backup in backups if backup.exists()), None)
    return f"there is a backup of it, {found.name}" if found is not None else None


def refuse_another_program(path: Path, header: Header) -> None:
    """Accept a library, and a database without a schema; whether that is empty is asked of SQLite."""
    if not header.is_ours and not header.is_blank:
        raise another_program(path)


def refuse_objects(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database with anything in it: of another program."""
    if connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").fetchone()[0]:
        raise another_program(path)
