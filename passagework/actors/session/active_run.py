"""The run that a session has under way: what was ordered, and how far it is. Plain, no threads."""

from dataclasses import dataclass, field

from passagework.actors.messages.session import StartRun
from passagework.actors.session.counters import RunCounters
from passagework.actors.session.ledger import Ledger
from passagework.domain.ids import RunId
from passagework.domain.progress import Phase, ScanProblem
from passagework.domain.views import DeferredItems, RunState


@dataclass(slots=True)
class ActiveRun:
    """The state of one run beside its ledger.

    ``owed`` are credits that go back to the scanner as soon as the run may go on. ``hurried``: somebody asked for the
    end, so that nothing is waited for that may never come; it can be too late to cancel the run itself.
    """

    order: StartRun
    ledger: Ledger
    counters: RunCounters
    id: RunId | None = None
    phase: Phase = Phase.STARTING
    state: RunState = RunState.COMPLETED
    paused: bool = False
    hurried: bool = False
    owed: int = 0
    scan_finished: bool = False
    jobs_cancelled: bool = False
    problems: list[ScanProblem] = field(default_factory=list)
    error: str | None = None
    put_off: tuple[DeferredItems, ...] = ()

    @property
    def cancelled(self) -> bool:
        """Whether the run is to end before its work is done."""
        return self.state is RunState.CANCELLED
