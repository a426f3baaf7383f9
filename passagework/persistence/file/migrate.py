"""Migrate a library to the current schema, step by step, after a backup."""

import os
import re
import sqlite3
import time
import uuid
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from passagework.domain.errors import LibraryError, LibraryTooNewError
from passagework.persistence.file.sqlite_errors import translated
from passagework.persistence.file.views import Dialect, drop_views, make_views, views
from passagework.persistence.rows.json_texts import is_compressed_json

APPLICATION_ID: Final = 0x50574C42
"""``PWLB``, in the header of every library: distinguishes it from other programs' SQLite files."""

_FILE_NAME: Final = re.compile(r"(\d{4})_\w+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: the statements from schema version ``version`` - 1 to ``version``."""

    version: int
    sql: str


def load_migrations(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """Read the steps (``0001_name.sql`` ...) in order; by default those of this version."""
    folder = folder or resources.files("passagework.persistence") / "migrations"
    found = ((_FILE_NAME.fullmatch(entry.name), entry) for entry in folder.iterdir())
    steps = sorted(
        (Migration(int(name[1]), entry.read_text("utf-8")) for name, entry in found if name),
        key=lambda step: step.version,
    )
    if [step.version for step in steps] != list(range(1, len(steps) + 1)):
        raise LibraryError("this installation of Passagework is incomplete: a migration is missing; install it again")
    return tuple(steps)


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

    A library with content is first copied to ``<library>.v<version>.backup`` with SQLite's backup API.
    """
    version = schema_version(connection)
    pending = [step for step in steps if step.version > version]
    if version and pending and _has_content(connection):
        _back_up(connection, path, version)
    for step in pending:
        _apply(connection, step, is_last=step is steps[-1])
    if not _has_views(connection):
        # A later step failed after an earlier one had dropped them.
        connection.executescript(f"BEGIN IMMEDIATE;{drop_views()}{make_views()}COMMIT;")


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
    connection.create_function("is_compressed_json", 1, is_compressed_json, deterministic=True)
    connection.execute("PRAGMA foreign_keys = 0")
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{drop_views()}\n{step.sql}\n;{new_views}\nPRAGMA user_version = {step.version:d};"
        )
        if step.version == 1:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
            connection.execute(
                "INSERT INTO library (id, guid, created_ns) VALUES (1, ?, ?)", (str(uuid.uuid4()), time.time_ns())
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA foreign_keys = {enforced:d}")


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy the library; an incomplete copy never has the final name."""
    final = path.with_name(f"{path.name}.v{version}.backup")
    partial = final.with_name(final.name + ".partial")
    try:
        with suppress(FileNotFoundError):
            partial.unlink()
        with translated(partial), closing(sqlite3.connect(partial)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        partial.replace(final)
        _sync_folder(final.parent)
    except (OSError, LibraryError) as error:
        # The incomplete copy only takes space, on a disk that has none.
        with suppress(OSError):
            partial.unlink()
        raise LibraryError(
            f"no backup of {path} could be made before its migration, so it was not begun: {error}"
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
