"""The backup of a library before its schema changes: complete, verified, and under its name only then."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from passagework.domain.errors import LibraryError, SideFileError
from passagework.domain.library_update import UpdateStage
from passagework.persistence.file.copies import backup_of, refuse_foreign_copy
from passagework.persistence.file.durable_copy import copy_pages, read_from_disk, removed_unless_complete
from passagework.persistence.file.schema_version import schema_version
from passagework.persistence.file.side_files import PARTIAL, beside, open_side_file, sync_folder


def back_up(
    connection: sqlite3.Connection, path: Path, version: int, heard: Callable[[UpdateStage, int, int], None]
) -> None:
    """Copy the library, and read the copy; it has its name only when it is complete, whole and durable.

    No file but an earlier backup is replaced. ``heard`` gets the pages that are copied, and their number.
    """
    final = backup_of(path, version)
    partial = beside(final, PARTIAL)
    try:
        for former in (final, partial):
            refuse_foreign_copy(former, path)
        with suppress(FileNotFoundError):
            partial.unlink()
        descriptor = open_side_file(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, path)
        try:
            with removed_unless_complete(partial):
                copy_pages(connection, partial, lambda done, total: heard(UpdateStage.BACKUP, done, total))
                heard(UpdateStage.CHECK_BACKUP, 0, 0)
                with read_from_disk(partial, descriptor, path) as copy:
                    _refuse_unlike(copy, version)
        finally:
            os.close(descriptor)
        partial.replace(final)
        sync_folder(final.parent)
    except (OSError, LibraryError) as error:
        kind = SideFileError if isinstance(error, SideFileError) else LibraryError
        raise kind(f"no backup of {path} could be made before its migration, so it was not begun: {error}") from error


def _refuse_unlike(copy: sqlite3.Connection, version: int) -> None:
    """Raise LibraryError if the copy is damaged, or not of this schema."""
    (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise LibraryError(f"the copy is not whole: {said}")
    if (found := schema_version(copy)) != version:
        raise LibraryError(f"the copy has schema {found}, not {version}")
