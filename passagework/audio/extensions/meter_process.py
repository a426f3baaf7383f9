"""An extension in a process of its own: what it does there costs its values, and nothing else.

The process that analyses forks it before the kernel confines both. It is given each block over a socket, and answers
with values as JSON, which are checked like everything from outside. A process that ends, hangs or says something else
is given up, with the reason; the analysis goes on without it.
"""

import os
import resource
import signal
import socket
import struct
import time
from collections.abc import Callable
from functools import partial
from typing import Final, NoReturn

import numpy as np

from passagework.audio.extensions.contained import ContainedMeter, load_maker
from passagework.audio.extensions.running import LOAD_SECONDS, Confining
from passagework.audio.measure.envelope import Block
from passagework.domain.extensions import (
    ExtensionId,
    PassageValue,
    checked_values,
    value_failure,
)
from passagework.domain.json_text import read_json, write_json
from passagework.extensions import AudioOfFile

_HEADER: Final = struct.Struct("<cII")
"""The kind of a message, two numbers, and then what belongs to it."""

_ANSWER: Final = struct.Struct("<I")
_LARGEST_ANSWER: Final = 65_536
_MOST_CHANNELS: Final = 1_024

CALL_SECONDS: Final = 10.0
"""How long an extension may take for one block, or for the values of one passage."""

FILE_SECONDS: Final = 20.0
"""How long the analysis of a file waits for an extension in all, beside a share of the playing time."""

_SHARE: Final = 0.02
_KEPT_DESCRIPTOR: Final = 3
_GONE: Final = f"its process ended: it crashed, took more than {CALL_SECONDS:.0f} s for a call, or ended itself"


class MeterProcess:
    """The end of the analysis. ``gone``: the process has to be replaced, which takes a new worker."""

    def __init__(self, of: ExtensionId, confining: Confining, seconds: float) -> None:
        self._of = of
        self.gone = False
        self._failure: str | None = None
        self._waited = self._patience = 0.0
        self._rate = 1
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _live(of, theirs, parent, confining)
        theirs.close()
        self._socket: socket.socket | None = ours
        self._begin(seconds)

    def _begin(self, seconds: float) -> None:
        """Wait until the extension is loaded; end its process if that takes too long, while that can be done."""
        connection = self._socket
        assert connection is not None
        _set_limit(connection, max(seconds, 0.1))
        failure = None
        try:
            said = self._answer(connection)
            if said is not None:
                failure = str(said)
        except BlockingIOError:
            failure = f"was not loaded within {LOAD_SECONDS:.0f} s"
        except (OSError, ValueError):
            failure = "its process ended while it was loaded"
        # Later no system call can change it.
        _set_limit(connection, CALL_SECONDS + 1)
        if failure is not None:
            os.kill(self._pid, signal.SIGKILL)
            connection.close()
            self._socket = None
            self._failure = failure

    def begin(self, audio: AudioOfFile) -> None:
        """Begin with a file."""
        self._waited, self._patience, self._rate = 0.0, FILE_SECONDS, audio.sample_rate
        about = write_json([audio.sample_rate, audio.channels]).encode()
        self._send(b"B", len(about), 0, about)

    def add(self, block: Block) -> None:
        """Send the next block."""
        if self._socket is None or len(block) > _MOST_CHANNELS:
            return
        samples = block[0].size
        self._patience += _SHARE * samples / self._rate
        self._send(b"S", len(block), samples, *(np.ascontiguousarray(one, np.float32).data.cast("B") for one in block))

    def values(self, start: int, end: int) -> tuple[PassageValue, ...]:
        """Return what is said of a passage, in samples of the file."""
        where = struct.pack("<qq", start, end)
        self._send(b"V", len(where), 0, where)
        if self._socket is not None:
            try:
                return self._checked(self._timed(self._answer))
            except ValueError:
                self._give_up("its process gave an answer that cannot be read")
            except OSError:
                self._give_up(_GONE)
        return (value_failure(self._of, self._failure or _GONE),)

    def end(self) -> None:
        """Let the process forget the file."""
        self._send(b"E", 0, 0)

    def _checked(self, said: object) -> tuple[PassageValue, ...]:
        """Check an answer, which may come from anything that the process has become."""
        match said:
            case [dict() as values, list() as failures]:
                found = checked_values(self._of, values)
                for one in failures:
                    match one:
                        case [str() as measure, str() as reason] if len(measure) <= len(self._of.name) + 64:
                            if measure not in {value.measure for value in found}:
                                found = (*found, value_failure(self._of, reason, measure))
                        case _:
                            raise ValueError("no failure")
                return found
        raise ValueError("no answer")

    def _send(self, kind: bytes, first: int, second: int, *parts: bytes | memoryview) -> None:
        try:
            for part in (_HEADER.pack(kind, first, second), *parts):
                self._timed(partial(_say_bytes, part))
        except OSError:
            self._give_up(_GONE)

    def _timed(self, what: Callable[[socket.socket], object]) -> object:
        """Talk with the process, which has only so much time for a file."""
        if self._socket is None:
            return None
        before = time.monotonic()
        result = what(self._socket)
        self._waited += time.monotonic() - before
        if self._waited > self._patience:
            self._give_up(f"it took more than {self._patience:.0f} s for the file")
        return result

    @staticmethod
    def _answer(connection: socket.socket) -> object:
        """Read an answer. Raises OSError if none comes, EOFError's kind of it if the process ended, and ValueError."""
        (length,) = _ANSWER.unpack(_exactly(connection, _ANSWER.size))
        if length > _LARGEST_ANSWER:
            raise ValueError("too long")
        try:
            return read_json(_exactly(connection, length).decode())
        except RecursionError:
            raise ValueError("too deep") from None

    def _give_up(self, reason: str) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._failure = reason
            self.gone = True


def _set_limit(connection: socket.socket, seconds: float) -> None:
    """Limit how long the kernel waits in one call (socket(7)); a confined process cannot poll."""
    limit = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    for which in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connection.setsockopt(socket.SOL_SOCKET, which, limit)


def _exactly(connection: socket.socket, length: int) -> bytearray:
    """Read so many bytes. Raises ConnectionError if the other end is closed before."""
    found = bytearray(length)
    view = memoryview(found)
    while view:
        received = connection.recv_into(view)
        if not received:
            raise ConnectionError
        view = view[received:]
    return found


def _live(of: ExtensionId, theirs: socket.socket, parent: int, confining: Confining) -> NoReturn:
    """Be the process of an extension: load it, be confined, and do what the analysis says until it ends."""
    try:
        connection = _keep_only(theirs)
        confining.begin(parent)
        signal.setitimer(signal.ITIMER_REAL, LOAD_SECONDS)
        contained = ContainedMeter(of, lambda: load_maker(of))
        signal.setitimer(signal.ITIMER_REAL, 0)
        confining.confine()
        _say(connection, contained.unusable)
        while contained.unusable is None:
            _serve(connection, contained, *_HEADER.unpack(_exactly(connection, _HEADER.size)))
    finally:
        os._exit(0)


def _keep_only(theirs: socket.socket) -> socket.socket:
    """Keep one descriptor beside the standard ones, which lead nowhere: the extension holds nothing of the worker."""
    descriptor = theirs.detach()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(_KEPT_DESCRIPTOR):
        os.dup2(nowhere, standard)
    if descriptor != _KEPT_DESCRIPTOR:
        os.dup2(descriptor, _KEPT_DESCRIPTOR, inheritable=False)
    os.closerange(_KEPT_DESCRIPTOR + 1, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65_536))
    return socket.socket(fileno=_KEPT_DESCRIPTOR)


def _serve(connection: socket.socket, contained: ContainedMeter, kind: bytes, first: int, second: int) -> None:
    answer = None
    match kind:
        case b"B":
            rate, channels = read_json(_exactly(connection, first).decode())
            audio = AudioOfFile(rate, tuple(channels))
            _within_time(lambda: contained.begin(audio))
        case b"S":
            block = tuple(np.frombuffer(_exactly(connection, 4 * second), np.float32) for _ in range(first))
            _within_time(lambda: contained.add(block))
        case b"V":
            start, end = struct.unpack("<qq", _exactly(connection, first))
            found: list[tuple[PassageValue, ...]] = []
            _within_time(lambda: found.append(contained.values(start, end)))
            answer = (
                {one.measure: one.value for one in found[0] if one.value is not None},
                [(one.measure, one.failure) for one in found[0] if one.failure is not None],
            )
            _say(connection, answer)
        case _:
            contained.end()


def _within_time(what: Callable[[], object]) -> None:
    """Have the kernel end this process if it takes too long, also in code that is not Python."""
    signal.setitimer(signal.ITIMER_REAL, CALL_SECONDS)
    what()
    signal.setitimer(signal.ITIMER_REAL, 0)


def _say_bytes(what: bytes | memoryview, connection: socket.socket) -> None:
    connection.sendall(what)


def _say(connection: socket.socket, what: object) -> None:
    text = write_json(what).encode()
    connection.sendall(_ANSWER.pack(len(text)) + text)
