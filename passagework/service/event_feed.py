"""The events of the importer, kept for a while and handed to all who listen over HTTP. Each is encoded once."""

import asyncio
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passagework.domain.json_text import write_json
from passagework.domain.progress import Event
from passagework.json_forms.document import document
from passagework.json_forms.events import event_json, event_name
from passagework.logs import logger

KEPT: Final = 4_096
"""Events that are kept, some 1 MB: a client that was away for as long misses none."""

MOST_AT_ONCE: Final = 256
"""Events that are sent to a client at once, so that what waits for a slow one is bounded."""

DELIVERY_SECONDS: Final = 0.05
"""Events that follow each other as closely are sent together."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a client gets next: ``text``, and the number of the event behind it. ``missed`` are not kept any more."""

    text: bytes
    next: int
    missed: int


def sse(name: str, data: str, number: str | None = None) -> bytes:
    """Encode an event of a stream. JSON has no line breaks, so ``data`` is one line."""
    line = "" if number is None else f"id: {number}\n"
    return f"{line}event: {name}\ndata: {data}\n\n".encode("ascii")


class EventFeed:
    """The latest events, numbered from 1 on. The name of the feed is in each id: numbers of another one mean nothing.

    ``hear`` is called in the thread of a listener; all else on the loop, but where it says otherwise.
    """

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        self._ring: list[bytes] = [b""] * KEPT
        self._lock = threading.Lock()
        self._next = 1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = False
        self._waiters: set[asyncio.Future[None]] = set()
        self._joined: tuple[int, int, bytes] = (0, 0, b"")
        self._log = logger("service")
        self.stopping = False
        self.latest: bytes = b""
        """How far the current run is, encoded, and ``version``, which tells a client whether it has it already."""
        self.version = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver events from now on."""
        self._loop = loop

    @property
    def next(self) -> int:
        """The number of the next event. Any thread may ask."""
        return self._next

    def id_of(self, number: int) -> str:
        """Return the id of the event with a number."""
        return f"{self.name}-{number}"

    def number_of(self, event_id: str) -> int | None:
        """Return the number in an id of this feed; None for any other text."""
        name, _, number = event_id.partition("-")
        if name != self.name or not number.isascii() or not number.isdigit() or len(number) > 18:  # noqa: PLR2004 - digits
            return None
        found = int(number)
        return found if found < self._next else None

    def hear(self, event: Event) -> None:
        """Encode and keep an event. Called in the thread of a listener."""
        data = write_json(document(event_json(event)))
        with self._lock:
            number = self._next
            self._ring[number % KEPT] = sse(event_name(event), data, self.id_of(number))
            self._next = number + 1
            if self._due or self._loop is None:
                return
            self._due = True
        try:
            self._loop.call_soon_threadsafe(self._later)
        except RuntimeError:
            # The loop was closed: nobody listens any more.
            self._log.debug("event-feed-closed")

    def _later(self) -> None:
        if self._loop is not None:
            self._loop.call_later(DELIVERY_SECONDS, self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            self._due = False
        self.wake()

    def tell_progress(self, text: bytes) -> None:
        """Let all clients know how far the run is; who is slow gets the latest alone."""
        self.latest = text
        self.version += 1
        self.wake()

    def take(self, position: int) -> Taken:
        """Return the events from ``position`` on that are kept, at most so many at once."""
        with self._lock:
            first = max(1, self._next - KEPT)
            begin = max(position, first)
            end = min(self._next, begin + MOST_AT_ONCE)
            if self._joined[:2] != (begin, end):
                # Most clients are at the same place.
                self._joined = (begin, end, b"".join(self._ring[one % KEPT] for one in range(begin, end)))
            return Taken(self._joined[2], end, begin - position)

    async def news(self, gone: Callable[[], bool]) -> None:
        """Wait until there is something to send, or ``gone`` may be true."""
        if self.stopping or gone():
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def wake(self) -> None:
        """Wake all who wait."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def stop(self) -> None:
        """Let all streams end."""
        self.stopping = True
        self.wake()
