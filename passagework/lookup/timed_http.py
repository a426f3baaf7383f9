"""HTTP connections with a timeout for the whole answer, even if it trickles."""

import io
import socket
import time
import urllib.request
from functools import cached_property
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ssl import SSLContext, create_default_context


def timed_opener() -> urllib.request.OpenerDirector:
    """Build an opener for HTTP only that follows no redirect, and whose timeout covers a whole answer.

    The timeout applies twice: to the connection, and from the request's last byte to the answer's last byte. A later
    answer raises TimeoutError from ``open`` or ``read``. Proxies are read from the environment.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _TimedHttpHandler(),
        _TimedHttpsHandler(),
    ):
        opener.add_handler(handler)
    return opener


class _TimedReads(io.RawIOBase):
    """Reads from a socket until a deadline of the monotonic clock."""

    def __init__(self, reads: io.RawIOBase, connection: socket.socket, until: float) -> None:
        self._reads = reads
        self._connection = connection
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:  # type: ignore[override]  # only bytes come
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._connection.settimeout(left)
        return self._reads.readinto(buffer)

    def close(self) -> None:
        self._reads.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        allowed = sock.gettimeout()
        if allowed is not None:
            reads = _TimedReads(self.fp.detach(), sock, time.monotonic() + allowed)
            self.fp = io.BufferedReader(reads)


class _TimedConnection(HTTPConnection):
    response_class = _TimedResponse


class _TimedTlsConnection(HTTPSConnection):
    response_class = _TimedResponse


class _TimedHttpHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_TimedConnection, req)


class _TimedHttpsHandler(urllib.request.HTTPSHandler):
    @cached_property
    def _trusted(self) -> SSLContext:
        """Load the certificates of this machine when first needed: that takes longer than a request."""
        return create_default_context()

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_TimedTlsConnection, req, context=self._trusted)
