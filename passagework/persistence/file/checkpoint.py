"""Checkpoints: copy the WAL into the library between two batches, and empty it at the end."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.connection import WRITER_BUSY_MS, LibraryConnection
from passagework.persistence.file.side_files import wal_of
from passagework.persistence.file.wal_frames import bytes_in_use
from passagework.persistence.file.wal_readers import wal_readers

LOG_BYTES: Final = 24 * 2**20
"""Of frames in the WAL, before they are copied into the library; with a batch more it has some 30 MB."""

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


def log_in_use(connection: LibraryConnection) -> int:
    """Return the bytes of the WAL that hold frames since it began anew; its file is often longer."""
    with suppress(OSError):
        descriptor = os.open(wal_of(connection.path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return bytes_in_use(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
    return 0


def wal_bytes(connection: LibraryConnection) -> int:
    """Return the size of the WAL; 0 if there is none."""
    with suppress(OSError):
        return wal_of(connection.path).stat().st_size
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


def checkpoint_if_long(connection: LibraryConnection) -> None:
    """Copy a long WAL into the library between two of many transactions. If it cannot be done now, it is done later."""
    if log_in_use(connection) >= LOG_BYTES:
        with suppress(LibraryUnavailableError):
            checkpoint_passive(connection)


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
