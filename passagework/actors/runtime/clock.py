"""Time, as a value that tests can replace."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where actors get the time from."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""

    def time_ns(self) -> int:
        """Nanoseconds since the epoch, for rows that people read."""


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return time.time_ns()
