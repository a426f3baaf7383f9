"""Migrate a library to the current schema, step by step, after a backup."""

import os
import sqlite3
import time
import uuid
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from passagework.domain.errors import LibraryError, LibraryTooNewError, SideFileError
from passagework.persistence.file.header import APPLICATION_ID, HEADER_BYTES, Header
from passagework.persistence.file.migrations import Migration, add_functions_of_steps
from passagework.persistence.file.schema_shape import schema_of
from passagework.persistence.file.side_files import (
    BACKUP,
    PARTIAL,
    beside,
    follow_mode,
    foreign,
    open_side_file,
    sync_folder,
)
from passagework.persistence.file.sqlite_errors import translated
from passagework.persistence.file.views import Dialect, drop_views, make_views, views


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the number of the last migration of the library; 0 for an empty file."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def refuse_newer(connection: sqlite3.Connection, path: Path, newest: int, *, to_read: bool = False) -> None:
    """Raise LibraryTooNewError if a newer version of Passagework wrote the library.

    ``to_read``: not where the library says that a reader of schema ``newest`` understands it. What is new in it is then
    passed over, and codes that this version does not know are shown as they are stored.
    """
    version = schema_version(connection)
    if version <= newest or (to_read and _oldest_reader(connection) <= newest):
        return
    raise LibraryTooNewError(
        f"the library {path} was written by a newer Passagework (schema {version}, this one knows {newest}); "
        "upgrade Passagework, or name another library"
    )


def _oldest_reader(connection: sqlite3.Connection) -> int:
    oldest: int = connection.execute("SELECT oldest_reader FROM library").fetchone()[0]
    return oldest


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> None:
    """Apply the missing steps, each in its own transaction that also increments ``user_version``.

    A library with content is first copied to ``<library>.v<version>.backup`` with SQLite's backup API. A new one is
    made at once, as the steps would leave it, which is several times quicker.
    """
    version = schema_version(connection)
    if not version:
        _create(connection, steps)
        return
    pending = [step for step in steps if step.version > version]
    if version and pending and _has_content(connection):
        _back_up(connection, path, version)
    for step in pending:
        _apply(connection, step, is_last=step is steps[-1])
    if not _has_views(connection):
        # A later step failed after an earlier one had dropped them.
        connection.executescript(f"BEGIN IMMEDIATE;{drop_views(connection)}{make_views()}COMMIT;")


def _create(connection: sqlite3.Connection, steps: Sequence[Migration]) -> None:
    """Make a new library in one transaction."""
    made = ";\n".join(schema_of(tuple(steps)).statements)
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{made};\n{make_views()}\nPRAGMA user_version = {steps[-1].version:d};\n"
            f"PRAGMA application_id = {APPLICATION_ID:d};"
        )
        connection.execute(
            "INSERT INTO library (id, guid, created_ns) VALUES (1, ?, ?)", (str(uuid.uuid4()), time.time_ns())
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _has_views(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
    return {name for name, _ in views(Dialect.SQLITE)} <= {name for (name,) in found}


def _has_content(connection: sqlite3.Connection) -> bool:
    """Tell whether anything was ever imported; not so if the creation of a new library stopped between two steps."""
    found: int = connection.execute("SELECT EXISTS (SELECT 1 FROM run)").fetchone()[0]
    return bool(found)


def _apply(connection: sqlite3.Connection, step: Migration, *, is_last: bool) -> None:
    """Apply one step. Views are not there while it changes columns; those of the last one are what readers use.

    Foreign keys are not enforced: a step that copies a table drops the one that others refer to.
    """
    new_views = make_views() if is_last else ""
    (enforced,) = connection.execute("PRAGMA foreign_keys").fetchone()
    add_functions_of_steps(connection)
    connection.execute("PRAGMA foreign_keys = 0")
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{drop_views(connection)}\n{step.sql}\n;{new_views}\n"
            f"PRAGMA user_version = {step.version:d};"
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA foreign_keys = {enforced:d}")


def backup_of(library: Path, version: int) -> Path:
    """Return the path of the backup that is made before schema ``version`` is migrated."""
    return beside(library, BACKUP.format(version))


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy the library; an incomplete copy never has the final name, and no file but an earlier backup is replaced."""
    final = backup_of(path, version)
    partial = beside(final, PARTIAL)
    try:
        for former in (final, partial):
            _refuse_no_backup(former, path)
        with suppress(FileNotFoundError):
            partial.unlink()
        descriptor = open_side_file(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, path)
        try:
            with translated(partial), closing(sqlite3.connect(partial)) as copy:
                # A journal or shared memory would be one more file to leave behind, and the copy, which has the header
                # of a library in WAL mode, is of no use before it is complete.
                copy.execute("PRAGMA locking_mode = EXCLUSIVE")
                copy.execute("PRAGMA journal_mode = OFF")
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            follow_mode(descriptor, path)
            os.fsync(descriptor)
        except BaseException:
            # The incomplete copy only takes space, on a disk that has none.
            with suppress(OSError):
                partial.unlink()
            raise
        finally:
            os.close(descriptor)
            # SQLite is silent where it cannot remove them, and they would belong to nothing.
            for ending in ("-wal", "-journal"):
                with suppress(OSError):
                    beside(partial, ending).unlink()
        partial.replace(final)
        sync_folder(final.parent)
    except (OSError, LibraryError) as error:
        kind = SideFileError if isinstance(error, SideFileError) else LibraryError
        raise kind(f"no backup of {path} could be made before its migration, so it was not begun: {error}") from error


def _refuse_no_backup(path: Path, library: Path) -> None:
    """Raise SideFileError for a file that is neither a passage library nor the beginning of a copy of one."""
    try:
        descriptor = open_side_file(path, os.O_RDONLY, library)
    except FileNotFoundError:
        return
    try:
        beginning = os.pread(descriptor, HEADER_BYTES, 0)
    finally:
        os.close(descriptor)
    header = Header.read(beginning)
    if beginning.strip(b"\0") and (header is None or not header.is_ours):
        raise foreign(path, "a backup of a library")
