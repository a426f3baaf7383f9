"""Connections with limits: how many, how long a request may take to arrive, and how long a client may not read."""

import asyncio
import logging
from typing import Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from passagework.service.problems import problem

REQUEST_SECONDS: Final = 10.0
"""From the first byte of a request, or the beginning of the connection, to the last byte of the request."""

UNREAD_SECONDS: Final = 30.0
"""How long a client may read nothing of what is sent to it."""

LINGER_SECONDS: Final = 1.0
"""How long a connection stays open on which a request was refused before it was read."""

SEND_BUFFER: Final = 262_144
"""Bytes that wait in the process for one client, at most and with one more piece."""

_LOG: Final = logging.getLogger("passagework.http")


class GuardedProtocol(H11Protocol):
    """One connection. On the loop. Its limits are those of ``Guard``, which all connections of a server share."""

    guard: "Guard"

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Neither the log of uvicorn, which may be that of the host, nor its lines of each request.
        self.logger = _LOG
        self.access_log = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or refuse one too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=SEND_BUFFER)
        if len(self.connections) > self.guard.most:
            self._refuse(503, "service-busy", "there are too many connections; come back in a second", retry=True)
            return
        self.guard.count(len(self.connections))
        self._deadline = self.loop.call_later(self.guard.request_seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        super().connection_lost(exc)
        self.guard.count(len(self.connections))
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        self._deadline = self._unread = None

    def data_received(self, data: bytes) -> None:
        """Read some bytes; a request that has begun has to be whole soon."""
        if self._refused:
            return
        super().data_received(data)
        state = self.conn.their_state
        # Between two requests the limit of idle connections holds.
        arriving = state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))
        if not arriving:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.guard.request_seconds, self._too_slow)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or has very long headers."""
        self._refuse(400, "request-invalid", msg)

    def pause_writing(self) -> None:
        """Stop sending to a client that does not read as fast."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.guard.unread_seconds, self._reads_nothing)

    def resume_writing(self) -> None:
        """Go on: it has read what was sent."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _too_slow(self) -> None:
        _LOG.info("request-too-slow")
        self._deadline = None
        self.transport.abort()

    def _reads_nothing(self) -> None:
        _LOG.info("client-reads-nothing")
        self._unread = None
        self.transport.abort()

    def _refuse(self, status: int, code: str, detail: str, *, retry: bool = False) -> None:
        answer = problem(status, code, detail)
        head = [
            b"HTTP/1.1 %d Refused" % status,
            b"content-type: " + answer.content_type,
            b"content-length: %d" % len(answer.body),
            b"connection: close",
        ]
        if retry:
            head.append(b"retry-after: 1")
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + answer.body)
        # Closed at once, what the client still sends would take the answer from it.
        self._refused = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        if self.transport.can_write_eof():
            self.transport.write_eof()


class Guard:
    """The limits of all connections of a server."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = 0
        self.request_seconds = REQUEST_SECONDS
        self.unread_seconds = UNREAD_SECONDS

    def count(self, number: int) -> None:
        """Take note of how many connections are open."""
        self.open = number

    def protocol(self) -> type[GuardedProtocol]:
        """Return the protocol of connections within these limits."""
        return type("LimitedProtocol", (GuardedProtocol,), {"guard": self})
