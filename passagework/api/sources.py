"""Whom a library asks: what reads much goes to a reader process, what is short to whoever has the file open."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from passagework.domain.own_process import OwnProcess
from passagework.domain.writer_statistics import Writer
from passagework.persistence.read.queries import (
    CountPassages,
    ListDuplicates,
    ListPassages,
    NextPassage,
    PagePassages,
    Pieces,
    Query,
    RunSql,
    StoredVectors,
    WorseCopies,
)

if TYPE_CHECKING:
    from passagework.workers.reading.reader_process import ReaderProcess

R = TypeVar("R")

_IN_BULK: Final = (
    CountPassages,
    ListDuplicates,
    ListPassages,
    NextPassage,
    PagePassages,
    Pieces,
    StoredVectors,
    WorseCopies,
)


class _Asks(Protocol):
    def query(self, query: Query[R]) -> R:
        """Run a query."""

    def writer(self) -> Writer | None:
        """Return the process that writes the library."""


class _Beside:
    """The reader process of a library; what it takes is loaded when it is first asked."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._process: ReaderProcess | None = None
        self._lock = Lock()
        self._closed = False
        self._own = OwnProcess()

    def query(self, query: Query[R]) -> R:
        """Run a query there; the errors are those of :class:`ReaderProcess`."""
        self._own.check()
        from passagework.workers.reading.reader_process import ReaderProcess  # noqa: PLC0415 - as said above

        with self._lock:
            if self._process is None:
                self._process = ReaderProcess(self._library)
                if self._closed:
                    self._process.close()
        return self._process.query(query)

    def close(self) -> None:
        """End it, if there is one. Idempotent; does nothing in a fork."""
        if not self._own.is_this:
            return
        with self._lock:
            self._closed = True
        if self._process is not None:
            self._process.close()


class BesideWriter:
    """The library of an importer. Where no process can be started, the persistence actor answers all but SQL."""

    def __init__(self, actor: _Asks, library: Path) -> None:
        self._actor = actor
        self._reader = _Beside(library)

    def query(self, query: Query[R]) -> R:
        """Run a query; the errors are those of the actor, and of :class:`ReaderProcess`."""
        kind = type(query)
        if kind is not RunSql and kind not in _IN_BULK:
            return self._actor.query(query)
        from passagework.workers.reading.reader_process import NoReaderError  # noqa: PLC0415 - loaded when it is asked

        try:
            return self._reader.query(query)
        except NoReaderError:
            if kind is RunSql:
                raise
            return self._actor.query(query)

    def writer(self) -> Writer | None:
        """Return the process that writes the library, with its statistics."""
        return self._actor.writer()

    def close(self) -> None:
        """End the reader process. Idempotent."""
        self._reader.close()


class OpenedFile:
    """A library that this process has open itself; a host's own SQL runs in a process of its own all the same."""

    def __init__(self, opened: _Asks, library: Path) -> None:
        self._opened = opened
        self._reader = _Beside(library)

    def query(self, query: Query[R]) -> R:
        """Run a query."""
        kind = type(query)
        return self._reader.query(query) if kind is RunSql else self._opened.query(query)

    def writer(self) -> Writer | None:
        """Return the process that writes the library now."""
        return self._opened.writer()

    def close(self) -> None:
        """End the reader process, if there is one. Idempotent."""
        self._reader.close()
