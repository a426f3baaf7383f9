"""HTTP connections with a timeout for the whole answer, even if it trickles, which end when the caller cancels them."""

import errno
import io
import os
import select
import socket
import time
import urllib.request
from collections.abc import Callable
from functools import cached_property
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ssl import SSLContext, SSLSocket, create_default_context
from typing import Final

from passagework.lookup.rate_limiter import WaitCancelledError

Cancelled = Callable[[], bool]

_SLICE: Final = 0.1
"""Seconds: so often it is asked whether the caller has cancelled."""


def timed_opener(cancelled: Cancelled | None = None) -> urllib.request.OpenerDirector:
    """Build an opener for HTTP only that follows no redirect, and whose timeout covers a whole answer.

    The timeout applies twice: to the connection, and from the request's last byte to the answer's last byte. A later
    answer raises TimeoutError from ``open`` or ``read``, and WaitCancelledError soon after ``cancelled`` returns true;
    a name that is looked up, and a handshake of TLS, are waited for. Proxies are read from the environment.
    """
    opener = urllib.request.OpenerDirector()
    heeding = cancelled or _never
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _TimedHttpHandler(heeding),
        _TimedHttpsHandler(heeding),
    ):
        opener.add_handler(handler)
    return opener


def _never() -> bool:
    return False


def _wait(connection: socket.socket, event: int, until: float, cancelled: Cancelled) -> None:
    """Wait until a socket is ready for an event of ``select.poll``."""
    if event == select.POLLIN and isinstance(connection, SSLSocket) and connection.pending():
        return
    poll = select.poll()
    poll.register(connection, event)
    while True:
        if cancelled():
            raise WaitCancelledError
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        if poll.poll(1000 * min(left, _SLICE)):
            return


class _TimedReads(io.RawIOBase):
    """Reads from a socket until a deadline of the monotonic clock."""

    def __init__(self, reads: io.RawIOBase, connection: socket.socket, until: float, cancelled: Cancelled) -> None:
        self._reads = reads
        self._connection = connection
        self._until = until
        self._cancelled = cancelled

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:  # type: ignore[override]  # only bytes come
        _wait(self._connection, select.POLLIN, self._until, self._cancelled)
        self._connection.settimeout(max(_SLICE, self._until - time.monotonic()))
        return self._reads.readinto(buffer)

    def close(self) -> None:
        self._reads.close()
        super().close()


def _responses(cancelled: Cancelled) -> type[HTTPResponse]:
    class TimedResponse(HTTPResponse):
        def __init__(
            self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
        ) -> None:
            super().__init__(sock, debuglevel, method, url)
            allowed = sock.gettimeout()
            if allowed is not None:
                reads = _TimedReads(self.fp.detach(), sock, time.monotonic() + allowed, cancelled)
                self.fp = io.BufferedReader(reads)

    return TimedResponse


def _connections(kind: type[HTTPConnection], cancelled: Cancelled) -> type[HTTPConnection]:
    def connected(address: tuple[str, int], timeout: float, *_: object) -> socket.socket:
        return _connect(address, timeout, cancelled)

    class TimedConnection(kind):  # type: ignore[valid-type, misc]  # one of two classes
        response_class = _responses(cancelled)

        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)
            object.__setattr__(self, "_create_connection", connected)

    return TimedConnection


def _connect(address: tuple[str, int], timeout: float, cancelled: Cancelled) -> socket.socket:
    """Connect to the first of the addresses of a host that takes it; each has the whole of the time."""
    host, port = address
    failed: OSError = ConnectionRefusedError(errno.ECONNREFUSED, f"{host} has no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as error:
            failed = error
            continue
        try:
            made.settimeout(0.0)
            if (code := made.connect_ex(place)) == errno.EINPROGRESS:
                _wait(made, select.POLLOUT, time.monotonic() + timeout, cancelled)
                code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                made.settimeout(timeout)
                return made
            failed = OSError(code, os.strerror(code))
            made.close()
        except TimeoutError as error:
            failed = error
            made.close()
        except BaseException:
            made.close()
            raise
    raise failed


class _TimedHttpHandler(urllib.request.HTTPHandler):
    def __init__(self, cancelled: Cancelled) -> None:
        super().__init__()
        self._connections = _connections(HTTPConnection, cancelled)

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._connections, req)


class _TimedHttpsHandler(urllib.request.HTTPSHandler):
    def __init__(self, cancelled: Cancelled) -> None:
        super().__init__()
        self._connections = _connections(HTTPSConnection, cancelled)

    @cached_property
    def _trusted(self) -> SSLContext:
        """Load the certificates of this machine when first needed: that takes longer than a request."""
        return create_default_context()

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._connections, req, context=self._trusted)
