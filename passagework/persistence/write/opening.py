"""Open a library for writing, with its staging tables."""

from pathlib import Path

from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.gate import LibraryCheck
from passagework.persistence.file.opening import Synchronous, open_library
from passagework.persistence.file.search_index import follow_words
from passagework.persistence.rows.packed import add_unpacking
from passagework.persistence.write.staging import create_staging_tables


def open_writer(
    path: Path, *, synchronous: Synchronous = "full", replicated: bool = False, check: LibraryCheck = "quick"
) -> LibraryConnection:
    """Open the library, and make its staging tables and its search index; errors are those of :func:`open_library`."""
    connection = open_library(path, synchronous=synchronous, replicated=replicated, check=check)
    try:
        with connection.translated():
            add_unpacking(connection)
            create_staging_tables(connection)
            follow_words(connection)
    except BaseException:
        connection.close()
        raise
    return connection
