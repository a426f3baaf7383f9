"""The version of the schema of a library, and who may read it."""

import sqlite3
from pathlib import Path

from passagework.domain.errors import LibraryTooNewError


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
