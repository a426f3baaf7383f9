"""One connection: bounded lines, deadlines, and who is at the other end."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Final, TypeVar

from passagework.api.door.codec import MessageError, read_message, write_message
from passagework.api.door.messages import FORMAT, Hello
from passagework.domain.json_text import read_json

T = TypeVar("T")

LONGEST_HELLO: Final = 1_000
_AT_ONCE: Final = 65_536
_CREDENTIALS: Final = struct.Struct("3i")
_ROOT: Final = 0


class OtherFormatError(MessageError):
    """The other side speaks another format: another version of Passagework. ``program`` is its version."""

    def __init__(self, program: str) -> None:
        super().__init__(f"it is Passagework {program}, which speaks otherwise than {own_version()}")
        self.program = program


class ConnectionEndedError(ConnectionError):
    """The other side has left."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The process at the other end, as the kernel says: for one that listens, as it was when it began to."""

    pid: int
    uid: int

    @property
    def may_command(self) -> bool:
        """Whether it is of this user, or of root."""
        return self.uid in {os.geteuid(), _ROOT}


class Lines:
    """A connection on which each message is a line. One thread reads; any thread may write."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read = bytearray()
        self._writing = threading.Lock()

    @property
    def other(self) -> Credentials:
        """The process at the other end."""
        found = self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _group = _CREDENTIALS.unpack(found)
        return Credentials(pid, uid)

    def send(self, message: object, within_seconds: float) -> None:
        """Send a message. OSError, also TimeoutError: the other side has left, or does not read."""
        line = memoryview(write_message(message))
        end = time.monotonic() + within_seconds
        with self._writing:
            # Not by a timeout of the socket, which a thread that reads has as well.
            while line:
                try:
                    sent = self._connection.send(line[:_AT_ONCE], socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                    line = line[sent:]
                except BlockingIOError:
                    _wait(self._connection, end, writing=True)

    def send_if_possible(self, message: object) -> None:
        """Send a short message, unless another one is being sent, or the other side does not read."""
        if self._writing.acquire(blocking=False):
            try:
                with suppress(BlockingIOError):
                    self._connection.send(write_message(message), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            finally:
                self._writing.release()

    def receive(self, kind: Callable[..., T] | UnionType, within_seconds: float, longest: int) -> T:
        """Wait for a message of some kind.

        Raises:
            MessageError: it is none, or it is longer than ``longest`` bytes.
            TimeoutError: it has not arrived, or not all of it; what there is of it is kept for the next call.
            ConnectionEndedError, OSError: the other side has left.

        """
        return read_message(kind, self._line(within_seconds, longest))

    def exchange_hello(self, within_seconds: float) -> str:
        """Greet the other side, and return its version of Passagework; errors as of :meth:`receive`.

        Raises OtherFormatError if it speaks another format; of such a one only its greeting is understood.
        """
        # One that refuses at once says why, and has left already.
        with suppress(ConnectionError):
            self.send(Hello(FORMAT, own_version()), within_seconds)
        line = self._line(within_seconds, LONGEST_HELLO)
        try:
            said = read_json(line.decode("ascii"))
            number, program = said["format"], str(said["program"])[:100]
        except (ValueError, KeyError, TypeError) as error:
            raise MessageError("it does not greet") from error
        if number != FORMAT:
            raise OtherFormatError(program)
        read_message(Hello, line)
        return program

    def hang_up(self) -> None:
        """End the connection for both sides; a thread that reads or writes learns of it. Any thread may call this."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self._connection.close()

    def _line(self, within_seconds: float, longest: int) -> bytes:
        end = time.monotonic() + within_seconds
        looked = 0
        while (at := self._read.find(b"\n", looked)) < 0:
            looked = len(self._read)
            if looked > longest:
                raise MessageError(f"it is longer than {longest} bytes")
            try:
                got = self._connection.recv(_AT_ONCE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                _wait(self._connection, end, writing=False)
                continue
            if not got:
                raise ConnectionEndedError("the other side has left")
            self._read += got
        if at > longest:
            raise MessageError(f"it is longer than {longest} bytes")
        line = bytes(self._read[:at])
        del self._read[: at + 1]
        return line


@cache
def own_version() -> str:
    """Return the version of Passagework. As the package is installed, which takes a moment to find out."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - most commands greet nobody

    try:
        return version("passagework")
    except PackageNotFoundError:
        return "unknown"


def _wait(connection: socket.socket, end: float, *, writing: bool) -> None:
    """Wait until there is something to read, or room to write. Raises TimeoutError."""
    import select  # noqa: PLC0415 - as above

    poller = select.poll()
    poller.register(connection, select.POLLOUT if writing else select.POLLIN)
    left = end - time.monotonic()
    if left <= 0 or not poller.poll(int(left * 1000) + 1):
        raise TimeoutError("the other side did not reply in time")
