"""Open a library: the one connection that writes, and short ones that only read."""

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
    LibraryLogLostError,
    LibraryUnavailableError,
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
from passagework.persistence.file.place import identity_of, log_of, place_to_write, resolved
from passagework.persistence.file.sqlite_errors import primary_code, translated

Synchronous = Literal["full", "normal"]

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables."""

WRITER_BUSY_MS: Final = 250
"""The writer is alone, so only a checkpoint or a recovery of a reader can be in the way; longer waits are retried."""

READER_BUSY_MS: Final = 5_000
CACHED_STATEMENTS: Final = 256
CACHE_KIB: Final = 2 * 1024
"""The pages of some batches; the system's cache holds the rest, so that a host does not grow with its library."""

CHECKPOINT_PAGES: Final = 16_000
"""64 MB. The writer moves the log into the library by itself, between two batches and long before; this is for the
one transaction that writes more."""

LOG_LIMIT_BYTES: Final = 64 * 2**20

_CHANGE_NOTHING: Final = "UPDATE library SET id = id WHERE 0"


class LibraryConnection(sqlite3.Connection):
    """A connection to the library at ``path``. Closing the one that writes gives up the lock. Idempotent."""

    path: Path
    lock: LibraryLock | None = None
    replicated = False
    holds: list[float]
    _library_at: tuple[int, int] | None = None
    _log_at: tuple[int, int] | None = None

    def take_holds(self) -> list[float]:
        """Give the seconds from BEGIN to COMMIT of every transaction since the last call."""
        taken, self.holds = self.holds, []
        return taken

    def remember_place(self) -> None:
        """Note which files of the file system these are, for :meth:`refuse_if_moved`."""
        self._library_at, self._log_at = identity_of(self.path), identity_of(log_of(self.path))

    def refuse_if_moved(self) -> None:
        """Raise LibraryUnavailableError if the path no longer leads to the file that is open.

        SQLite itself would go on writing into a file that nobody finds any more, and leave a log beside another one
        that it does not belong to. So what is in the log is moved into the file that is open, wherever that is now.

        Raises LibraryLogLostError if the log alone is gone: this connection is of no more use, the next one is.
        """
        library_at = identity_of(self.path)
        if library_at == self._library_at and identity_of(log_of(self.path)) == self._log_at:
            return
        self._empty_log()
        if library_at is None:
            raise LibraryUnavailableError(f"the library {self.path} is gone; put it back", UnavailableKind.MOVED)
        if library_at != self._library_at:
            raise LibraryUnavailableError(
                f"the library {self.path} was replaced by another file; put the former one back", UnavailableKind.MOVED
            )
        raise LibraryLogLostError(
            f"the log of the library {log_of(self.path)} was taken away; the library is opened anew"
        )

    def _empty_log(self) -> None:
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
    """Open the library for writing; make it, and its folders, if it is not there. Usable in the calling thread only.

    ``synchronous`` full: what was committed survives a power failure. normal: the last transactions may be lost in
    one, never in a crash of the process; the library stays consistent. ``replicated``: another program copies the
    write-ahead log and moves it into the library, so that this connection never does.

    A file that is no library, or damaged, or too new, is refused and left exactly as it is.

    Raises:
        LibraryBusyError: another importer holds it.
        LibraryDamagedError: it is damaged, or something else.
        LibraryTooNewError: a newer version wrote it.
        LibraryUnavailableError: the disk is full, read-only, or reports errors.
        LibraryError: it cannot be opened for another reason, which the message names.

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
    """Open an existing library for reading. It is neither locked nor changed, and no writer is waited for.

    While a writer is at work (its ``-wal`` file is there) the connection joins it as a reader. Otherwise an ordinary
    connection that refuses to write is used, since it takes its auxiliary files away when it is closed; without
    permission to make such files the library is read as it lies on the disk.

    Raises:
        LibraryError: there is no library, or it cannot be read; the leaves say why.

    """
    path = resolved(path)
    if not path.exists():
        raise LibraryError(f"there is no library at {path}; import a folder to make one, or name another path")
    if log_of(path).exists():
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
            raise LibraryError(f"{path} is empty so far; the next import makes a library of it")
        refuse_newer(connection, path, newest, to_read=True)
        if (version := schema_version(connection)) < newest:
            raise LibraryError(
                f"the library {path} is from an older Passagework (schema {version}); "
                "the next import brings it up to date"
            )
        return connection


@contextmanager
def _opened(
    path: Path, quoted: str, mode: str, busy_ms: int, *, any_thread: bool = False
) -> Iterator[LibraryConnection]:
    """Give a new connection, and close it if the block raises."""
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
    _set(connection, "journal_size_limit", LOG_LIMIT_BYTES)


def _set(connection: sqlite3.Connection, pragma: str, value: int | str) -> None:
    """Set a pragma and read it back: SQLite keeps silent when it ignores one."""
    connection.execute(f"PRAGMA {pragma} = {value}").fetchall()
    got = connection.execute(f"PRAGMA {pragma}").fetchone()
    if got is None or got[0] != value:
        raise LibraryError(
            f"SQLite does not accept {pragma} = {value} here (it says {got[0] if got else 'nothing'}); "
            "the library needs a local file system and a complete SQLite"
        )


def _refuse_unwritable(connection: sqlite3.Connection) -> None:
    """Let SQLite say that it opened the library for reading only, for want of a permission.

    Such a connection would stay so for ever. One that is locked at the moment can be written later. Not asked by
    ``BEGIN IMMEDIATE``, which SQLite takes for ``BEGIN`` on such a connection.
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
