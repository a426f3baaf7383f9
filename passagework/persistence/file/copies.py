"""Copies of a library beside it: their names, and how to recognise them before they are replaced or deleted."""

import os
from contextlib import suppress
from pathlib import Path

from passagework.domain.errors import SideFileError
from passagework.persistence.file.header import HEADER_BYTES, Header
from passagework.persistence.file.side_files import BACKUP, COMPACT, PARTIAL, beside, foreign, open_side_file


def backup_of(library: Path, version: int) -> Path:
    """Return the path of the backup that is made before schema ``version`` is migrated."""
    return beside(library, BACKUP.format(version))


def partial_copy_of(library: Path) -> Path:
    """Return the path of the copy that takes the place of the library when it is compacted."""
    return beside(library, COMPACT + PARTIAL)


def remove_partial_copy(library: Path) -> None:
    """Delete what a compaction that was killed has left. The caller holds the lock of the library."""
    partial = partial_copy_of(library)
    with suppress(OSError, SideFileError):
        refuse_foreign_copy(partial, library)
        for ending in ("-wal", "-shm", "-journal", ""):
            with suppress(FileNotFoundError):
                beside(partial, ending).unlink()


def refuse_foreign_copy(path: Path, library: Path) -> None:
    """Raise SideFileError for a file that is neither a passage library nor the beginning of a copy of one."""
    try:
        descriptor = open_side_file(path, os.O_RDONLY, library)
    except FileNotFoundError:
        return
    try:
        beginning = os.pread(descriptor, HEADER_BYTES, 0)
    finally:
        os.close(descriptor)
    header = Header.read(beginning)
    if beginning.strip(b"\0") and (header is None or not (header.is_ours or header.is_blank)):
        raise foreign(path, "a copy of a library")
