"""Credits: how many files may be on their way at a time."""

import threading
from collections import deque

CREDITS = 128
PATIENCE_SECONDS = 300.0


class LoadFailedError(Exception):
    """The library refused something, or took nothing for a long time."""


class Credits:
    """Permits that go to whoever has waited longest: Python's own semaphore lets a running thread overtake."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free = number
        self._waiting: deque[threading.Event] = deque()

    def take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if not turn.wait(PATIENCE_SECONDS):
            raise LoadFailedError(f"no credit came back for {PATIENCE_SECONDS:.0f} s")

    def give_back(self, number: int) -> None:
        with self._lock:
            handed = min(number, len(self._waiting))
            self._free += number - handed
            for _ in range(handed):
                self._waiting.popleft().set()
