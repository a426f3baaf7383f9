"""The server: uvicorn without what it does to the process, and with an end that no client can hold up."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal

from uvicorn import Config, Server

from passagework.service.answers import Receive, Scope, Send
from passagework.service.guarded_protocol import Guard

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS: Final = [
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"),
    ("referrer-policy", "no-referrer"),
]
"""With each answer. Nothing that is sent may run in a browser, also no picture that names a script."""

KEEP_ALIVE_SECONDS: Final = 15
LONGEST_HEAD: Final = 16_384
"""Bytes of the first line and all headers of a request."""

DRAIN_SECONDS: Final = 1.0
"""How long answers that have begun may take to end after ``stop``."""

_SECOND: Final = 1.0
_TICKS: Final = 10
"""Ticks of a second, after which uvicorn writes a new date."""


class WebServer(Server):
    """Serves an application on sockets until ``ask_to_stop``. It sets no signal handler and configures no logging."""

    def __init__(self, application: Application, guard: Guard) -> None:
        loop: Literal["asyncio"] = "asyncio"
        super().__init__(
            Config(
                application,
                loop=loop,
                http=guard.protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                server_header=False,
                headers=HEADERS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                access_log=True,  # without it uvicorn changes the loggers of the process
            )
        )
        self._stopped: asyncio.Event | None = None

    async def run_on(self, sockets: Sequence[socket.socket]) -> None:
        """Serve until ``ask_to_stop``. On the loop; ``started`` is true when requests are taken."""
        self._stopped = asyncio.Event()
        await self._serve(list(sockets))

    def ask_to_stop(self) -> None:
        """Take no more connections, and end. On the loop."""
        self.should_exit = True
        if self._stopped is not None:
            self._stopped.set()

    async def main_loop(self) -> None:
        """Write the date of answers once a second, until the end."""
        assert self._stopped is not None
        while not await self.on_tick(_TICKS):
            try:
                await asyncio.wait_for(self._stopped.wait(), _SECOND)
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let answers end that have begun, and then close every connection, whatever its client does."""
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := set(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in set(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            if not connection.transport.is_closing() or connection.transport.get_write_buffer_size():
                connection.transport.abort()
        # Closed transports say so in the next turn of the loop.
        await asyncio.sleep(0)
        await asyncio.gather(*set(self.server_state.tasks), return_exceptions=True)
        await asyncio.sleep(0)
