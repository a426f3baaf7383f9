"""A host's reader process: started when something is first asked, and ended with its host."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from passagework.domain.errors import ImporterClosedError, PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.own_process import OwnProcess
from passagework.domain.sql import QueryTooLargeError, QueryTooLongError
from passagework.persistence.read.dispatch import finished
from passagework.persistence.read.queries import Query, RunSql, StoredVectors
from passagework.workers.processes.worker_command import named_command, worker_environment
from passagework.workers.reading.frames import Part, Raised, Result, receive, send
from passagework.workers.reading.wanted import Asked, Opening, untaken

R = TypeVar("R")

_CHILD: Final = "passagework.workers.reading.child"

_SECONDS: Final = 120.0
"""For a query of ours; it takes a fraction of that."""

_GRACE: Final = 5.0
"""Seconds after its time for a query to end, before its process is ended."""

_START_SECONDS: Final = 30.0

_GOODBYE: Final = 0.3


class ReaderUnavailableError(PassageworkError):
    """The process that reads for this one could not be started, or died twice of one query."""

    code = "reader-unavailable"
    exit_code = ExitCode.FAILED


class NoReaderError(ReaderUnavailableError):
    """The system, or this program, permits no process."""


class _DiedError(Exception):
    """The reader process died; ``status`` is as ``subprocess`` gives it."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class ReaderProcess:
    """Reads one library for this process, in another one. Any thread may ask; who asks first is answered first."""

    def __init__(self, library: Path) -> None:
        self._library = library.absolute()
        self._turns = _Turns()
        self._process = OwnProcess()
        self._child: _Child | None = None
        self._closed = False

    def query(self, query: Query[R]) -> R:
        """Run a query. A reader that dies is started again, and the query asked once more.

        Raises:
            NoReaderError: no process can be started.
            ReaderUnavailableError: it died twice.
            QueryTooLongError, QueryTooLargeError: a query of a host's own did not end in time, or took its memory.
            ImporterClosedError: the reader is closed. ImporterForkedError: this is a fork of its host.

        """
        self._process.check()
        with self._turns.taken():
            for tries_left in (1, 0):
                try:
                    return finished(query, self._asked(query))
                except _DiedError as died:
                    self._end()
                    if isinstance(query, RunSql):
                        raise _of_sql(died) from None
                    if not tries_left or isinstance(query, StoredVectors):
                        raise ReaderUnavailableError(
                            f"the process that reads the library died ({died.status}); what was asked has no answer"
                        ) from None
                except PassageworkError:
                    raise
                except BaseException:
                    # Whatever it was, half a message may be left in the stream.
                    self._end()
                    raise
        raise AssertionError

    def close(self) -> None:
        """End the process, whatever it does. Idempotent; does nothing in a fork."""
        if not self._process.is_this:
            return
        self._closed = True
        if (child := self._child) is not None:
            child.stop()
        with self._turns.taken():
            self._end()

    def _asked(self, query: Query[Any]) -> object:
        if self._closed:
            raise ImporterClosedError("the library was closed")
        if self._child is None:
            self._child = _Child(self._library)
        seconds = query.seconds if isinstance(query, RunSql) else _SECONDS
        take = query.take if isinstance(query, StoredVectors) else None
        sent = replace(query, take=untaken) if isinstance(query, StoredVectors) else query
        self._child.ask(Asked(sent, seconds))
        while True:
            match self._child.answer(seconds + _GRACE):
                case Part(values=values) if take is not None:
                    take(*values)  # type: ignore[arg-type] # what the reader would have called it with
                case Result(fetched=fetched):
                    return fetched
                case Raised() as raised:
                    raise raised.error()
                case _:
                    raise _DiedError(None)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _of_sql(died: _DiedError) -> PassageworkError:
    if died.status in {-signal.SIGALRM, None}:
        return QueryTooLongError("the query takes longer than it was given; ask for less, or give it more seconds")
    return QueryTooLargeError(f"the query took its process down ({died.status}); ask for less at once")


class _Turns:
    """A lock that who asked first gets first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn of this thread, and give it to the next one afterwards."""
        mine: threading.Lock | None = None
        with self._lock:
            if self._is_taken:
                mine = threading.Lock()
                mine.acquire()
                self._waiting.append(mine)
            self._is_taken = True
        if mine is not None:
            try:
                mine.acquire()
            except BaseException:
                self._leave(mine)
                raise
        try:
            yield
        finally:
            self._pass_on()

    def _leave(self, mine: threading.Lock) -> None:
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class _Child:
    """The process, and this end of the stream to it."""

    def __init__(self, library: Path) -> None:
        if not sys.executable or getattr(sys, "frozen", False):
            raise NoReaderError("this program is not run by a Python interpreter that could run a reader process")
        self._stream, theirs = socket.socketpair()
        try:
            with theirs:
                self._popen = subprocess.Popen(  # noqa: S603 - no input of a user is in the command
                    named_command(f"{_CHILD}:main", theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                    cwd="/",
                    env=worker_environment(),
                )
        except OSError as error:
            self._stream.close()
            raise NoReaderError(f"no process can be started to read the library: {error}") from error
        self._poll = select.poll()
        self._poll.register(self._stream, select.POLLIN)
        self._stream.settimeout(_START_SECONDS)
        self.ask(Opening(library, os.getpid()))

    def ask(self, message: Opening | Asked) -> None:
        """Send a message. Raises _DiedError."""
        try:
            send(self._stream, message)
        except OSError:
            raise _DiedError(self.end()) from None

    def answer(self, seconds: float) -> object:
        """Wait for a message, each so long. Raises _DiedError, also after that time."""
        give_up_at = time.monotonic() + seconds

        def ready() -> None:
            if not self._poll.poll(max(0, 1000 * (give_up_at - time.monotonic()))):
                raise TimeoutError

        try:
            return receive(self._stream, ready, trusted=False)
        except TimeoutError:
            self.end()
            raise _DiedError(None) from None
        except (EOFError, OSError, ValueError):
            raise _DiedError(self.end()) from None

    def stop(self) -> None:
        """End what it does. Any thread may call it; the one that waits for an answer gets none."""
        with suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    def end(self) -> int:
        """End the process, wait for that, and return its status. Idempotent."""
        self.stop()
        try:
            self._popen.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._stream.close()
        return self._popen.returncode
