"""The door of an importer: takes commands of other processes of the user, on the socket beside the library."""

import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from weakref import WeakSet

from passagework.api.door.lines import Lines, OtherFormatError, own_version
from passagework.api.door.messages import FORMAT, Hello, Refused, Request, StillAtIt
from passagework.domain.exit_codes import ExitCode
from passagework.logs import logger
from passagework.persistence.file.place import resolved
from passagework.persistence.file.socket_file import HAS_SOCKETS, BoundSocket, listen_beside

MOST_PEERS: Final = 16
"""So many are served at a time; more are told so. Each has a thread."""

HELLO_SECONDS: Final = 5.0
REQUEST_SECONDS: Final = 10.0
SEND_SECONDS: Final = 10.0
"""How long the other side may leave a message unread before it is dropped."""

ALIVE_SECONDS: Final = 5.0
LONGEST_REQUEST: Final = 64 * 2**20
"""Bytes. Edits and paths are some hundred; documents are sent some at a time."""

CLOSE_SECONDS: Final = 1.0
"""How long closing waits for replies that are being sent."""

_BREATH_SECONDS: Final = 0.5
"""After an accept that failed: for lack of descriptors it would fail again at once."""

Serve = Callable[["Peer", Request], None]
"""Answer one request. Called in a thread of its own; what it raises ends the connection."""


class Peer:
    """A process that commands the library. Its thread is the only one that reads from it."""

    def __init__(self, lines: Lines, is_closing: Callable[[], bool]) -> None:
        self.lines = lines
        self._is_closing = is_closing
        self.at_work = False

    @property
    def closing(self) -> bool:
        """Whether the importer is being closed."""
        return self._is_closing()

    def reply(self, message: object) -> None:
        """Send a reply. OSError: the peer has left, or does not read."""
        self.lines.send(message, SEND_SECONDS)


class Door:
    """Listens on the socket beside a library whose lock this process holds, until ``stop`` and ``finish``."""

    def __init__(self, bound: BoundSocket, serve: Serve) -> None:
        self._bound = bound
        self._serve = serve
        self._log = logger("door")
        self._peers: dict[Peer, threading.Thread] = {}
        self._lock = threading.Lock()
        self._closing = False
        self._awake, self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._accept, name="passagework-door", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self._let_go()
            raise
        _open.add(self)

    def stop(self) -> None:
        """Take no more commands, and delete the socket. Idempotent."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            idle = [peer for peer in self._peers if not peer.at_work]
        with suppress(BlockingIOError):
            os.write(self._wake, b".")
        for peer in idle:
            peer.lines.hang_up()
        self._thread.join()
        self._let_go()

    def finish(self, *, at_once: bool = False) -> None:
        """Wait for the commands that are being done, after ``stop``; the replies have a second to be read.

        ``at_once``: hang up on those whose replies nobody reads, and wait until no thread is left.
        """
        end = time.monotonic() + CLOSE_SECONDS
        with self._lock:
            peers = dict(self._peers)
        for peer, thread in peers.items():
            if at_once:
                peer.lines.hang_up()
                thread.join()
            else:
                thread.join(max(0.0, end - time.monotonic()))

    def let_go_in_a_fork(self) -> None:
        """Close the descriptors of a fork, whose parent goes on with the same sockets."""
        self._bound.listener.close()
        for descriptor in (self._awake, self._wake):
            with suppress(OSError):
                os.close(descriptor)
        for peer in self._peers:
            peer.lines.close()

    def _let_go(self) -> None:
        _open.discard(self)
        self._bound.remove()
        os.close(self._awake)
        os.close(self._wake)

    # The thread

    def _accept(self) -> None:
        poller = select.poll()
        poller.register(self._awake, select.POLLIN)
        poller.register(self._bound.listener, select.POLLIN)
        due = time.monotonic() + ALIVE_SECONDS
        while not self._closing:
            left = due - time.monotonic()
            if left <= 0:
                self._say_alive()
                left = ALIVE_SECONDS
                due = time.monotonic() + left
            ready = {file for file, _event in poller.poll(int(left * 1000) + 1)}
            if self._bound.listener.fileno() in ready and not self._closing:
                try:
                    self._greet(Lines(self._bound.listener.accept()[0]))
                except BlockingIOError:
                    """Whoever knocked has left."""
                except Exception:  # noqa: BLE001 - whatever one peer causes, others are served
                    self._log.warning("peer-not-served", exc_info=True)
                    _breathe(self._awake)

    def _greet(self, lines: Lines) -> None:
        """Serve a peer in a thread of its own, or tell why not."""
        other = lines.other
        refusal = None
        if not other.may_command:
            self._log.warning("peer-refused", pid=other.pid, uid=other.uid)
            lines.close()
            return
        peer = Peer(lines, lambda: self._closing)
        thread = threading.Thread(target=self._talk, args=(peer,), name="passagework-door-peer", daemon=True)
        with self._lock:
            if len(self._peers) >= MOST_PEERS:
                refusal = "it does as many commands as it can at a time; try again"
            else:
                self._peers[peer] = thread
        if refusal is None:
            try:
                thread.start()
            except RuntimeError:
                refusal = "its system gives it no more threads"
                with self._lock:
                    del self._peers[peer]
        if refusal is not None:
            _refuse(lines, refusal)

    def _say_alive(self) -> None:
        with self._lock:
            at_work = [peer for peer in self._peers if peer.at_work]
        for peer in at_work:
            with suppress(OSError):
                peer.lines.send_if_possible(StillAtIt())

    # The threads of peers

    def _talk(self, peer: Peer) -> None:
        try:
            peer.lines.exchange_hello(HELLO_SECONDS)
            request: Request = peer.lines.receive(Request, REQUEST_SECONDS, LONGEST_REQUEST)
            with self._lock:
                if self._closing:
                    return
                peer.at_work = True
            self._serve(peer, request)
        except OtherFormatError as error:
            self._log.info("peer-of-another-version", program=error.program)
        except (OSError, ValueError) as error:
            # It has left, was too slow, or says what is no message.
            self._log.info("peer-dropped", detail=str(error))
        except Exception:  # noqa: BLE001 - a defect of one command is no reason to end the others
            self._log.exception("peer-failed")
        finally:
            with self._lock:
                self._peers.pop(peer, None)
            peer.lines.hang_up()
            peer.lines.close()


def open_door(library: Path, serve: Serve) -> Door | None:
    """Open the door of a library whose lock this process holds; None, with a warning in the log, if there can be none.

    An import needs none: it goes on, whatever is in the way (no sockets on this file system, a foreign file, no
    threads).
    """
    if not HAS_SOCKETS:
        return None
    bound = None
    try:
        bound = listen_beside(resolved(library))
        return Door(bound, serve)
    except Exception as error:  # noqa: BLE001 - as above
        if bound is not None:
            bound.remove()
        logger("door").warning("door-closed", library=str(library), detail=str(error))
        return None


_open: Final[WeakSet[Door]] = WeakSet()
"""The doors of this process. A fork has copies of their descriptors, and would keep connections open."""


def _let_go_in_a_fork() -> None:
    for door in list(_open):
        door.let_go_in_a_fork()


os.register_at_fork(after_in_child=_let_go_in_a_fork)


def _refuse(lines: Lines, reason: str) -> None:
    with suppress(OSError):
        lines.send_if_possible(Hello(FORMAT, own_version()))
        lines.send_if_possible(Refused("library-door", int(ExitCode.LIBRARY_UNAVAILABLE), reason))
    lines.close()


def _breathe(awake: int) -> None:
    poller = select.poll()
    poller.register(awake, select.POLLIN)
    poller.poll(int(_BREATH_SECONDS * 1000))
