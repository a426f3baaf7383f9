"""Open a library: the only connection that writes, and short ones that only read."""

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from passagework.domain.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryUnavailableError,
    LibraryWalLostError,
    UnavailableKind,
)
from passagework.domain.identification.evidence.normalise import compact
from passagework.persistence.file.lock import LibraryLock
from passagework.persistence.file.migrate import (
    APPLICATION_ID,
    Migration,
    load_migrations,
    migrate,
    refuse_newer,
    schema_version,
)
from passagework.persistence.file.place import identity_of, place_to_write, resolved, wal_of
from passagework.persistence.file.sqlite_errors import primary_code, translated

Synchronous = Literal["full", "normal"]

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first version with STRICT tables."""

WRITER_BUSY_MS: Final = 250
"""The writer is alone, so only a reader's checkpoint or recovery can block it; longer waits are retried."""

READER_BUSY_MS: Final = 5_000
CACHED_STATEMENTS: Final = 256
CACHE_KIB: Final = 2 * 1024
"""The pages of a few batches; the system's cache holds the rest, so a host does not grow with its library."""

CHECKPOINT_PAGES: Final = 16_000
"""64 MB. The writer runs its own checkpoints between two batches, long before that; this limit is for the
single transaction that writes more."""

WAL_LIMIT_BYTES: Final = 64 * 2**20

_CHANGE_NOTHING: Final = "UPDATE library SET id = id WHERE 0"


class LibraryConnection(sqlite3.Connection):
    """A connection to the library at ``path``. Closing the one that writes releases the lock. Idempotent."""

    path: Path
    lock: LibraryLock | None = None
    replicated = False
    holds: list[float]
    _library_at: tuple[int, int] | None = None
    _wal_at: tuple[int, int] | None = None

    def take_holds(self) -> list[float]:
        """Return the seconds from BEGIN to COMMIT of every transaction since the last call."""
        taken, self.holds = self.holds, []
        return taken

    def remember_place(self) -> None:
        """Remember device and inode of the library and its WAL, for :meth:`refuse_if_moved`."""
        self._library_at, self._wal_at = identity_of(self.path), identity_of(wal_of(self.path))

    def refuse_if_moved(self) -> None:
        """Raise LibraryUnavailableError if the path no longer leads to the file that is open.

        SQLite itself would continue to write to a file without a name, and leave a WAL beside a library
        that it does not belong to. So the WAL is copied into the open file, wherever that is now.

        Raises LibraryWalLostError if only the WAL is gone: this connection cannot be used any more, a new one can.
        """
        library_at = identity_of(self.path)
        if library_at == self._library_at and identity_of(wal_of(self.path)) == self._wal_at:
            return
        self._checkpoint_now()
        if library_at is None:
            raise LibraryUnavailableError(f"the library {self.path} is gone; put it back", UnavailableKind.MOVED)
        if library_at != self._library_at:
            raise LibraryUnavailableError(
                f"the library {self.path} was replaced by another file; put the former one back", UnavailableKind.MOVED
            )
        raise LibraryWalLostError(
            f"the WAL of the library {wal_of(self.path)} was deleted; the library is opened again"
        )

    def _checkpoint_now(self) -> None:
        if not self.replicated:
            with suppress(sqlite3.Error):
                self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the connection, then release the lock, if it holds one."""
        try:
            if self.replicated and sys.version_info >= (3, 12):
                with suppress(sqlite3.Error):
                    self.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
            super().close()
        finally:
            if self.lock is not None:
                self.lock.release()
                self.lock = None


def open_library(
    path: Path,
    *,
    synchronous: Synchronous = "full",
    replicated: bool = False,
    migrations: Sequence[Migration] | None = None,
) -> LibraryConnection:
    """Open the library for writing; create it and its folders if needed. Usable only in the calling thread.

    ``synchronous`` full: committed transactions survive a power failure. normal: a power failure may lose the last
    transactions, a crash of the process never does; the library stays consistent. ``replicated``: another program
    copies the WAL and runs the checkpoints, so this connection never does.

    A file that is not a library, is damaged, or is too new, is refused and left unchanged.

    Raises:
        LibraryBusyError: another importer holds its lock.
        LibraryDamagedError: it is damaged, or not a library.
        LibraryTooNewError: a newer version wrote it.
        LibraryUnavailableError: the disk is full, read-only, or reports errors.
        LibraryError: it cannot be opened for another reason, given in the message.

    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise LibraryError(f"SQLite {sqlite3.sqlite_version} is too old, 3.37 is needed; upgrade Python or SQLite")
    path = place_to_write(path)
    steps = migrations if migrations is not None else load_migrations()
    lock = LibraryLock.acquire(path)
    try:
        with _opened(path, quote(os.fsencode(path)), "rwc", WRITER_BUSY_MS) as connection:
            _refuse_foreign(connection, path)
            refuse_newer(connection, path, len(steps))
            _set_up_writer(connection, synchronous, CHECKPOINT_PAGES if not replicated else 0)
            connection.replicated = replicated
            migrate(connection, path, steps)
            _refuse_unwritable(connection)
            connection.remember_place()
            connection.lock = lock
            return connection
    except BaseException:
        lock.release()
        raise


def open_readonly(path: Path, *, any_thread: bool = False) -> LibraryConnection:
    """Open an existing library for reading. Takes no lock, changes nothing, and does not wait for a writer.

    If a writer is active (its ``-wal`` file exists) the connection joins it as a reader. Otherwise an ordinary
    connection that refuses to write is used, because it deletes its auxiliary files when it is closed; without
    permission to create such files the library is opened as immutable.

    Raises:
        LibraryError: there is no library, or it cannot be read; the subclass says why.

    """
    path = resolved(path)
    if not path.exists():
        raise LibraryError(f"there is no library at {path}; import a folder to create one, or name another path")
    if wal_of(path).exists():
        mode = "ro"
    elif os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        mode = "rw"
    else:
        mode = "ro&immutable=1"
    with _opened(path, quote(os.fsencode(path)), mode, READER_BUSY_MS, any_thread=any_thread) as connection:
        _set(connection, "query_only", 1)
        newest = len(load_migrations())
        _refuse_foreign(connection, path)
        if schema_version(connection) == 0:
            raise LibraryError(f"{path} is empty so far; the next import creates a library in it")
        refuse_newer(connection, path, newest, to_read=True)
        if (version := schema_version(connection)) < newest:
            raise LibraryError(
                f"the library {path} is from an older Passagework (schema {version}); the next import updates it"
            )
        return connection


@contextmanager
def _opened(
    path: Path, quoted: str, mode: str, busy_ms: int, *, any_thread: bool = False
) -> Iterator[LibraryConnection]:
    """Yield a new connection, and close it if the block raises."""
    with translated(path):
        connection = sqlite3.connect(
            f"file:{quoted}?mode={mode}",
            uri=True,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=not any_thread,
            factory=LibraryConnection,
        )
        try:
            connection.path = path
            connection.holds = []
            _set(connection, "busy_timeout", busy_ms)
            _set(connection, "trusted_schema", 0)
            _set(connection, "cache_size", -CACHE_KIB)
            connection.create_function("casefold", 1, _casefold, deterministic=True)
            connection.create_function("compact", 1, compact, deterministic=True)
            yield connection
        except BaseException:
            connection.close()
            raise


def _set_up_writer(connection: sqlite3.Connection, synchronous: Synchronous, checkpoint_pages: int) -> None:
    _set(connection, "journal_mode", "wal")
    _set(connection, "synchronous", {"normal": 1, "full": 2}[synchronous])
    _set(connection, "foreign_keys", 1)
    _set(connection, "temp_store", 2)
    _set(connection, "wal_autocheckpoint", checkpoint_pages)
    _set(connection, "journal_size_limit", WAL_LIMIT_BYTES)


def _set(connection: sqlite3.Connection, pragma: str, value: int | str) -> None:
    """Set a pragma and read it back: SQLite does not report a pragma that it ignores."""
    connection.execute(f"PRAGMA {pragma} = {value}").fetchall()
    got = connection.execute(f"PRAGMA {pragma}").fetchone()
    if got is None or got[0] != value:
        raise LibraryError(
            f"SQLite does not accept {pragma} = {value} here (it returns {got[0] if got else 'nothing'}); "
            "the library needs a local file system and a complete SQLite"
        )


def _refuse_unwritable(connection: sqlite3.Connection) -> None:
    """Raise SQLite's error if it opened the library read-only because of a missing permission.

    Such a connection stays read-only; one that is only locked can be written later. ``BEGIN IMMEDIATE`` would not
    show it: on a read-only connection SQLite treats it as ``BEGIN``.
    """
    try:
        connection.execute(_CHANGE_NOTHING)
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_BUSY:
            raise


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Accept a library and an empty database; anything else belongs to another program."""
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    if application == APPLICATION_ID:
        return
    objects: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application or objects:
        raise LibraryDamagedError(f"{path} is another program's database, not a passage library; name another file")


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()
