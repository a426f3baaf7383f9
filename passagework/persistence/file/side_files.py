"""The files beside a library: their names, and how to open them without touching what is not ours."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from passagework.domain.errors import SideFileError

OF_SQLITE: Final = ("-wal", "-shm", "-journal")
LOCK: Final = ".lock"
MARK: Final = ".damaged"
SOCKET: Final = ".socket"
"""On which the process that holds the library takes commands of others (socket_file.py)."""

BACKUP: Final = ".v{}.backup"
"""Of a backup that is made before a migration, with the version of its schema."""

PARTIAL: Final = ".partial"
"""Behind the ending of a copy that is not complete; SQLite may have files beside it, too."""

_FIXED: Final = (*OF_SQLITE, LOCK, MARK, SOCKET)
COMPACT: Final = ".compact"
"""Of the copy of a library that is being compacted; it is always partial."""

_OF_COPIES: Final = re.compile(
    rf"(\.v\d+\.backup({re.escape(PARTIAL)})?|{re.escape(COMPACT + PARTIAL)})({'|'.join(OF_SQLITE)})?"
)
_OPEN: Final = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Links are not followed, and a pipe is not waited for."""


def beside(library: Path, ending: str) -> Path:
    """Return the path of the side file with this ending; SQLite's are ``-wal``, ``-shm`` and ``-journal``."""
    return library.with_name(library.name + ending)


def is_beside(path: Path, library: Path) -> bool:
    """Return whether a path is the library at a resolved path, or has the name of one of its side files.

    Also a path with another name for one of these that is there: a link, or another spelling.
    """
    if path.parent == library.parent and path.name.startswith(library.name):
        ending = path.name.removeprefix(library.name)
        if ending in {"", *_FIXED} or _OF_COPIES.fullmatch(ending):
            return True
    try:
        status = path.stat()
    except OSError:
        return False
    return any(os.path.samestat(status, each) for each in _statuses([library, *side_files(library)]))


def side_files(library: Path) -> Iterator[Path]:
    """Yield the side files that the library at a resolved path always may have, and the copies that are there."""
    for ending in _FIXED:
        yield beside(library, ending)
    with suppress(OSError):
        for name in os.listdir(library.parent):
            if name.startswith(library.name) and _OF_COPIES.fullmatch(name.removeprefix(library.name)):
                yield library.with_name(name)


def _statuses(paths: list[Path]) -> Iterator[os.stat_result]:
    for path in paths:
        with suppress(OSError):
            yield path.stat()


def wal_of(library: Path) -> Path:
    """Return the path of the WAL of the library at this resolved path."""
    return beside(library, "-wal")


def open_side_file(path: Path, flags: int, like: Path) -> int:
    """Open a side file of the library ``like``; a new one has the mode and, for root, the owner of the library.

    Raises:
        SideFileError: a link, or something that is not a regular file, has its name.
        OSError: it cannot be opened for another reason.

    """
    try:
        descriptor = os.open(path, flags | _OPEN, 0o666)
    except OSError:
        refuse_special(path)
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SideFileError(_special(path))
    if flags & os.O_CREAT:
        follow_mode(descriptor, like)
    return descriptor


def refuse_special(path: Path) -> None:
    """Raise SideFileError if a link or something that is not a regular file has this name."""
    with suppress(OSError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise SideFileError(_special(path))


def follow_mode(descriptor: int, library: Path) -> None:
    """Give a file the mode of the library and, if root writes it, its owner, as SQLite does for its own files."""
    with suppress(OSError):
        status = library.stat()
        own = os.fstat(descriptor)
        if os.geteuid() == 0 and (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        if stat.S_IMODE(own.st_mode) != (mode := stat.S_IMODE(status.st_mode) & 0o666):
            os.fchmod(descriptor, mode)


def sync_folder(folder: Path) -> None:
    """Make names of files in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def foreign(path: Path, what: str) -> SideFileError:
    """Create the error for a file that has the name of a side file and is none."""
    return SideFileError(f"{path} is not {what}; it was left as it is. Move it away, or name another library")


def _special(path: Path) -> str:
    return f"{path} is not a regular file, and Passagework needs that name; move it away, or name another library"
