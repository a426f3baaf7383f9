"""The switch by which an importer stops what its workers do, and has them go on."""

import time
from collections.abc import Callable
from threading import Condition
from typing import Final, Protocol

STILL_SECONDS: Final = 60.0
"""How long who waits for a clock that stands still waits at a time."""


class Stoppable(Protocol):
    """A worker that can be stopped in the middle of what it does."""

    def stop(self) -> None:
        """Stop now; returns at once."""

    def go_on(self) -> None:
        """Go on; returns at once."""


class PauseSwitch:
    """Whether workers rest, and a clock that stands still while they do. Any thread may call the methods.

    One switch is of one importer: it stays as it is when an executor is replaced.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._members: set[Stoppable] = set()
        self._since: float | None = None
        self._rested = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether workers rest."""
        return self._since is not None

    @property
    def rested_seconds(self) -> float:
        """How long the pauses were that have ended."""
        return self._rested

    def clock(self) -> float:
        """Return the seconds of a monotonic clock that stands still during pauses."""
        with self._changed:
            return (time.monotonic() if self._since is None else self._since) - self._rested

    def pause(self) -> None:
        """Stop all workers. Idempotent; returns at once."""
        with self._changed:
            if self._since is None:
                self._since = time.monotonic()
                for member in self._members:
                    member.stop()

    def resume(self) -> None:
        """Have all workers go on. Idempotent; returns at once."""
        with self._changed:
            if self._since is not None:
                self._rested += time.monotonic() - self._since
                self._since = None
                for member in self._members:
                    member.go_on()
                self._changed.notify_all()

    def add(self, member: Stoppable) -> None:
        """Stop this worker with the others from now on, and now if they rest."""
        with self._changed:
            self._members.add(member)
            if self._since is not None:
                member.stop()

    def discard(self, member: Stoppable) -> None:
        """Stop it no more."""
        with self._changed:
            self._members.discard(member)

    def wait(self, unless: Callable[[], bool]) -> None:
        """Wait while workers rest, unless something else has happened, of which ``nudge`` tells."""
        with self._changed:
            self._changed.wait_for(lambda: self._since is None or unless())

    def nudge(self) -> None:
        """Have those that wait look again."""
        with self._changed:
            self._changed.notify_all()
