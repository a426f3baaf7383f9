"""Events as they come, to be iterated over by a thread or by a task of asyncio."""

import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Final

from passagework.api.waiting import Bell
from passagework.domain.own_process import OwnProcess
from passagework.domain.progress import Event, EventsMissed

EVENTS_KEPT: Final = 10_000
"""Events that wait for whoever iterates, some 3 MB."""


class EventStream(Iterator[Event], AsyncIterator[Event]):
    """Events in their order, for ``for`` and for ``async for``. Ends with what it tells of, or with :meth:`close`.

    It never makes anyone wait: if 10,000 events wait to be taken, each new one replaces the oldest, and
    :class:`EventsMissed` says in their place how many were lost. Several threads and tasks may take events from one
    stream; each event goes to one of them.
    """

    def __init__(self, kept: int = EVENTS_KEPT) -> None:
        self._process = OwnProcess()
        self._lock = threading.RLock()
        self._bell = Bell(self._lock)
        self._kept = kept
        self._waiting: deque[Event] = deque()
        self._missed = 0
        self._ended = False

    def __iter__(self) -> "EventStream":
        """Return the stream itself."""
        return self

    def __aiter__(self) -> "EventStream":
        """Return the stream itself."""
        return self

    def __next__(self) -> Event:
        """Wait for the next event. Raises ImporterForkedError in a fork of the process."""
        self._process.check()
        with self._lock:
            self._bell.wait_for(self._has_news)
            if (event := self._take()) is None:
                raise StopIteration
            return event

    async def __anext__(self) -> Event:
        """Wait for the next event without a thread for it. A task that is cancelled meanwhile loses no event."""
        self._process.check()
        while True:
            await self._bell.task_wait_for(self._has_news)
            with self._lock:
                if (event := self._take()) is not None:
                    return event
                if self._ended:
                    raise StopAsyncIteration
            # Another task was quicker.

    def close(self) -> None:
        """End it now: what was not taken is dropped. Returns at once; whoever waits comes to the end."""
        with self._lock:
            self._waiting.clear()
            self._missed = 0
            self.end()

    # For the importer

    def keep(self, number: int) -> None:
        """Let so many events wait from now on."""
        with self._lock:
            self._kept = number

    def put(self, event: Event) -> None:
        """Add an event; after the end this does nothing. Any thread may call it, and it returns at once."""
        with self._lock:
            if self._ended:
                return
            if len(self._waiting) >= self._kept:
                self._waiting.popleft()
                self._missed += 1
            self._waiting.append(event)
            self._bell.ring()

    def end(self) -> None:
        """End the stream behind the events that wait."""
        with self._lock:
            self._ended = True
            self._bell.ring()

    def _has_news(self) -> bool:
        return bool(self._waiting) or self._ended

    def _take(self) -> Event | None:
        if self._missed:
            missed, self._missed = self._missed, 0
            return EventsMissed(missed)
        return self._waiting.popleft() if self._waiting else None


class EventStreams:
    """The streams of an importer. One that nobody has any more is forgotten. Any thread may call the methods."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: tuple[weakref.ref[EventStream], ...] = ()
        self._ended = False

    def add(self) -> EventStream:
        """Make a stream of all events from now on."""
        stream = EventStream()
        with self._lock:
            self._streams = (*(ref for ref in self._streams if ref() is not None), weakref.ref(stream))
            if self._ended:
                stream.end()
        return stream

    def put(self, event: Event) -> None:
        """Add an event to each."""
        for ref in self._streams:
            if (stream := ref()) is not None:
                stream.put(event)

    def end(self) -> None:
        """End all of them."""
        with self._lock:
            self._ended = True
            streams, self._streams = self._streams, ()
        for ref in streams:
            if (stream := ref()) is not None:
                stream.end()
