"""Leave the library tidy: everything in the main file, statistics up to date."""

import sqlite3

from passagework.domain.errors import LibraryUnavailableError, UnavailableKind


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the library, empty it, and let SQLite refresh its statistics.

    Raises LibraryUnavailableError when a reader keeps the log in use. Nothing is lost then: the log stays valid.
    """
    connection.execute("PRAGMA optimize").fetchall()
    busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise LibraryUnavailableError(
            f"the log of the library could not be emptied: a reader is at work ({moved} of {pages} pages moved); "
            "nothing is lost, the next opening goes on",
            UnavailableKind.BUSY,
        )
