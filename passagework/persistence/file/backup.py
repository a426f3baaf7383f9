"""The backup of a library before its schema changes: complete, verified, and under its name only then."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from passagework.domain.errors import LibraryError, SideFileError
from passagework.domain.library_update import UpdateStage
from passagework.persistence.file.copies import refuse_foreign_copy
from passagework.persistence.file.schema_version import schema_version
from passagework.persistence.file.side_files import BACKUP, PARTIAL, beside, follow_mode, open_side_file, sync_folder
from passagework.persistence.file.sqlite_errors import translated

_PAGES_AT_ONCE: Final = 4_096


def backup_of(library: Path, version: int) -> Path:
    """Return the path of the backup that is made before schema ``version`` is migrated."""
    return beside(library, BACKUP.format(version))


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
            with translated(partial), closing(sqlite3.connect(partial)) as copy:
                # A journal or shared memory would be one more file to leave behind, and the copy, which has the header
                # of a library in WAL mode, is of no use before it is complete.
                copy.execute("PRAGMA locking_mode = EXCLUSIVE")
                copy.execute("PRAGMA journal_mode = OFF")
                connection.backup(
                    copy,
                    pages=_PAGES_AT_ONCE,
                    progress=lambda _, left, total: heard(UpdateStage.BACKUP, total - left, total),
                )
                copy.execute("PRAGMA journal_mode = DELETE")
            heard(UpdateStage.CHECK_BACKUP, 0, 0)
            _refuse_unlike(partial, version)
            follow_mode(descriptor, path)
            os.fsync(descriptor)
        except BaseException:
            # The incomplete copy only takes space, on a disk that has none.
            with suppress(OSError):
                partial.unlink()
            raise
        finally:
            os.close(descriptor)
            # SQLite is silent where it cannot remove them, and they would belong to nothing.
            for ending in ("-wal", "-journal"):
                with suppress(OSError):
                    beside(partial, ending).unlink()
        partial.replace(final)
        sync_folder(final.parent)
    except (OSError, LibraryError) as error:
        kind = SideFileError if isinstance(error, SideFileError) else LibraryError
        raise kind(f"no backup of {path} could be made before its migration, so it was not begun: {error}") from error


def _refuse_unlike(partial: Path, version: int) -> None:
    """Raise LibraryError if the copy is damaged, or not of this schema: a disk may return other than was written."""
    # Its own connection, which knows nothing of what was written; immutable, so it makes no files.
    at = f"file:{quote(os.fsencode(partial))}?mode=ro&immutable=1"
    with translated(partial), closing(sqlite3.connect(at, uri=True)) as copy:
        (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise LibraryError(f"the copy is not whole: {said}")
        if (found := schema_version(copy)) != version:
            raise LibraryError(f"the copy has schema {found}, not {version}")
