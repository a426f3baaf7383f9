"""A private copy of a library, so that an export has one consistent state and blocks nobody."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from passagework.export.errors import ExportError
from passagework.persistence.file.connection import open_readonly
from passagework.persistence.file.sqlite_errors import is_damage


@contextmanager
def snapshot(library: Path) -> Iterator[Path]:
    """Copy a library with SQLite's backup for the duration of the block; an import may continue meanwhile.

    The copy is in the folder for temporary files (``TMPDIR``), which needs space for all of it.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        ExportError: there is not enough space for the copy.

    """
    with closing(open_readonly(library)) as source, tempfile.TemporaryDirectory(prefix="passagework-") as folder:
        copy = Path(folder) / "snapshot.passages"
        try:
            with closing(sqlite3.connect(copy)) as target:
                target.execute("PRAGMA synchronous = OFF")
                sqlite3.Connection.backup(source, target)
                target.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            # The library is read again through the same pages: damage, or a disk that fails, is not the folder's fault.
            with source.translated():
                if is_damage(error):
                    raise
            raise ExportError(f"{library} cannot be copied to {folder}: {error}; set TMPDIR") from error
        yield copy
