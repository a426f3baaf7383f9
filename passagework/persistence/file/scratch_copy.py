"""A copy of a library to try something on: of one state of it, without anything of the library being touched.

There are two cases. While a process writes the library, SQLite copies it as one more reader. Otherwise SQLite would
make and delete files beside it, even to read it; so library and WAL are copied byte by byte.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from passagework.domain.errors import LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.damage_mark import refuse_marked
from passagework.persistence.file.disk_space import refuse_small_disk
from passagework.persistence.file.durable_copy import copy_pages
from passagework.persistence.file.lock import find_writer
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.place import resolved
from passagework.persistence.file.raw_reading import is_open_here
from passagework.persistence.file.side_files import wal_of

TRIES: Final = 3
"""Of copies of a library that another program begins to write meanwhile."""

ROOM_BYTES: Final = 64 * 2**20
"""Beside the copy, and the backup of it that an update makes: for what is tried on it."""

_BYTES_AT_ONCE: Final = 2**20
_WITHOUT_ATIME: Final = getattr(os, "O_NOATIME", 0)

_Stamp = tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]
"""Inode, size and mtime of library and WAL; None where there is none."""


def copy_to_try(library: Path, copy: Path) -> bool:
    """Copy the library to the path ``copy``, where nothing is; return whether there is a library.

    Raises:
        LibraryNeedsSpaceError: the disk of the copy has no room for it, and for an import.
        LibraryError: the library is damaged, or cannot be read.

    """
    library = resolved(library)
    refuse_marked(library)
    stamp = _stamp(library)
    size = sum(one[1] for one in stamp if one is not None)
    refuse_small_disk(copy, 2 * size + ROOM_BYTES, f"trying an import into {library}")
    if stamp == (None, None):
        return False
    for _ in range(TRIES):
        try:
            if find_writer(library) is not None or is_open_here(library):
                with closing(open_readonly(library, older=True)) as source:
                    copy_pages(source, copy, lambda _done, _total: None)
                return True
            stamp = _stamp(library)
            _copy_bytes(library, copy)
            _copy_bytes(wal_of(library), wal_of(copy))
        except OSError as error:
            raise LibraryError(f"the library {library} cannot be copied: {error.strerror or error}") from error
        except sqlite3.Error as error:
            raise LibraryError(f"the library {library} cannot be copied: {error}") from error
        if _stamp(library) == stamp and find_writer(library) is None:
            return True
    raise LibraryUnavailableError(f"another program changes {library} all the time; try later", UnavailableKind.BUSY)


def _stamp(library: Path) -> _Stamp:
    return _stamp_of(library), _stamp_of(wal_of(library))


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _copy_bytes(source: Path, target: Path) -> None:
    """Copy a file, or delete the target if there is none."""
    target.unlink(missing_ok=True)
    try:
        descriptor = _open_quietly(source)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as read, target.open("xb") as written:
        while part := read.read(_BYTES_AT_ONCE):
            written.write(part)


def _open_quietly(path: Path) -> int:
    """Open a file to read it, without a new time of access, which only its owner may do."""
    flags = os.O_RDONLY | os.O_CLOEXEC
    try:
        return os.open(path, flags | _WITHOUT_ATIME)
    except PermissionError:
        return os.open(path, flags)
