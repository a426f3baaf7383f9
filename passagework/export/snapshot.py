"""A private copy of a library, so that an export is of one moment and in nobody's way."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from passagework.export.errors import ExportError
from passagework.persistence.file.connection import open_readonly


@contextmanager
def snapshot(library: Path) -> Iterator[Path]:
    """Copy a library by SQLite's backup, for as long as the block lasts; an import may go on meanwhile.

    The copy lies in the folder for temporary files (``TMPDIR``), which needs room for all of it.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        ExportError: there is no room for the copy.

    """
    with closing(open_readonly(library)) as source, tempfile.TemporaryDirectory(prefix="passagework-") as folder:
        copy = Path(folder) / "snapshot.passages"
        try:
            with closing(sqlite3.connect(copy)) as target:
                target.execute("PRAGMA synchronous = OFF")
                sqlite3.Connection.backup(source, target)
                target.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise ExportError(f"{library} cannot be copied to {folder}: {error}; TMPDIR names another place") from error
        yield copy
