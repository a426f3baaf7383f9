"""Checkpoints: copy the WAL into the library between two batches, and empty it at the end."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.connection import WRITER_BUSY_MS, LibraryConnection
from passagework.persistence.file.wal_readers import wal_readers

PATIENCE_MS: Final = 5_000
"""Readers are short: one that is active now has finished by then."""

STATISTICS_FROM: Final = 1_000
"""Files. With statistics of a smaller library SQLite would still scan whole tables after it has grown."""

_FILES: Final = "SELECT coalesce(max(id), 0) FROM file"


@dataclass(frozen=True, slots=True)
class WalState:
    """The size of the WAL, and who or what keeps it from being emptied; None if nothing does."""

    bytes: int
    held_by: str | None


def wal_bytes(connection: LibraryConnection) -> int:
    """Return the size of the WAL; 0 if there is none."""
    with suppress(OSError):
        return connection.path.with_name(connection.path.name + "-wal").stat().st_size
    return 0


def checkpoint_passive(connection: LibraryConnection) -> WalState:
    """Copy as much of the WAL into the library as readers permit, without waiting.

    After a complete checkpoint the next transaction restarts the WAL. A replicated library is left to its replicator.
    """
    connection.refuse_if_damaged()
    if connection.replicated:
        return WalState(wal_bytes(connection), "left to the replicator (library.replicated)")
    with connection.translated():
        busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return WalState(wal_bytes(connection), _holder(connection) if busy or moved < pages else None)


def checkpoint(connection: LibraryConnection) -> None:
    """Refresh SQLite's statistics of a large library, copy the WAL into it, and empty the WAL.

    The WAL of a replicated library is left unchanged.

    Raises LibraryUnavailableError if a reader keeps the WAL in use. Nothing is lost then: the WAL stays valid, and
    the next opening continues.
    """
    connection.refuse_if_damaged()
    with connection.translated():
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
            f"the WAL of the library {connection.path} could not be emptied, it is in use by {_holder(connection)} "
            f"({moved} of {pages} pages are in the library); nothing is lost, the next opening continues",
            UnavailableKind.LOG_IN_USE,
        )


def _holder(connection: LibraryConnection) -> str:
    return wal_readers(connection.path) or "another connection"
