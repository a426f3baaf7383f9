"""Delayed messages: one thread that calls actions when they are due."""

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Protocol

from passagework.actors.runtime.clock import Clock
from passagework.logs import logger


class Scheduler(Protocol):
    """Calls an action after a delay, in a thread of the scheduler. Actions only tell; they never work."""

    def later(self, delay_seconds: float, action: Callable[[], object]) -> None:
        """Call ``action`` once, after ``delay_seconds``."""


class ThreadScheduler:
    """A scheduler with one daemon thread; ``close`` ends the thread and forgets what was scheduled."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._log = logger("scheduler")
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="passagework-scheduler", daemon=True)
        self._thread.start()

    def later(self, delay_seconds: float, action: Callable[[], object]) -> None:
        """Call ``action`` once, after ``delay_seconds``. Any thread may call this."""
        due = self._clock.monotonic() + delay_seconds
        with self._changed:
            heapq.heappush(self._due, (due, next(self._order), action))
            self._changed.notify()

    def close(self) -> None:
        """End the thread; what was scheduled is not called any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception:  # noqa: BLE001 - an action that fails must not end the thread
                self._log.exception("scheduled-action-failed")

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - self._clock.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None
