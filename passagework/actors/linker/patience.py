"""How long a service that fails is waited for, and when it is left alone. Plain, no threads."""

from dataclasses import dataclass
from typing import Final

from passagework.actors.runtime.backoff import Backoff
from passagework.domain.ids import RunId
from passagework.lookup.faults import FaultKind, LookupFault

TRIES: Final = 3
"""So often in a row a service may fail before what waits for it is put off; so often a request alone may fail."""

FIRST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 60.0

LONGEST_WAIT_SECONDS: Final = 90.0
"""A service that asks for a longer pause is waited for by the next import, not by this one."""

REST_SECONDS: Final = 60.0
"""After it was put off a service is left alone so long."""

HOPELESS: Final = frozenset({FaultKind.KEY, FaultKind.NO_CONTACT})
"""Faults that no other request of the same run can change."""


@dataclass(frozen=True, slots=True)
class PauseFor:
    """Ask again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LeaveAlone:
    """Give back everything that waits for the service."""


class Patience:
    """Counts the failures of one service.

    There are three ways to fail. An outage: pauses that grow, or as long as the service says; at the third in a row, or
    if it asks for too long, it is left alone for a while. A fault that no request can change: it is not asked again in
    this run. A fault of single requests: none of this class's business.
    """

    def __init__(self) -> None:
        self._pause = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        self._failures = 0
        self._resting: tuple[float, LookupFault] | None = None
        self._given_up: tuple[RunId, LookupFault] | None = None

    def refusal(self, run: RunId, now: float) -> LookupFault | None:
        """Give the fault for which the service is not asked at ``now`` in this run; None: it may be asked."""
        if self._given_up is not None and self._given_up[0] == run:
            return self._given_up[1]
        if self._resting is not None:
            until, fault = self._resting
            if until > now:
                return fault
            self._resting = None
        return None

    def succeeded(self) -> None:
        """Note that the service answers: the next outage begins with the shortest pause."""
        self._begin_anew()

    def outage(self, fault: LookupFault, now: float) -> PauseFor | LeaveAlone:
        """Count an outage, and say what to do."""
        pause = self._pause.next_delay() if fault.retry_after is None else fault.retry_after
        self._failures += 1
        if self._failures < TRIES and pause <= LONGEST_WAIT_SECONDS:
            return PauseFor(pause)
        self._resting = (now + max(pause, REST_SECONDS), fault)
        self._begin_anew()
        return LeaveAlone()

    def give_up(self, run: RunId, fault: LookupFault) -> None:
        """Ask no more in this run."""
        self._given_up = (run, fault)

    def _begin_anew(self) -> None:
        self._failures = 0
        self._pause.reset()
