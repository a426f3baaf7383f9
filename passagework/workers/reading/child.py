"""The reader process: one query after the other, on one read-only connection, until its host is gone."""

import os
import select
import signal
import socket
import sys
from dataclasses import replace
from typing import Final, NoReturn

from passagework.domain.errors import PassageworkError
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.place import identity_of
from passagework.persistence.read.dispatch import fetch
from passagework.persistence.read.queries import Query, StoredVectors
from passagework.workers.reading.frames import Part, Raised, Result, receive, send
from passagework.workers.reading.wanted import Asked, Opening

_BETWEEN_LOOKS: Final = 200_000
"""Instructions of SQLite, some milliseconds."""

_GRACE: Final = 1.0
"""Seconds after which a query that SQLite itself did not end takes this process with it."""


def main(descriptor: int) -> NoReturn:
    """Serve the host at the other end of the inherited socket ``descriptor``."""
    try:
        _Reader(socket.socket(fileno=descriptor)).serve()
    finally:
        # Nothing here needs a clean shutdown, and nobody reads what it would print.
        os._exit(0)


class _Reader:
    def __init__(self, stream: socket.socket) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self._stream = stream
        self._poll = select.poll()
        self._poll.register(stream, select.POLLIN)
        opening = receive(stream, lambda: None, trusted=True)
        assert isinstance(opening, Opening)
        self._opening = opening
        self._end_of_host = -1
        if sys.platform == "linux":
            # A fork of the host may hold its end of the stream open.
            self._end_of_host = os.pidfd_open(opening.host)
            self._poll.register(self._end_of_host, select.POLLIN)
        if os.getppid() != opening.host:
            os._exit(0)
        self._connection: LibraryConnection | None = None
        self._stands_at: tuple[int, int] | None = None

    def serve(self) -> None:
        """Answer queries."""
        while True:
            asked = receive(self._stream, self._wait, trusted=True)
            assert isinstance(asked, Asked)
            signal.setitimer(signal.ITIMER_REAL, asked.seconds + _GRACE)
            try:
                answer: Result | Raised = Result(fetch(self._opened(), self._with_parts(asked.query)))
            except Exception as error:  # noqa: BLE001 - whatever it is, the host gets it
                answer = Raised.of(error)
                if not isinstance(error, PassageworkError):
                    self._close()
            signal.setitimer(signal.ITIMER_REAL, 0)
            send(self._stream, answer)

    def _wait(self) -> None:
        if any(descriptor == self._end_of_host for descriptor, _ in self._poll.poll()):
            raise EOFError

    def _with_parts(self, query: Query[object]) -> Query[object]:
        if isinstance(query, StoredVectors):
            return replace(query, take=lambda *values: send(self._stream, Part(values)))
        return query

    def _opened(self) -> LibraryConnection:
        """Return the connection, which is open between queries and holds no snapshot then."""
        stands_at = identity_of(self._opening.library)
        if self._connection is not None and self._stands_at != stands_at:
            self._close()
        if self._connection is None:
            self._connection = open_readonly(self._opening.library)
            self._stands_at = stands_at
            self._connection.set_progress_handler(self._host_is_gone, _BETWEEN_LOOKS)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _host_is_gone(self) -> bool:
        for descriptor, event in self._poll.poll(0):
            if descriptor == self._end_of_host or event & select.POLLHUP:
                os._exit(0)
        return False
