"""Leave the library tidy: everything in the main file, statistics up to date."""

from typing import Final

from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.persistence.connection import WRITER_BUSY_MS, LibraryConnection
from passagework.persistence.sqlite_errors import translated

PATIENCE_MS: Final = 5_000
"""Readers are short: one that is at work now is done by then."""


def checkpoint(connection: LibraryConnection) -> None:
    """Move the write-ahead log into the library, empty it, and let SQLite refresh its statistics.

    Raises LibraryUnavailableError when a reader keeps the log in use. Nothing is lost then: the log stays valid, and
    the next opening goes on.
    """
    with translated(connection.path):
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            connection.execute("PRAGMA main.optimize").fetchall()
            busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {WRITER_BUSY_MS}")
    if busy:
        raise LibraryUnavailableError(
            f"the log of the library {connection.path} could not be emptied, another process reads it "
            f"({moved} of {pages} pages are in the library); nothing is lost, the next opening goes on",
            UnavailableKind.BUSY,
        )
