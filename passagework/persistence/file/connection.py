"""The connections to a library: the only one that writes, and short ones that only read."""

import math
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from passagework.domain.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryUnavailableError,
    LibraryWalLostError,
    UnavailableKind,
)
from passagework.domain.identification.evidence.normalise import compact
from passagework.domain.search_words import ordered_name
from passagework.persistence.file.damage_mark import is_marked, leave_mark, refuse_marked
from passagework.persistence.file.lock import LibraryLock
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.place import identity_of
from passagework.persistence.file.raw_reading import connection_closed, connection_opened
from passagework.persistence.file.schema_version import schema_version
from passagework.persistence.file.side_files import wal_of
from passagework.persistence.file.sqlite_errors import (
    SQLITE_ERRORS,
    is_damage,
    is_suspicious,
    library_error,
    translated,
)

if TYPE_CHECKING:
    from passagework.persistence.file.gate import Gate

WRITER_BUSY_MS: Final = 250
"""The writer is alone, so only a reader's checkpoint or recovery can block it; longer waits are retried."""

CACHED_STATEMENTS: Final = 256
CACHE_KIB: Final = 2 * 1024
"""The system's cache holds the rest, so a host does not grow with its library."""

BETWEEN_LOOKS_SECONDS: Final = 60.0


class LibraryConnection(sqlite3.Connection):
    """A connection to the library at ``path``. Closing the one that writes releases the lock. Idempotent.

    ``noticed``: the first error that meant damage; from then on this connection neither writes nor copies its WAL.
    ``is_library``: it was found to be one, and not another program's database; only such a file is marked.
    ``may_write``: as far as SQLite knows. ``before_commit`` is called in each transaction, as its last step;
    ``before_changes`` once, before the first transaction that changes more than runs. ``has_changed``: there may have
    been one since the run was opened. ``kept`` is what queries keep from one to the next, by what keeps it;
    ``before_close`` is called before the connection is closed.
    """

    path: Path
    lock: LibraryLock | None = None
    gate: "Gate | None" = None
    replicated = False
    noticed: LibraryDamagedError | None = None
    is_library = False
    guid: str | None = None
    may_write = False
    before_commit: "Callable[[LibraryConnection], None] | None" = None
    before_changes: Callable[[], None] | None = None
    has_changed = True
    has_journal = False
    holds: list[float]
    kept: dict[object, object]
    before_close: list[Callable[[], None]]
    _library_at: tuple[int, int] | None = None
    _wal_at: tuple[int, int] | None = None
    _looked_at = -math.inf
    _counted_at: tuple[int, int] | None = None

    def take_holds(self) -> list[float]:
        """Return the seconds from BEGIN to COMMIT of every transaction since the last call."""
        taken, self.holds = self.holds, []
        return taken

    def remember_place(self) -> None:
        """Remember device and inode of the library and its WAL, for :meth:`refuse_if_moved`."""
        self._library_at, self._wal_at = identity_of(self.path), identity_of(wal_of(self.path))

    def count(self) -> None:
        """Let the process know that it has this library open, until this connection is closed."""
        self._counted_at = identity_of(self.path)
        if self._counted_at is not None:
            connection_opened(self._counted_at)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise the project's errors instead of SQLite's, and mark the library if one of them means damage.

        There are three cases. SQLite says that the library is damaged. Or an error may be its consequence: a statement
        that does not fit the schema, a value that cannot be understood; then the library is looked at. Any other error
        is translated.
        """
        try:
            yield
        except LibraryDamagedError as error:
            self._notice(error)
            raise
        except Exception as error:
            raised = (
                library_error(error, self.path)
                if isinstance(error, sqlite3.Error | UnicodeDecodeError | MemoryError)
                else error
            )
            if is_suspicious(error) and (found := self._looked()) is not None:
                raised = found
            if isinstance(raised, LibraryDamagedError):
                self._notice(raised)
            if raised is error:
                raise
            raise raised from error

    def refuse_if_damaged(self) -> None:
        """Raise what was noticed here, or LibraryMarkedError if another connection noticed damage since the opening.

        What this connection left itself is no news: an import that fails twice of one damage names the damage.
        """
        if self.noticed is not None:
            raise type(self.noticed)(str(self.noticed))
        refuse_marked(self.path)

    def refuse_if_found_damaged(self) -> None:
        """Look for damage, at most once a minute, and raise LibraryDamagedError if there is any."""
        if monotonic() - self._looked_at >= BETWEEN_LOOKS_SECONDS:
            self._looked_at = monotonic()
            if (found := self._looked()) is not None:
                raise found

    def _looked(self) -> LibraryDamagedError | None:
        """Look for damage, after an error that may be its consequence; None if there is none, or it cannot be seen."""
        if self.noticed is not None or self.in_transaction:
            return None
        from passagework.persistence.file.gate import (  # noqa: PLC0415 - nearly no reader has a reason to look
            SUSPICION_SECONDS,
            damage_error,
            damage_in,
        )

        try:
            version = schema_version(self)
            found = damage_in(self, load_migrations()[:version], SUSPICION_SECONDS)
        except SQLITE_ERRORS as error:
            found = (str(error),) if is_damage(error) else ()
        except MemoryError:
            return None
        return damage_error(self.path, found) if found else None

    def _notice(self, error: LibraryDamagedError) -> None:
        if self.noticed is None:
            self.noticed = error
            if self.is_library and not is_marked(self.path):
                leave_mark(self.path, str(error))

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
        counted, self._counted_at = self._counted_at, None
        while self.before_close:
            self.before_close.pop()()
        self.kept.clear()
        try:
            damaged = self.noticed is not None or is_marked(self.path)
            if self.may_write and counted is not None and (self.replicated or damaged):
                self._close_without_checkpoint()
            else:
                super().close()
        finally:
            if counted is not None:
                connection_closed(counted)
            if self.lock is not None:
                if self.gate is not None and self.noticed is None:
                    self.gate.note_what_is_left(self.path, self.guid)
                self.lock.release()
                self.lock = None

    def _close_without_checkpoint(self) -> None:
        """Close, and let SQLite neither copy the WAL into the library nor delete it.

        Before Python 3.12 that can be asked only by not being the last connection, and the last one cannot write.
        """
        if sys.version_info >= (3, 12):
            with suppress(sqlite3.Error):
                self.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
            super().close()
            return
        if not wal_of(self.path).exists():
            super().close()
            return
        with suppress(sqlite3.Error), closing(sqlite3.connect(address(self.path, "ro"), uri=True)) as other:
            with suppress(sqlite3.Error):
                other.execute("PRAGMA user_version").fetchone()
            super().close()
        super().close()


def address(path: Path, mode: str) -> str:
    """Return the address of a library for SQLite; ``mode`` may have more parameters behind it."""
    return f"file:{quote(os.fsencode(path))}?mode={mode}"


@contextmanager
def opened(path: Path, mode: str, busy_ms: int, *, any_thread: bool = False) -> Iterator[LibraryConnection]:
    """Yield a new connection, and close it if the block raises."""
    with translated(path):
        connection = sqlite3.connect(
            address(path, mode),
            uri=True,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=not any_thread,
            factory=LibraryConnection,
        )
        try:
            connection.path = path
            connection.holds = []
            connection.kept, connection.before_close = {}, []
            connection.may_write = mode.startswith("rw")
            connection.count()
            set_pragma(connection, "busy_timeout", busy_ms)
            set_pragma(connection, "trusted_schema", 0)
            set_pragma(connection, "cache_size", -CACHE_KIB)
            connection.create_function("casefold", 1, _casefold, deterministic=True)
            connection.create_function("ordered_name", 1, ordered_name, deterministic=True)
            connection.create_function("compact", 1, compact, deterministic=True)
            yield connection
        except BaseException:
            connection.close()
            raise


def set_pragma(connection: sqlite3.Connection, pragma: str, value: int | str) -> None:
    """Set a pragma and read it back: SQLite does not report a pragma that it ignores."""
    connection.execute(f"PRAGMA {pragma} = {value}").fetchall()
    got = connection.execute(f"PRAGMA {pragma}").fetchone()
    if got is None or got[0] != value:
        raise LibraryError(
            f"SQLite does not accept {pragma} = {value} here (it returns {got[0] if got else 'nothing'}); "
            "the library needs a local file system and a complete SQLite"
        )


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()
