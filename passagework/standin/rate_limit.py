"""The rate limit that the stand-in enforces, like the services."""

import threading
import time
from collections.abc import Callable


class RateLimit:
    """Permits ``per_second`` requests on average, and ``burst`` at once. Thread-safe."""

    def __init__(self, per_second: float, burst: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._left = burst
        self._before = clock()

    def allows(self) -> bool:
        """Tell whether a request is within the limit; only permitted requests count."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._before) * self._per_second)
            self._before = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
