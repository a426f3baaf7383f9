"""A copy of a library by SQLite's backup: complete, read, and durable before anybody gives it its name."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from passagework.persistence.file.side_files import beside, follow_mode
from passagework.persistence.file.sqlite_errors import translated

_PAGES_AT_ONCE: Final = 4_096


@contextmanager
def removed_unless_complete(partial: Path) -> Iterator[None]:
    """Remove a partial copy if the block raises, and in any case what SQLite made beside it."""
    try:
        yield
    except BaseException:
        # The incomplete copy only takes space, on a disk that has none.
        with suppress(OSError):
            partial.unlink()
        raise
    finally:
        # SQLite is silent where it cannot remove them, and they would belong to nothing.
        for ending in ("-wal", "-journal"):
            with suppress(OSError):
                beside(partial, ending).unlink()


def copy_pages(connection: sqlite3.Connection, partial: Path, heard: Callable[[int, int], object]) -> None:
    """Copy a library into an empty file. ``heard`` gets the pages that are copied, and their number.

    SQLite's errors are raised as those of the copy, which is the file that is written.
    """
    with translated(partial), closing(sqlite3.connect(partial)) as copy:
        # A journal or shared memory would be one more file to leave behind, and the copy, which has the header of a
        # library in WAL mode, is of no use before it is complete.
        copy.execute("PRAGMA locking_mode = EXCLUSIVE")
        copy.execute("PRAGMA journal_mode = OFF")
        connection.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: heard(total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def read_from_disk(partial: Path, descriptor: int, library: Path) -> Iterator[sqlite3.Connection]:
    """Make the copy durable, and open it: a disk may return other than was written, so its pages are not kept."""
    follow_mode(descriptor, library)
    os.fsync(descriptor)
    with suppress(OSError, AttributeError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    # Its own connection, which knows nothing of what was written; immutable, so it makes no files.
    at = f"file:{quote(os.fsencode(partial))}?mode=ro&immutable=1"
    with translated(partial), closing(sqlite3.connect(at, uri=True)) as copy:
        yield copy
