"""The active run of a session: how it was started, and its progress. Plain, no threads."""

from collections.abc import Callable
from dataclasses import dataclass, field

from passagework.actors.messages.session import StartRun
from passagework.actors.session.counters import RunCounters
from passagework.actors.session.ledger import Ledger
from passagework.domain.ids import RunId, WriteId
from passagework.domain.progress import Phase, RefreshPlanned, ScanProblem
from passagework.domain.views import DeferredItems, RunState


@dataclass(slots=True)
class ActiveRun:
    """The state of one run beside its ledger.

    ``held``: the host has paused it; ``resting``: whether the importer as a whole is paused.
    ``owed`` are credits that return to the scanner as soon as the run may continue. ``link_due``: something waits for
    the linker since the last Link was sent. ``may_join``: new files may be missing ones, or there are ``second_roots``;
    the write ``joining`` settles that when all are stored. ``hurried``: the host asked for the end, so the run waits
    for nothing that may never arrive; it can be too late to cancel the run itself. ``over``: the listener has received
    the end. ``to_cut`` are files that are on their way from the linker, by way of the scanner, to be cut again.
    """

    start: StartRun
    ledger: Ledger
    counters: RunCounters
    id: RunId | None = None
    phase: Phase = Phase.STARTING
    state: RunState = RunState.COMPLETED
    held: bool = False
    resting: Callable[[], bool] = lambda: False
    hurried: bool = False
    over: bool = False
    owed: int = 0
    link_due: bool = False
    scan_finished: bool = False
    may_join: bool = False
    second_roots: tuple[tuple[bytes, bytes], ...] = ()
    joining: WriteId | None = None
    refresh: RefreshPlanned | None = None
    analysing_stopped: bool = False
    problems: list[ScanProblem] = field(default_factory=list)
    error: str | None = None
    deferred: tuple[DeferredItems, ...] = ()
    to_cut: set[bytes] = field(default_factory=set)

    @property
    def paused(self) -> bool:
        """Whether the host holds the run, or the importer as a whole rests."""
        return self.held or self.resting()

    @property
    def cancelled(self) -> bool:
        """Whether the run is to end before its work is done."""
        return self.state is RunState.CANCELLED

    @property
    def may_link(self) -> bool:
        """Whether this run links, and is neither paused nor at its end."""
        at_work = self.phase in {Phase.IMPORTING, Phase.LINKING}
        return self.start.link and at_work and not self.paused and not self.cancelled
