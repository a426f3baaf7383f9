"""How long to wait for a service that fails, and when to stop asking it. Plain, no threads."""

from dataclasses import dataclass
from typing import Final

from passagework.actors.runtime.backoff import Backoff
from passagework.domain.ids import RunId
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.waiting_limits import LONGEST_WAIT

TRIES: Final = 3
"""Failures in a row of a service before what waits for it is deferred; also the tries of a single request."""

FIRST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 60.0

REST_SECONDS: Final = 60.0
"""How long a service is not asked after what waits for it was deferred."""

PERMANENT: Final = frozenset({FaultKind.KEY, FaultKind.NO_CONTACT})
"""Faults that no other request of the same run can change."""


@dataclass(frozen=True, slots=True)
class PauseFor:
    """Ask again after ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LeaveAlone:
    """Give back everything that waits for the service."""


class Patience:
    """Counts the failures of one service.

    There are three cases:

    - An outage: the pauses grow, or last as long as the service says. After the third in a row, or if the
      service asks for pauses that are too long together, it is not asked for a while.
    - A fault that no other request can change: the service is not asked again in this run.
    - A fault of a single request: the gateway handles it, not this class.
    """

    def __init__(self) -> None:
        self._pause = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        self._failures = 0
        self._paused_seconds = 0.0
        self._resting: tuple[float, LookupFault] | None = None
        self._given_up: tuple[RunId, LookupFault] | None = None

    def refusal(self, run: RunId, now: float) -> LookupFault | None:
        """Return why the service is not asked at ``now`` in this run; None if it may be asked."""
        if self._given_up is not None and self._given_up[0] == run:
            return self._given_up[1]
        if self._resting is not None:
            until, fault = self._resting
            if until > now:
                return fault if fault.retry_after is None else fault.with_retry_after(until - now)
            self._resting = None
        return None

    def succeeded(self) -> None:
        """Note that the service answers: the next outage begins with the shortest pause."""
        self._reset()

    def outage(self, fault: LookupFault, now: float) -> PauseFor | LeaveAlone:
        """Count an outage, and say what to do."""
        pause = self._pause.next_delay() if fault.retry_after is None else fault.retry_after
        self._failures += 1
        self._paused_seconds += pause
        if self._failures < TRIES and self._paused_seconds <= LONGEST_WAIT:
            return PauseFor(pause)
        self._resting = (now + max(pause, REST_SECONDS), fault)
        self._reset()
        return LeaveAlone()

    def give_up(self, run: RunId, fault: LookupFault) -> None:
        """Ask no more in this run."""
        self._given_up = (run, fault)

    def _reset(self) -> None:
        self._failures = 0
        self._paused_seconds = 0.0
        self._pause.reset()
