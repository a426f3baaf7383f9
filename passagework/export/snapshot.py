"""A private copy of a library, so that an export has one consistent state and blocks nobody."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from passagework.export.errors import ExportError
from passagework.export.leftovers import own_folder
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.side_files import OF_SQLITE
from passagework.persistence.file.sqlite_errors import is_damage

_COPY: Final = "snapshot.passages"
_FILES: Final = tuple(_COPY + ending for ending in ("", *OF_SQLITE))


@contextmanager
def snapshot(library: Path) -> Iterator[Path]:
    """Copy a library with SQLite's backup for the duration of the block; an import may continue meanwhile.

    The copy is in the folder for temporary files (``TMPDIR``), which needs space for all of it. Copies that killed
    exports left there are removed.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        ExportError: there is not enough space for the copy.

    """
    with closing(open_readonly(library)) as source, _private_folder() as folder:
        copy = folder / _COPY
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
        # What is damaged in the library is so in the copy, and is noticed when the block reads it.
        with source.translated():
            yield copy


@contextmanager
def _private_folder() -> Iterator[Path]:
    place = Path(tempfile.gettempdir())
    with ExitStack() as until_the_end:
        try:
            folder = until_the_end.enter_context(own_folder(place, _FILES))
        except OSError as error:
            raise ExportError(f"no folder can be made in {place}: {error.strerror or error}; set TMPDIR") from error
        yield folder
