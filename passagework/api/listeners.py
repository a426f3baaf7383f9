"""Listeners of an importer: each gets every event in its own thread."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic

from passagework.api.thread_limits import threads_permitting
from passagework.domain.progress import Event, EventsMissed
from passagework.logs import logger

Listener = Callable[[Event], object]

MOST_WAITING = 100_000
"""Events that wait for one listener, some 30 MB. A slower listener misses the oldest; their number is reported."""

CLOSE_SECONDS = 10.0
"""How long closing an importer waits for listeners to handle the remaining events."""


class ListenerThread:
    """Calls one listener with one event at a time, in the order in which they happened.

    ``put`` never blocks, so nothing waits for a listener. If the listener raises, that is logged, and the next event
    follows.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._name = getattr(listener, "__qualname__", type(listener).__name__)
        self._log = logger("importer")
        self._changed = threading.Condition()
        self._waiting: deque[Event] = deque()
        self._missed = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"passagework-listener {self._name}", daemon=True)
        with threads_permitting():
            self._thread.start()

    def calls(self, listener: Listener) -> bool:
        """Whether this thread calls ``listener``."""
        return self._listener == listener

    @property
    def is_current(self) -> bool:
        """Whether this is asked in the thread of the listener."""
        return threading.current_thread() is self._thread

    def put(self, event: Event) -> None:
        """Queue an event for the listener. Any thread may call this; after ``close`` it does nothing."""
        with self._changed:
            if self._closed:
                return
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._missed += 1
            self._waiting.append(event)
            self._changed.notify()

    def close(self, timeout_seconds: float) -> None:
        """Wait until the listener has handled all events, at most ``timeout_seconds``, and end the thread. Idempotent.

        A listener that does not return keeps its thread until it does; the remaining events are dropped.
        """
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self.is_current:
            return  # the listener itself closes the importer
        self._thread.join(timeout_seconds)
        with self._changed:
            left = len(self._waiting) + self._missed
            self._waiting.clear()
            self._missed = 0
        if self._thread.is_alive():
            self._log.warning("listener-left", listener=self._name, waited_seconds=timeout_seconds, events=left)

    def _run(self) -> None:
        while (event := self._next()) is not None:
            try:
                self._listener(event)
            except BaseException:  # noqa: BLE001 - sys.exit() in a listener must not keep it from the next event either
                self._log.exception("listener-failed", listener=self._name, received=type(event).__name__)

    def _next(self) -> Event | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._missed:
                missed, self._missed = self._missed, 0
                self._log.warning("listener-too-slow", listener=self._name, missed=missed)
                return EventsMissed(missed)
            return self._waiting.popleft() if self._waiting else None


class Listeners:
    """All listeners of one importer. Any thread may call the methods."""

    def __init__(self) -> None:
        self._threads: tuple[ListenerThread, ...] = ()
        self._lock = threading.Lock()

    def add(self, listener: Listener) -> None:
        """Add a listener for all events from now on."""
        with self._lock:
            self._threads += (ListenerThread(listener),)

    def remove(self, listener: Listener) -> None:
        """Wait until a listener has handled what is queued for it, at most ``CLOSE_SECONDS``, and end its thread."""
        with self._lock:
            ended = tuple(thread for thread in self._threads if thread.calls(listener))
            self._threads = tuple(thread for thread in self._threads if thread not in ended)
        for thread in ended:
            thread.close(CLOSE_SECONDS)

    @property
    def calling(self) -> bool:
        """Whether this is called by a listener, in its thread."""
        return any(thread.is_current for thread in self._threads)

    def put(self, event: Event) -> None:
        """Queue an event for all listeners. Returns at once."""
        for thread in self._threads:
            thread.put(event)

    def close(self) -> None:
        """Wait for all of them together, at most ``CLOSE_SECONDS``."""
        end = monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            thread.close(max(0.0, end - monotonic()))


def checked(listeners: Iterable[Listener]) -> tuple[Listener, ...]:
    """Give the listeners of a host; TypeError if they are none, before anything is opened that would stay open."""
    found = tuple(listeners)
    for listener in found:
        if not callable(listener):
            raise TypeError(f"a listener is called with each event; {listener!r} cannot be called")
    return found
