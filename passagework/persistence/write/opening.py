"""Open a library for writing, with its staging tables."""

from pathlib import Path
from typing import Final

from passagework.persistence.file.connection import LibraryConnection, set_pragma
from passagework.persistence.file.gate import LibraryCheck
from passagework.persistence.file.opening import Synchronous, open_library
from passagework.persistence.file.search_index import follow_words
from passagework.persistence.rows.packed import add_unpacking
from passagework.persistence.rows.statements import add_comparison
from passagework.persistence.rows.tag_rows import add_path_columns
from passagework.persistence.write.changes import note_changes
from passagework.persistence.write.staging import create_staging_tables

CACHE_KIB: Final = 8 * 1024
"""The pages that a batch changes in a large library, where each MBID is on another page of its index. With less, SQLite
writes some of them to the WAL before the batch ends, and reads and writes them again."""


def open_writer(
    path: Path, *, synchronous: Synchronous = "full", replicated: bool = False, check: LibraryCheck = "quick"
) -> LibraryConnection:
    """Open the library, and make its staging tables and its search index; errors are those of :func:`open_library`."""
    connection = open_library(path, synchronous=synchronous, replicated=replicated, check=check)
    try:
        with connection.translated():
            add_unpacking(connection)
            add_path_columns(connection)
            add_comparison(connection)
            set_pragma(connection, "cache_size", -CACHE_KIB)
            create_staging_tables(connection)
            note_changes(connection)
            follow_words(connection)
    except BaseException:
        connection.close()
        raise
    return connection
