"""How long to wait before the next try, and when to stop trying."""

from dataclasses import dataclass, field


class Backoff:
    """Delays that double from ``first`` to ``longest`` seconds; ``reset`` after a success."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def next_delay(self) -> float:
        """Return the delay before the next try, and double the one after it."""
        delay = self._next
        self._next = min(self._next * 2, self._longest)
        return delay

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._next = self._first


@dataclass(slots=True)
class Restarts:
    """The restarts of one actor: at most ``most`` in any ``window_seconds``.

    The delay before one doubles from ``first`` to ``longest`` seconds. Only those within the window count, so an actor
    that fails once a day is always replaced at once.
    """

    first: float
    longest: float
    most: int = 5
    window_seconds: float = 60.0
    _times: list[float] = field(default_factory=list)

    def next_delay(self, now: float) -> float | None:
        """Count a restart at ``now`` and return the delay before it; None if restarting does not help."""
        self._times = [time for time in self._times if now - time < self.window_seconds]
        self._times.append(now)
        if len(self._times) > self.most:
            return None
        return float(min(self.first * 2 ** (len(self._times) - 1), self.longest))
