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
class RestartBudget:
    """Allows ``most`` restarts of one actor within ``window_seconds``; more means that restarting does not help."""

    most: int = 5
    window_seconds: float = 60.0
    _times: list[float] = field(default_factory=list)

    def allows(self, now: float) -> bool:
        """Count a restart at ``now`` and tell whether it is still allowed."""
        self._times = [time for time in self._times if now - time < self.window_seconds]
        self._times.append(now)
        return len(self._times) <= self.most
