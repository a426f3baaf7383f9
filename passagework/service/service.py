"""The service in a thread: started and stopped by a program that has an importer."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from passagework.api.importer import Importer
from passagework.api.watch import Watch
from passagework.config.sections import ServeSettings
from passagework.config.settings import Settings
from passagework.domain.json_text import write_json
from passagework.domain.progress import Event
from passagework.json_forms.document import document
from passagework.logs import logger
from passagework.service.door import Door
from passagework.service.errors import ServeTokenMissingError, ServiceStateError
from passagework.service.event_feed import sse
from passagework.service.extra import check_extra
from passagework.service.guarded_protocol import Guard
from passagework.service.listening import UnixPlace, is_loopback, listen_tcp, listen_unix
from passagework.service.operations.all_operations import OPERATIONS
from passagework.service.run_board import RunBoard
from passagework.service.stage import Stage
from passagework.service.tokens import Token, read_token
from passagework.service.web_server import WebServer

START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5.0

PROGRESS_SECONDS: Final = 0.2
"""Progress is sent five times a second at most, and only where it has changed and somebody listens."""

BEAT_SECONDS: Final = 15.0
"""So often a stream says something, that a client that has gone without a word is noticed."""


class Service:
    """Serves an importer over HTTP, in a thread of its own, from ``start`` to ``stop``.

    ``settings`` are those of the importer; their section ``serve`` says where it listens. No signal handler is set,
    prints nothing, and leaves no thread, handle or socket behind. It does not close the importer: stop it first.
    ``set_log_level`` and ``log_level`` let clients change the level of the log; without them it is the host's alone.

    A context manager: it starts at the beginning of the block, and stops at its end.
    """

    def __init__(
        self,
        importer: Importer,
        settings: Settings,
        *,
        watch: Watch | None = None,
        set_log_level: Callable[[str], None] | None = None,
        log_level: Callable[[], str] | None = None,
    ) -> None:
        check_extra()
        self._stage = Stage(
            importer, settings, RunBoard(importer), watch=watch, set_log_level=set_log_level, log_level=log_level
        )
        self._door = Door(self._stage, OPERATIONS)
        self._guard = Guard(settings.serve.connections)
        self._log = logger("service")
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: WebServer | None = None
        self._ready = threading.Event()
        self._stopped = False
        self._failure: BaseException | None = None
        self._place: UnixPlace | None = None
        self._port: int | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def port(self) -> int | None:
        """The port on which it listens; None: on none, or not yet."""
        return self._port

    def start(self) -> None:
        """Listen, and return when requests are answered.

        Raises:
            ServeAddressError: it cannot listen where the settings say.
            ServeTokenMissingError: others than this machine could reach it, and there is no token.
            ServeTokenFileError: the file with the hash of the token cannot be read.
            ServiceStateError: it was started before.

        """
        with self._lock:
            if self._thread is not None or self._stopped:
                raise ServiceStateError("this service was started before; make another one")
            serve = self._stage.serve
            token = required_token(serve)
            self._door.admit(serve, token)
            sockets = self._listen(serve)
            try:
                self._stage.importer.listen(self._hear)
                self._thread = threading.Thread(
                    target=self._work, args=(sockets,), name="passagework-serve", daemon=True
                )
                self._thread.start()
            except BaseException:
                self._abandon(sockets)
                raise
        if not self._ready.wait(START_SECONDS) or self._failure is not None:
            self.stop()
            raise ServiceStateError(f"the service did not start: {self._failure or 'it takes too long'}")

    def stop(self) -> None:
        """Take no more requests, let those end that are being answered, for a second, and return. Idempotent."""
        with self._lock:
            thread, first, self._stopped = self._thread, not self._stopped, True
        if first and thread is not None:
            loop = self._loop
            if loop is not None:
                with suppress(RuntimeError):
                    # It has ended by itself.
                    loop.call_soon_threadsafe(self._end)
            self._stage.importer.stop_listening(self._hear)
            if self._place is not None:
                self._place.remove()
            self._stage.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_SECONDS)

    def take_settings(self, settings: Settings, token: Token | None) -> None:
        """Go on with other settings: who is admitted, and limits. Where it listens stays as it was. Any thread."""
        self._stage.settings = settings
        self._guard.most = settings.serve.connections
        self._door.admit(settings.serve, token)

    def take_importer(self, importer: Importer, watch: Watch | None) -> None:
        """Go on with another importer, in place of the one before, which is closed. Any thread."""
        self._stage.board = RunBoard(importer)
        self._stage.importer = importer
        self._stage.watch = watch
        importer.listen(self._hear)

    def take_watch(self, watch: Watch | None) -> None:
        """Say what follows the roots, for requests about it. Any thread."""
        self._stage.watch = watch

    def answers(self, timeout_seconds: float) -> bool:
        """Tell whether the loop answers within this time. From another thread."""
        answered = threading.Event()
        loop = self._loop
        if loop is None:
            return False
        try:
            loop.call_soon_threadsafe(answered.set)
        except RuntimeError:
            return False
        return answered.wait(timeout_seconds)

    def _listen(self, serve: ServeSettings) -> list[socket.socket]:
        sockets: list[socket.socket] = []
        try:
            if serve.host:
                sockets.append(listen_tcp(serve.host, serve.port))
                self._port = sockets[-1].getsockname()[1]
            if serve.socket is not None:
                made, self._place = listen_unix(serve.socket, int(serve.socket_mode, 8))
                sockets.append(made)
        except BaseException:
            self._abandon(sockets)
            raise
        return sockets

    def _abandon(self, sockets: list[socket.socket]) -> None:
        for one in sockets:
            one.close()
        if self._place is not None:
            self._place.remove()
        self._stage.close()

    def _hear(self, event: Event) -> None:
        """Take in an event. Called in the thread of a listener."""
        self._stage.board.hear(event)
        self._stage.feed.hear(event)

    # In the thread

    def _work(self, sockets: list[socket.socket]) -> None:
        try:
            with asyncio.Runner(debug=False) as runner:
                runner.run(self._serve(sockets))
        except BaseException as error:  # noqa: BLE001 - whoever waits for the start is told, and the log
            self._failure = error
            self._log.exception("service-failed")
        finally:
            self._loop = None
            for one in sockets:
                one.close()
            self._ready.set()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        server = self._server = WebServer(self._door, self._guard)
        self._stage.feed.attach(loop)
        self._loop = loop
        loop.call_soon(self._listening)
        pulse = asyncio.create_task(self._tell_progress())
        try:
            await server.run_on(sockets)
        finally:
            pulse.cancel()

    def _listening(self) -> None:
        """Say that requests are answered: when the server has taken its sockets."""
        if self._server is not None and self._server.started:
            self._log.info("listening", port=self._port, socket=str(self._stage.serve.socket or ""))
            self._ready.set()
        elif self._loop is not None:
            self._loop.call_later(0.001, self._listening)
        if self._stopped:
            self._end()

    def _end(self) -> None:
        self._stage.feed.stop()
        if self._server is not None:
            self._server.ask_to_stop()

    async def _tell_progress(self) -> None:
        """Encode the progress once for all clients."""
        before: dict[str, object] | None = None
        idle = 0.0
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            self._stage.metrics.connected(self._guard.open)
            if not self._stage.streams:
                continue
            now = self._stage.board.run_json()
            idle += PROGRESS_SECONDS
            if now != before:
                before = now
                idle = 0.0
                self._stage.feed.tell_progress(sse("progress", write_json(document({"current_run": now}))))
            elif idle >= BEAT_SECONDS:
                idle = 0.0
                self._stage.feed.tell_progress(b": still here\n\n")


def required_token(serve: ServeSettings) -> Token | None:
    """Return the hash of the token that requests over TCP need; None: none is needed, or nobody comes that way.

    Raises ServeTokenMissingError if others than this machine could reach the service without one.
    """
    token = read_token(serve.token_file)
    if token is None and serve.host and not is_loopback(serve.host):
        raise ServeTokenMissingError(
            f"serve.host is {serve.host}, which others can reach, and there is no token; "
            "make one: passagework serve --make-token"
        )
    return token
