"""The backup that a person or a program asks for: of one state of the library, while an importer may write it.

It is made under the name of the target with ``.partial`` behind it, which is locked, read, synced, and then renamed. So
the target is what it was, or a complete backup; what a killed backup left is used by the next one.
"""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from passagework.domain.backups import Backup, BackupProgress, BackupStage, OnBackup, unheard_backup
from passagework.domain.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryUnavailableError,
    OutputFileError,
    SideFileError,
    UnavailableKind,
)
from passagework.persistence.file.copies import refuse_foreign_copy
from passagework.persistence.file.damage_mark import refuse_marked
from passagework.persistence.file.disk_space import refuse_small_disk
from passagework.persistence.file.durable_copy import copy_pages, read_from_disk, removed_unless_complete
from passagework.persistence.file.integrity import full_look
from passagework.persistence.file.lock import find_writer
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.place import resolved
from passagework.persistence.file.side_files import (
    OF_SQLITE,
    PARTIAL,
    beside,
    is_beside,
    open_side_file,
    sync_folder,
)
from passagework.persistence.file.transaction import snapshot

_STATE: Final = "SELECT guid, user_version, page_count FROM library, pragma_user_version, pragma_page_count"
_PAGE_BYTES: Final = "PRAGMA page_size"


def back_up_library(path: Path, target: Path, *, replace: bool = False, heard: OnBackup = unheard_backup) -> Backup:
    """Copy the library at ``path`` to ``target``, with its permissions; the copy is read before it has that name.

    The writer, if there is one, is not blocked; its log is not emptied meanwhile. ``heard`` is called in this thread.

    Raises:
        OutputFileError: the target is there and not to be replaced, is none that a backup may replace, or belongs to
            the library.
        LibraryNeedsSpaceError: the disk of the target has no room.
        LibraryError: there is no library, it is damaged or cannot be read, or the copy is not whole. What was there
            under the name of the target is unchanged.

    """
    path, place = resolved(path), Path(os.path.realpath(target))
    _refuse_target(place, path, replace=replace)
    refuse_marked(path)
    try:
        with closing(open_readonly(path, older=True)) as source, snapshot(source):
            state = source.execute(_STATE).fetchone()
            size = state[-1] * source.execute(_PAGE_BYTES).fetchone()[0]
            refuse_small_disk(place, size, f"a backup of {path}")
            with _own_partial(place, path) as (partial, descriptor), removed_unless_complete(partial):
                copy_pages(source, partial, lambda done, total: heard(_copied(size, done, total)))
                heard(BackupProgress(BackupStage.CHECK, 0, 0))
                with read_from_disk(partial, descriptor, path) as copy:
                    _refuse_unlike(copy, state)
                # Whoever made the target meanwhile does not lose it.
                _refuse_target(place, path, replace=replace)
                partial.replace(place)
            sync_folder(place.parent)
    except LibraryDamagedError as error:
        raise LibraryError(f"no backup of {path} was made: {error}. passagework check says more") from error
    except OSError as error:
        raise OutputFileError(f"{place} cannot be written: {error.strerror or error}; name another file") from error
    return Backup(place, size)


def _copied(size: int, done: int, total: int) -> BackupProgress:
    return BackupProgress(BackupStage.COPY, size * done // total if total else 0, size)


def _refuse_target(place: Path, path: Path, *, replace: bool) -> None:
    """Raise OutputFileError for a file that no backup may make or replace."""
    if any(is_beside(each, path) for each in (place, beside(place, PARTIAL))):
        raise OutputFileError(f"{place} belongs to the library itself; name another file")
    # SQLite would take the log of another database for one of this one.
    for each in (beside(place, ending) for ending in OF_SQLITE):
        if each.exists():
            raise OutputFileError(f"{each} belongs to a database named {place}; name another file")
    if find_writer(place) is not None:
        raise OutputFileError(f"{place} is a library that is being written; name another file")
    try:
        status = place.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputFileError(f"{place} cannot be written: {error.strerror}; name another file") from error
    if not stat.S_ISREG(status.st_mode):
        raise OutputFileError(f"{place} is not a regular file; name another one")
    if not replace:
        raise OutputFileError(f"{place} exists; --force replaces an earlier backup, or name another file")
    try:
        refuse_foreign_copy(place, path)
    except (SideFileError, OSError) as error:
        raise OutputFileError(f"{place} is no backup of a library, so it is not replaced; name another file") from error


@contextmanager
def _own_partial(place: Path, library: Path) -> Iterator[tuple[Path, int]]:
    """Yield the path and the descriptor of an empty file beside the target, which no other backup uses."""
    partial = beside(place, PARTIAL)
    while True:
        descriptor = open_side_file(partial, os.O_RDWR | os.O_CREAT, library)
        try:
            if _is_locked(descriptor, partial):
                refuse_foreign_copy(partial, library)
                os.ftruncate(descriptor, 0)
                yield partial, descriptor
                return
        finally:
            os.close(descriptor)


def _is_locked(descriptor: int, partial: Path) -> bool:
    """Lock the file; return whether it still has its name, which the backup that held it may have given to another."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LibraryUnavailableError(f"another backup writes {partial}; wait for it", UnavailableKind.BUSY) from None
    except OSError:
        # This file system has no locks.
        return True
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), partial.lstat())
    return False


def _refuse_unlike(copy: sqlite3.Connection, state: tuple[str, int, int]) -> None:
    """Raise LibraryDamagedError if the copy is damaged, or not of the state that was copied."""
    if damage := full_look(copy):
        raise LibraryDamagedError(f"the copy is not whole: {' '.join(damage[0].split())}")
    if copy.execute(_STATE).fetchone() != state:
        raise LibraryDamagedError("the copy is not of the library")
