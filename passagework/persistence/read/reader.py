"""The library as any other process sees it."""

import threading
from pathlib import Path
from typing import TypeVar

from passagework.domain.writer_statistics import Writer
from passagework.persistence.file.connection import open_readonly
from passagework.persistence.file.lock import find_writer
from passagework.persistence.read.dispatch import answer
from passagework.persistence.read.queries import Query

R = TypeVar("R")


class LibraryReader:
    """A read-only connection for any thread. It holds no snapshot between queries, so it is in no writer's way."""

    def __init__(self, path: Path) -> None:
        """Open the library; see :func:`passagework.persistence.file.connection.open_readonly` for the errors."""
        self._connection = open_readonly(path, any_thread=True)
        self._lock = threading.Lock()

    def query(self, query: Query[R]) -> R:
        """Answer a query."""
        with self._lock:
            return answer(self._connection, query)

    def writer(self) -> Writer | None:
        """Say who writes the library at this moment, if it can be told."""
        return find_writer(self._connection.path)

    def close(self) -> None:
        """Close the connection. Idempotent."""
        with self._lock:
            self._connection.close()
