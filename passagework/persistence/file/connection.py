"""Open a library: the only connection that writes, and short ones that only read."""

import math
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
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
from passagework.persistence.file.before_opening import Before, another_program, judge
from passagework.persistence.file.damage_mark import is_marked, leave_mark, refuse_marked
from passagework.persistence.file.gate import SUSPICION_SECONDS, Gate, LibraryCheck, damage_error, damage_in
from passagework.persistence.file.header import APPLICATION_ID, Header
from passagework.persistence.file.lock import LibraryLock, find_writer, was_locked_for
from passagework.persistence.file.migrate import backup_of, migrate, refuse_newer, schema_version
from passagework.persistence.file.migrations import Migration, load_migrations
from passagework.persistence.file.place import identity_and_time_of, identity_of, place_to_write, resolved
from passagework.persistence.file.raw_reading import connection_closed, connection_opened
from passagework.persistence.file.side_files import wal_of
from passagework.persistence.file.sqlite_errors import is_damage, is_suspicious, library_error, primary_code, translated

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

_GUID: Final = "SELECT guid FROM library"
_TRIES: Final = 3
"""Of looks at a library that another program changes meanwhile."""

BETWEEN_LOOKS_SECONDS: Final = 60.0
_CHANGE_NOTHING: Final = "UPDATE library SET id = id WHERE 0"


class LibraryConnection(sqlite3.Connection):
    """A connection to the library at ``path``. Closing the one that writes releases the lock. Idempotent.

    ``damaged``: damage was noticed here, so this connection neither writes nor copies its WAL any more. ``is_library``:
    it was found to be one, and not another program's database; only such a file is marked. ``may_write``: as far as
    SQLite knows.
    """

    path: Path
    lock: LibraryLock | None = None
    gate: Gate | None = None
    replicated = False
    damaged = False
    is_library = False
    may_write = False
    holds: list[float]
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
            raised = library_error(error, self.path) if isinstance(error, sqlite3.Error | MemoryError) else error
            if is_suspicious(error) and (found := self._looked()) is not None:
                raised = found
            if isinstance(raised, LibraryDamagedError):
                self._notice(raised)
            if raised is error:
                raise
            raise raised from error

    def refuse_if_damaged(self) -> None:
        """Raise LibraryMarkedError if damage was noticed by any process since the library was opened."""
        refuse_marked(self.path)
        if self.damaged:
            raise damage_error(self.path, ("damage was noticed in it before",))

    def refuse_if_found_damaged(self) -> None:
        """Look for damage, at most once a minute, and raise LibraryDamagedError if there is any."""
        if monotonic() - self._looked_at >= BETWEEN_LOOKS_SECONDS:
            self._looked_at = monotonic()
            if (found := self._looked()) is not None:
                raise found

    def _looked(self) -> LibraryDamagedError | None:
        """Look for damage, after an error that may be its consequence; None if there is none, or it cannot be seen."""
        if self.damaged or self.in_transaction:
            return None
        try:
            version = schema_version(self)
            found = damage_in(self, load_migrations()[:version], SUSPICION_SECONDS)
        except sqlite3.Error as error:
            found = (str(error),) if is_damage(error) else ()
        except MemoryError:
            return None
        return damage_error(self.path, found) if found else None

    def _notice(self, error: LibraryDamagedError) -> None:
        if not self.damaged:
            self.damaged = True
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
        try:
            if self.may_write and counted is not None and (self.replicated or self.damaged or is_marked(self.path)):
                self._close_without_checkpoint()
            else:
                super().close()
        finally:
            if counted is not None:
                connection_closed(counted)
            if self.lock is not None:
                if self.gate is not None and not self.damaged:
                    self.gate.note_what_is_left(self.path)
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
        with suppress(sqlite3.Error), closing(sqlite3.connect(_address(self.path, "ro"), uri=True)) as other:
            with suppress(sqlite3.Error):
                other.execute("PRAGMA user_version").fetchone()
            super().close()
        super().close()


def open_library(
    path: Path,
    *,
    synchronous: Synchronous = "full",
    replicated: bool = False,
    check: LibraryCheck = "quick",
    migrations: Sequence[Migration] | None = None,
) -> LibraryConnection:
    """Open the library for writing; create it and its folders if needed. Usable only in the calling thread.

    ``synchronous`` full: committed transactions survive a power failure. normal: a power failure may lose the last
    transactions, a crash of the process never does; the library stays consistent. ``replicated``: another program
    copies the WAL and runs the checkpoints, so this connection never does. ``check``: how closely to look for damage
    first.

    A file that is not a library, is damaged, or is too new, is refused and left unchanged, and so are the files beside
    it. The order matters: SQLite opens it for writing only after everything was judged, since it changes files when it
    opens and closes them.

    Raises:
        LibraryBusyError: another importer holds its lock.
        LibraryDamagedError: it is damaged, marked as damaged, or not a library, or the log beside it is another one's.
        LibraryTooNewError: a newer version wrote it.
        LibraryUnavailableError: the disk is full, read-only, or reports errors.
        SideFileError: a file that is not ours has the name of one that belongs beside it.
        LibraryError: it cannot be opened for another reason, given in the message.

    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise LibraryError(f"SQLite {sqlite3.sqlite_version} is too old, 3.37 is needed; upgrade Python or SQLite")
    path = place_to_write(path)
    steps = migrations if migrations is not None else load_migrations()
    lock = LibraryLock.acquire(path)
    try:
        refuse_marked(path)
        gate = _pass_gate(path, lock, steps, synced=synchronous == "full", check=check)
        with _opened(path, "rwc", WRITER_BUSY_MS) as connection:
            _set_up_writer(connection, synchronous, CHECKPOINT_PAGES if not replicated else 0)
            connection.replicated = replicated
            connection.is_library = True
            with connection.translated():
                migrate(connection, path, steps)
                lock.keep("library", connection.execute(_GUID).fetchone()[0])
                _refuse_unwritable(connection)
            connection.remember_place()
            lock.follow(path)
            connection.lock, connection.gate = lock, gate
            return connection
    except BaseException:
        lock.release()
        raise


def _pass_gate(path: Path, lock: LibraryLock, steps: Sequence[Migration], *, synced: bool, check: LibraryCheck) -> Gate:
    """Refuse what must not be opened for writing, and what is damaged. Reads only."""
    gate = Gate(lock, check)
    for _ in range(_TRIES):
        before = judge(path, synced=synced, was_library=lambda: was_library(path, lock.kept("library")))
        if before.header is None:
            return gate
        refuse_another_program(path, before.header)
        stamp = identity_and_time_of(path)
        with opened_to_look(path, has_log=before.has_log) as reader:
            found = _look(reader, path, gate, before, steps)
        if not found or before.has_log or stamp == identity_and_time_of(path):
            break
    else:
        raise LibraryUnavailableError(
            f"the library {path} is not available: another program writes it; wait until it is done",
            UnavailableKind.BUSY,
        )
    if found:
        error = damage_error(path, found)
        if before.header.is_ours:
            leave_mark(path, str(error))
        raise error
    return gate


@contextmanager
def opened_to_look(path: Path, *, has_log: bool) -> "Iterator[LibraryConnection]":
    """Open the library for a look at its pages, which changes nothing.

    Without a log it is read without a lock, and without making any of SQLite's files. With a log, or beside a writer,
    this is a reader.
    """
    with _opened(path, "ro" if has_log else "ro&immutable=1", READER_BUSY_MS) as reader, closing(reader):
        yield reader


def _look(
    reader: "LibraryConnection", path: Path, gate: Gate, before: Before, steps: Sequence[Migration]
) -> tuple[str, ...]:
    try:
        if before.header is None or not before.header.is_ours:
            _refuse_objects(reader, path)
            return ()
        refuse_newer(reader, path, len(steps))
        return gate.look(reader, path, steps, before.free)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        return (str(error),)


def was_library(path: Path, guid: object) -> str | None:
    """Return why an empty file must have been a library; None if nothing says so."""
    if isinstance(guid, str):
        return f"its lock file names the library {guid}"
    backups = (backup_of(path, step.version) for step in load_migrations())
    found = next((backup for backup in backups if backup.exists()), None)
    return f"there is a backup of it, {found.name}" if found is not None else None


def refuse_another_program(path: Path, header: Header) -> None:
    """Accept a library, and a database without a schema; whether that is empty is asked of SQLite."""
    if not header.is_ours and (header.application_id or header.user_version or header.pages > 1):
        raise another_program(path)


def _refuse_objects(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").fetchone()[0]:
        raise another_program(path)


def open_readonly(path: Path, *, any_thread: bool = False) -> LibraryConnection:
    """Open an existing library for reading. Takes no lock, changes nothing, and does not wait for a writer.

    If a writer is active (its ``-wal`` file exists) the connection joins it as a reader. Otherwise an ordinary
    connection that refuses to write is used, because it deletes its auxiliary files when it is closed; without
    permission to create such files the library is opened as immutable. A library that is marked as damaged is read as
    far as it can be, without its log being copied into it.

    Raises:
        LibraryError: there is no library, or it cannot be read; the subclass says why.

    """
    path = resolved(path)
    if not path.exists() and not wal_of(path).exists():
        raise LibraryError(f"there is no library at {path}; import a folder to create one, or name another path")
    if find_writer(path) is None:
        # Otherwise the writer has judged it, and changes its files now.
        before = judge(path, synced=False, was_library=lambda: was_library(path, was_locked_for(path)))
        if before.header is None:
            raise _empty(path)
        refuse_another_program(path, before.header)
    if wal_of(path).exists():
        mode = "ro"
    elif not is_marked(path) and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        mode = "rw"
    else:
        mode = "ro&immutable=1"
    with _opened(path, mode, READER_BUSY_MS, any_thread=any_thread) as connection, connection.translated():
        _set(connection, "query_only", 1)
        newest = len(load_migrations())
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            _refuse_objects(connection, path)
            raise _empty(path)
        connection.is_library = True
        refuse_newer(connection, path, newest, to_read=True)
        if (version := schema_version(connection)) < newest:
            raise LibraryError(
                f"the library {path} is from an older Passagework (schema {version}); the next import updates it"
            )
        return connection


def _empty(path: Path) -> LibraryError:
    return LibraryError(f"{path} is empty so far; the next import creates a library in it")


def _address(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path))}?mode={mode}"


@contextmanager
def _opened(path: Path, mode: str, busy_ms: int, *, any_thread: bool = False) -> Iterator[LibraryConnection]:
    """Yield a new connection, and close it if the block raises."""
    with translated(path):
        connection = sqlite3.connect(
            _address(path, mode),
            uri=True,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=not any_thread,
            factory=LibraryConnection,
        )
        try:
            connection.path = path
            connection.holds = []
            connection.may_write = mode.startswith("rw")
            connection.count()
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


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()
