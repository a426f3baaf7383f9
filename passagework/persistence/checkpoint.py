"""Leave the library tidy: everything in the main file, statistics up to date."""

from typing import Final

from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.persistence.connection import WRITER_BUSY_MS, LibraryConnection
from passagework.persistence.sqlite_errors import translated

PATIENCE_MS: Final = 5_000
"""Readers are short: one that is at work now is done by then."""


STATISTICS_FROM: Final = 1_000
"""Files. Statistics of a smaller library would have it read from end to end still when it has grown."""

_FILES: Final = "SELECT coalesce(max(id), 0) FROM file"


def checkpoint(connection: LibraryConnection) -> None:
    """Move the write-ahead log into the library, empty it, and let SQLite refresh its statistics of a large one.

    Raises LibraryUnavailableError when a reader keeps the log in use. Nothing is lost then: the log stays valid, and
    the next opening goes on.
    """
    with translated(connection.path):
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            if connection.execute(_FILES).fetchone()[0] >= STATISTICS_FROM:
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
