"""Credits that are handed to whoever has waited longest: Python's own semaphore lets a running thread overtake."""

import threading
from collections import deque


class Credits:
    """A number of permits. Safe in every thread."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free = number
        self._waiting: deque[threading.Event] = deque()

    def take(self) -> None:
        """Take one; wait for it behind all that came before."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def give_back(self, number: int) -> None:
        """Hand ``number`` on to those who wait; the rest is free."""
        with self._lock:
            handed = min(number, len(self._waiting))
            self._free += number - handed
            for _ in range(handed):
                self._waiting.popleft().set()
