"""Read-only access to a library from any process."""

import threading
from pathlib import Path
from typing import TypeVar

from passagework.domain.writer_statistics import Writer
from passagework.persistence.file.lock import find_writer
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import Query

R = TypeVar("R")


class LibraryReader:
    """A read-only connection for any thread. It holds no snapshot between queries, so checkpoints can empty the WAL."""

    def __init__(self, path: Path) -> None:
        """Open the library; see :func:`passagework.persistence.file.opening.open_readonly` for the errors."""
        self._connection = open_readonly(path, any_thread=True)
        self._lock = threading.Lock()

    def query(self, query: Query[R]) -> R:
        """Run a query."""
        with self._lock:
            return run_query(self._connection, query)

    def writer(self) -> Writer | None:
        """Return the process that writes the library now; None if there is none or it is not known."""
        return find_writer(self._connection.path)

    def close(self) -> None:
        """Close the connection. Idempotent."""
        with self._lock:
            self._connection.close()
