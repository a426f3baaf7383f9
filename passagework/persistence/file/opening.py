"""Open a library to write it, after it was judged; SQLite changes files when it opens and closes them."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

from passagework.domain.errors import LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.domain.library_update import OnUpdate, unheard
from passagework.persistence.file.before_opening import Before, judge
from passagework.persistence.file.connection import WRITER_BUSY_MS, LibraryConnection, opened, set_pragma
from passagework.persistence.file.copies import remove_partial_copy
from passagework.persistence.file.damage_mark import leave_mark, refuse_marked
from passagework.persistence.file.gate import Gate, LibraryCheck, damage_error
from passagework.persistence.file.header import HEADER_BYTES, Header
from passagework.persistence.file.lock import LibraryLock
from passagework.persistence.file.migrate import migrate
from passagework.persistence.file.migrations import Migration, load_migrations
from passagework.persistence.file.opening_to_read import (
    READER_BUSY_MS,
    TRIES,
    refuse_another_program,
    refuse_objects,
    was_library,
)
from passagework.persistence.file.place import identity_and_time_of, place_to_write, resolved
from passagework.persistence.file.raw_reading import reading
from passagework.persistence.file.schema_version import refuse_newer
from passagework.persistence.file.sqlite_errors import SQLITE_ERRORS, is_damage, primary_code

Synchronous = Literal["full", "normal"]

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first version with STRICT tables."""

PAGE_BYTES: Final = 8_192
"""Of a new library. Rows of a file and its passages fill larger pages better than small ones; an existing library keeps
its pages until ``passagework compact`` copies it."""

CHECKPOINT_BYTES: Final = 64_000_000
"""The writer runs its own checkpoints between two transactions, long before that; this limit is for the
single transaction that writes more."""

WAL_LIMIT_BYTES: Final = 64 * 2**20

_GUID: Final = "SELECT guid FROM library"
_CHANGE_NOTHING: Final = "UPDATE library SET id = id WHERE 0"
_SYNCHRONOUS: Final = {"normal": 1, "full": 2}


def open_library(
    path: Path,
    *,
    synchronous: Synchronous = "full",
    replicated: bool = False,
    check: LibraryCheck = "quick",
    migrations: Sequence[Migration] | None = None,
    on_update: OnUpdate = unheard,
) -> LibraryConnection:
    """Open the library for writing; create it and its folders if needed. Usable only in the calling thread.

    ``synchronous`` full: committed transactions survive a power failure. normal: a power failure may lose the last
    transactions, a crash of the process never does; the library stays consistent. ``replicated``: another program
    copies the WAL and runs the checkpoints, so this connection never does. ``check``: how closely to look for damage
    first. ``on_update`` is called, in this thread, while a library of an older schema is brought up to date.

    A file that is not a library, is damaged, or is too new, is refused and left unchanged, and so are the files beside
    it. The order matters: SQLite opens it for writing only after everything was judged, since it changes files when it
    opens and closes them.

    Raises:
        LibraryBusyError: another importer holds its lock.
        LibraryDamagedError: it is damaged, marked as damaged, or not a library, or the log beside it is another one's.
        LibraryTooNewError: a newer version wrote it.
        LibraryUnavailableError: the disk is full, read-only, or reports errors.
        LibraryNeedsSpaceError: it has an older schema, and the disk has no room for its update.
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
        remove_partial_copy(path)
        gate = _pass_gate(path, lock, steps, synced=synchronous == "full", check=check)
        with opened(path, "rwc", WRITER_BUSY_MS) as connection:
            _set_up_writer(connection, synchronous, 0 if replicated else CHECKPOINT_BYTES)
            connection.replicated = replicated
            connection.is_library = True
            with connection.translated():
                # Durable whatever ``synchronous`` says: from here on the lock file names the library, and an empty file
                # beside such a lock file is refused as one that was cut off.
                set_pragma(connection, "synchronous", _SYNCHRONOUS["full"])
                migrate(connection, path, steps, on_update)
                set_pragma(connection, "synchronous", _SYNCHRONOUS[synchronous])
                connection.guid = connection.execute(_GUID).fetchone()[0]
                gate.note_schema(connection)
                _refuse_unwritable(connection)
            connection.remember_place()
            lock.follow(path)
            connection.lock, connection.gate = lock, gate
            return connection
    except BaseException:
        lock.release()
        raise


def update_library(
    path: Path, *, synchronous: Synchronous, replicated: bool, check: LibraryCheck, on_update: OnUpdate
) -> None:
    """Bring a library of an older schema up to date, as opening it to write does. Does nothing if there is none.

    Raises what :func:`open_library` raises.
    """
    path = resolved(path)
    try:
        with reading(path) as descriptor:
            header = Header.read(os.pread(descriptor, HEADER_BYTES, 0))
    except OSError:
        # Whoever opens it next says what is wrong.
        return
    if header is not None and header.is_ours and 0 < header.user_version < len(load_migrations()):
        open_library(path, synchronous=synchronous, replicated=replicated, check=check, on_update=on_update).close()


def _pass_gate(path: Path, lock: LibraryLock, steps: Sequence[Migration], *, synced: bool, check: LibraryCheck) -> Gate:
    """Refuse what must not be opened for writing, and what is damaged. Reads only."""
    gate = Gate(lock, check)
    for _ in range(TRIES):
        before = judge(path, synced=synced, was_library=lambda: was_library(path, lock.kept("library")))
        if before.header is None:
            gate.is_new = True
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
def opened_to_look(path: Path, *, has_log: bool) -> Iterator[LibraryConnection]:
    """Open the library for a look at its pages, which changes nothing.

    Without a log it is read without a lock, and without making any of SQLite's files. With a log, or beside a writer,
    this is a reader.
    """
    with opened(path, "ro" if has_log else "ro&immutable=1", READER_BUSY_MS) as reader, closing(reader):
        yield reader


def _look(
    reader: LibraryConnection, path: Path, gate: Gate, before: Before, steps: Sequence[Migration]
) -> tuple[str, ...]:
    try:
        if before.header is None or not before.header.is_ours:
            refuse_objects(reader, path)
            return ()
        refuse_newer(reader, path, len(steps))
        return gate.look(reader, path, steps, before.free)
    except SQLITE_ERRORS as error:
        if not is_damage(error):
            raise
        return (str(error),)


def _set_up_writer(connection: sqlite3.Connection, synchronous: Synchronous, checkpoint_bytes: int) -> None:
    # Ignored where there are pages already.
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    set_pragma(connection, "journal_mode", "wal")
    set_pragma(connection, "synchronous", _SYNCHRONOUS[synchronous])
    set_pragma(connection, "foreign_keys", 1)
    set_pragma(connection, "temp_store", 2)
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    set_pragma(connection, "wal_autocheckpoint", checkpoint_bytes // page_bytes)
    set_pragma(connection, "journal_size_limit", WAL_LIMIT_BYTES)


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
