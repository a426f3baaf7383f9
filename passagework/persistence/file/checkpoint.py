"""The write-ahead log: moved into the library between two batches, emptied at the end."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.connection import WRITER_BUSY_MS, LibraryConnection
from passagework.persistence.file.sqlite_errors import translated
from passagework.persistence.file.wal_readers import log_readers

PATIENCE_MS: Final = 5_000
"""Readers are short: one that is at work now is done by then."""

STATISTICS_FROM: Final = 1_000
"""Files. Statistics of a smaller library would have it read from end to end still when it has grown."""

_FILES: Final = "SELECT coalesce(max(id), 0) FROM file"


@dataclass(frozen=True, slots=True)
class LogState:
    """The size of the write-ahead log, and who or what keeps it from being emptied; None if nothing does."""

    bytes: int
    held_by: str | None


def log_bytes(connection: LibraryConnection) -> int:
    """Measure the log; 0 where there is none."""
    with suppress(OSError):
        return connection.path.with_name(connection.path.name + "-wal").stat().st_size
    return 0


def checkpoint_passive(connection: LibraryConnection) -> LogState:
    """Move the log into the library as far as no reader needs it, without waiting for anybody.

    The next transaction then begins the log anew. A replicated library is left to its replicator.
    """
    if connection.replicated:
        return LogState(log_bytes(connection), "left to the replicator (library.replicated)")
    with translated(connection.path):
        busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return LogState(log_bytes(connection), _holder(connection) if busy or moved < pages else None)


def checkpoint(connection: LibraryConnection) -> None:
    """Let SQLite refresh its statistics of a large library, move the log into it, and empty the log.

    The log of a replicated library stays as it is.

    Raises LibraryUnavailableError when a reader keeps the log in use. Nothing is lost then: the log stays valid, and
    the next opening goes on.
    """
    with translated(connection.path):
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            if connection.execute(_FILES).fetchone()[0] >= STATISTICS_FROM:
                connection.execute("PRAGMA main.optimize").fetchall()
            if connection.replicated:
                return
            busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {WRITER_BUSY_MS}")
    if busy:
        raise LibraryUnavailableError(
            f"the log of the library {connection.path} could not be emptied, it is in use by {_holder(connection)} "
            f"({moved} of {pages} pages are in the library); nothing is lost, the next opening goes on",
            UnavailableKind.LOG_IN_USE,
        )


def _holder(connection: LibraryConnection) -> str:
    return log_readers(connection.path) or "another connection"
