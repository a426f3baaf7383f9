"""Compact a library: a copy without unused space, with pages of today's size, takes its place.

``VACUUM`` would do it in the file itself, but needs room for a copy where SQLite keeps temporary files, and for a
journal of everything, and nobody looks at the result before it counts. So SQLite makes the copy beside the library
(``VACUUM INTO``); it is read, synced, and renamed. Killed before the rename, it leaves the library as it was, and a
partial copy that the next writer deletes; behind it, all is done.

Renaming is safe only while nobody has the library open: SQLite finds the log and the shared memory of a database by its
name, so whoever has the former file open would use those of the new one. So ours must be the only connection: SQLite
lets only such a one leave WAL mode, and its lock then keeps others out until the new file is in its place.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from passagework.domain.compaction import Compactable, Compacted
from passagework.domain.errors import LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.copies import partial_copy_of, remove_partial_copy
from passagework.persistence.file.disk_space import free_bytes, refuse_small_disk
from passagework.persistence.file.opening import PAGE_BYTES, Synchronous, open_library
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.place import resolved
from passagework.persistence.file.side_files import follow_mode, open_side_file, sync_folder
from passagework.persistence.file.sqlite_errors import translated
from passagework.persistence.file.wal_readers import wal_readers

_TREES: Final = "SELECT count(*) FROM sqlite_schema WHERE rootpage > 0"
# The index of searches is a virtual table, whose rows are those of tables of its own.
_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
_PATIENCE_MS: Final = 5_000


def compactable(path: Path) -> Compactable:
    """Tell what compacting the library at ``path`` would need. Raises LibraryError if it cannot be read."""
    path = resolved(path)
    with closing(open_readonly(path)) as connection:
        return _compactable(connection, path)


def _compactable(connection: sqlite3.Connection, path: Path) -> Compactable:
    page_size, pages, unused = (
        connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in ("page_size", "page_count", "freelist_count")
    )
    return Compactable(
        size=page_size * pages,
        unused=page_size * unused,
        page_size=page_size,
        # Each table and index ends in a page that is not full.
        needed=page_size * (pages - unused) + PAGE_BYTES * connection.execute(_TREES).fetchone()[0],
        free_on_disk=free_bytes(path.parent),
    )


def compact_library(path: Path, *, synchronous: Synchronous, replicated: bool) -> Compacted:
    """Replace the library by a copy of its content without unused space, if that is smaller.

    Raises:
        LibraryBusyError: an importer writes it.
        LibraryUnavailableError: another program has it open.
        LibraryNeedsSpaceError: the disk has no room for the copy.
        LibraryError: it cannot be opened for writing, is replicated, or has several names; the message says which.

    """
    path = resolved(path)
    if replicated:
        raise LibraryError(
            f"the library {path} is replicated (library.replicated), and its replicator would go on with the former "
            "file; end it, set library.replicated = false, and begin a new replica afterwards"
        )
    if not path.exists():
        raise LibraryError(f"there is no library at {path}; name another path")
    with closing(open_library(path, synchronous=synchronous)) as connection, connection.translated():
        if path.stat().st_nlink > 1:
            raise LibraryError(f"the library {path} has several names (hard links), of which one would be replaced")
        _keep_others_out(connection, path)
        before = _compactable(connection, path)
        refuse_small_disk(path, before.needed, f"compacting the library {path}")
        partial = partial_copy_of(path)
        try:
            _copy(connection, path, partial)
            if partial.stat().st_size >= before.size:
                return Compacted(before=before.size, after=before.size)
            partial.replace(path)
        except OSError as error:
            raise LibraryError(f"the library {path} cannot be replaced by its copy: {error.strerror}") from error
        finally:
            remove_partial_copy(path)
        sync_folder(path.parent)
        return Compacted(before=before.size, after=path.stat().st_size)


def _copy(connection: LibraryConnection, path: Path, partial: Path) -> None:
    """Make the copy, read it, and make it durable."""
    remove_partial_copy(path)
    descriptor = open_side_file(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, path)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        # As bytes: a name need not be UTF-8.
        connection.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(partial),))
        _refuse_unlike(connection, partial)
        follow_mode(descriptor, path)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_unlike(connection: sqlite3.Connection, partial: Path) -> None:
    """Raise LibraryError if the copy is not whole, or lacks rows."""
    at = f"file:{quote(os.fsencode(partial))}?mode=rw"
    with translated(partial), closing(sqlite3.connect(at, uri=True, isolation_level=None)) as copy:
        (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        tables = [name for (name,) in connection.execute(_TABLES)]
        unlike = [name for name in tables if _rows(connection, name) != _rows(copy, name)]
        if said != "ok" or unlike or tables != [name for (name,) in copy.execute(_TABLES)]:
            raise LibraryError(f"the copy {partial} is not whole ({said}, {', '.join(unlike)}); nothing was changed")
        copy.execute("PRAGMA journal_mode = WAL").fetchone()


def _rows(connection: sqlite3.Connection, table: str) -> int:
    rows: int = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
    return rows


def _keep_others_out(connection: LibraryConnection, path: Path) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError:
        mode = "wal"
    if mode != "delete":
        others = wal_readers(path) or "another program"
        raise LibraryUnavailableError(
            f"the library {path} is open in {others}, which would go on with the former file; end it, and try again",
            UnavailableKind.BUSY,
        )
