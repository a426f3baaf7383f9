"""The session: one run at a time, its ledger and its credits. Every hand-over of a file passes here."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from passagework.actors.accounts import Accounts
from passagework.actors.actor import BaseActor
from passagework.actors.clock import Clock
from passagework.actors.ledger import Entry, Ledger, Stage
from passagework.actors.library_port import LibraryPort
from passagework.actors.messages import (
    ActorRestarted,
    Analyze,
    AnalyzerMessage,
    Cancel,
    CancelJobs,
    CloseRun,
    Committed,
    Credit,
    FileAnalysed,
    FileFound,
    Flush,
    JobEnded,
    JobsCancelled,
    LibraryDegraded,
    LibraryRecovered,
    Link,
    LinkerAdvanced,
    LinkerIdle,
    LinkerMessage,
    OpenRun,
    Pause,
    Rejected,
    Resume,
    RunClosed,
    RunOpened,
    Scan,
    ScanAdvanced,
    ScanFinished,
    ScannerMessage,
    ScanStumbled,
    SessionMessage,
    StartRun,
    StopLinking,
    StopScan,
    Submit,
    SupervisorMessage,
    WorkersUnavailable,
)
from passagework.actors.outstanding import Outstanding
from passagework.actors.port import NobodyThereError, Port
from passagework.actors.scheduler import Scheduler
from passagework.domain.errors import PassageworkError
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.ids import RunId, Token
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.domain.progress import (
    Event,
    FolderSkipped,
    LibraryPaused,
    LibraryResumed,
    Phase,
    Progress,
    RunFinished,
    RunReport,
    RunStarted,
    ScanProblem,
)
from passagework.domain.views import RunState
from passagework.logs import logger
from passagework.persistence.queries import Summary
from passagework.persistence.writes import BeginAttempt, StoreFailure

LIBRARY_RETRY_SECONDS = 0.2


class RunUnderWayError(PassageworkError):
    """An importer does one run at a time; wait for the other one or cancel it."""

    code = "run-under-way"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """``credits`` bounds the files in flight, ``window`` those with the analyzer.

    A file that was in work when the process died ``max_attempts`` times, or on which actors crashed as often, is
    given up.
    """

    credits: int = 128
    window: int = 8
    max_attempts: int = 3


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What a session works with."""

    library: LibraryPort
    scanner: Port[ScannerMessage]
    analyzer: Port[AnalyzerMessage]
    linker: Port[LinkerMessage]
    own_port: Port[SessionMessage]
    outstanding: Outstanding
    clock: Clock
    scheduler: Scheduler
    rules: SessionRules
    analysis: AnalysisRules
    publish: Callable[[Progress], None]


@dataclass(slots=True)
class _Run:
    """The run under way. ``owed`` are credits kept back while the run is paused."""

    order: StartRun
    accounts: Accounts
    id: RunId | None = None
    phase: Phase = Phase.STARTING
    state: RunState = RunState.COMPLETED
    paused: bool = False
    degraded: str | None = None
    owed: int = 0
    scan_finished: bool = False
    jobs_cancelled: bool = False
    problems: tuple[ScanProblem, ...] = ()
    error: str | None = None


class SessionActor(BaseActor[SessionMessage]):
    """Thin shell: the ledger knows what is in flight, this class says what follows from each message."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: SessionParts) -> None:
        super().__init__("session", supervisor)
        self._parts = parts
        self._log = logger("session")
        self._run: _Run | None = None
        self._tokens = itertools.count(1)
        self._ledger = Ledger(parts.rules.window, self._tokens)

    def receive(self, message: SessionMessage) -> None:
        """Handle one message."""
        run = self._run
        if isinstance(message, StartRun):
            self._start(message)
        elif run is not None:
            self._during(run, message)
            if self._run is run:
                self._go_on(run)
            if self._run is run:
                self._publish(run)

    def _start(self, order: StartRun) -> None:
        if self._run is not None:
            raise RunUnderWayError("an import is under way in this importer; wait for it or cancel it")
        self._ledger = Ledger(self._parts.rules.window, self._tokens)
        self._run = _Run(order, Accounts(self._parts.clock.monotonic()))
        self._open(self._run)
        self._publish(self._run)

    def _during(self, run: _Run, message: SessionMessage) -> None:  # noqa: C901, PLR0912 - one line per message
        match message:
            case RunOpened(run_id) if run.id is None:
                self._opened(run, run_id)
            case FileFound() if message.run == run.id:
                self._found(run, message)
            case Committed(tokens):
                self._committed(run, tokens)
            case Rejected(token, failure):
                if (entry := self._ledger.of(token)) is not None:
                    self._finished(run, entry, failure)
            case FileAnalysed():
                if (entry := self._ledger.of(message.token)) is not None:
                    self._ledger.store(entry, message)
            case ScanAdvanced() if message.run == run.id:
                run.accounts.scanned(message)
            case ScanStumbled(run_id, problem) if run_id == run.id:
                run.problems += (problem,)
                self._log.warning("folder-skipped", run=run.id, code=problem.code, detail=problem.detail)
                run.order.emit(FolderSkipped(run_id, problem))
            case ScanFinished(run_id) if run_id == run.id:
                run.scan_finished = True
            case LinkerAdvanced(files):
                run.accounts.linked(files)
            case LinkerIdle(run_id) if run_id == run.id and run.phase is Phase.LINKING:
                self._close(run)
            case Pause():
                run.paused = True
            case Resume():
                run.paused = False
            case Cancel():
                self._cancel(run)
            case WorkersUnavailable(detail):
                run.error = f"no worker process can be started: {detail}"
                self._cancel(run)
            case JobsCancelled():
                run.jobs_cancelled = True
                self._parts.outstanding.add(-self._ledger.abandon({Stage.IN_WORK}))
            case LibraryDegraded(reason):
                run.degraded = reason
                self._emit(run, lambda run_id: LibraryPaused(run_id, reason))
            case LibraryRecovered():
                run.degraded = None
                self._emit(run, LibraryResumed)
            case ActorRestarted():
                self._restarted(run, message)
            case RunClosed(run_id) if run_id == run.id:
                self._report(run)
            case _:
                pass

    # Opening and closing

    def _open(self, run: _Run) -> None:
        order = run.order
        self._parts.library.tell(OpenRun(order.config_hash, order.config_text, order.roots, self._parts.own_port))

    def _opened(self, run: _Run, run_id: RunId) -> None:
        run.id = run_id
        self._log.info("run-started", run=run_id, config=run.order.config_hash)
        run.order.emit(RunStarted(run_id))
        if run.state is RunState.CANCELLED:
            self._close(run)
            return
        run.phase = Phase.IMPORTING
        self._scan(run, run_id)
        if run.order.link:
            self._parts.linker.tell(Link(run_id))

    def _scan(self, run: _Run, run_id: RunId) -> None:
        self._parts.scanner.tell(Scan(run_id, run.order.roots, run.order.retry_failed))
        self._parts.scanner.tell(Credit(run_id, self._parts.rules.credits - len(self._ledger)))

    def _close(self, run: _Run) -> None:
        run.phase = Phase.CLOSING
        if run.id is not None:
            progress = run.accounts.progress
            self._parts.library.tell(
                CloseRun(run.id, run.state, progress.files_seen, progress.files_unchanged, self._parts.own_port)
            )

    def _report(self, run: _Run) -> None:
        """Build the report from what the library says, then end the run."""
        if run.id is None:
            return
        try:
            summary = self._parts.library.query(Summary(run.id))
        except NobodyThereError:
            again = RunClosed(run.id)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(again))
            return
        run.phase = Phase.FINISHED
        self._publish(run)
        self._run = None
        if summary is not None:
            report = RunReport(run.state, summary, run.accounts.progress, run.problems, run.error)
            self._log.info(
                "run-finished", run=run.id, state=run.state, analysed=summary.analysed, failed=len(summary.failed)
            )
            run.order.emit(RunFinished(run.id, report))

    # Files

    def _found(self, run: _Run, found: FileFound) -> None:
        if run.state is RunState.CANCELLED:
            return
        if self._ledger.knows(found.path):
            run.owed += 1
        elif found.suspect:
            self._ledger.set_aside(found)
            run.owed += 1
        else:
            self._begin(self._ledger.admit(found, alone=False))

    def _begin(self, entry: Entry) -> None:
        self._parts.outstanding.add(1)
        self._send_begin(entry)

    def _send_begin(self, entry: Entry) -> None:
        found = entry.found
        write = BeginAttempt(found.run, found.path, found.stamp, entry.alone, found.attempts + 1)
        self._parts.library.store(write, entry.token, self._parts.own_port)

    def _committed(self, run: _Run, tokens: tuple[Token, ...]) -> None:
        stored = False
        for token in tokens:
            entry = self._ledger.of(token)
            if entry is None:
                continue
            if entry.stage is Stage.BEGINNING:
                self._ledger.make_ready(entry)
            else:
                stored = True
                failure = entry.verdict.failure if entry.verdict else entry.outcome.failure if entry.outcome else None
                self._finished(run, entry, failure)
        if stored and run.order.link and run.phase is Phase.IMPORTING and run.id is not None:
            self._parts.linker.tell(Link(run.id))

    def _finished(self, run: _Run, entry: Entry, failure: Failure | None) -> None:
        """Account for an acknowledged file and return its credit."""
        self._ledger.finish(entry)
        self._parts.outstanding.add(-1)
        run.owed += not entry.alone
        run.order.emit(run.accounts.finished(entry.found.run, entry, failure))

    def _give_up(self, entry: Entry, failure: Failure) -> None:
        verdict = StoreFailure(entry.found.run, entry.found.path, entry.found.stamp, failure)
        self._ledger.give_up(entry, verdict)
        self._parts.library.store(verdict, entry.token, self._parts.own_port)

    # What follows

    def _go_on(self, run: _Run) -> None:
        """Do what the state of the run asks for: credits, work, suspects, the next phase."""
        if run.state is RunState.CANCELLED and run.degraded and (run.jobs_cancelled or run.phase is Phase.CLOSING):
            # The library cannot be waited for: what it did not take waits on disk for the next import.
            self._ledger.abandon(Stage)
            self._report(run)
            return
        if run.phase is not Phase.IMPORTING or run.id is None:
            return
        if run.state is RunState.CANCELLED:
            if run.jobs_cancelled and not len(self._ledger):
                self._close(run)
            return
        if run.paused:
            return
        if run.owed:
            self._parts.scanner.tell(Credit(run.id, run.owed))
            run.owed = 0
        while (entry := self._ledger.next_for_work()) is not None:
            job = AnalysisJob(entry.found.path, entry.found.stamp, self._parts.analysis)
            self._parts.analyzer.tell(Analyze(run.id, entry.token, job))
        if run.scan_finished:
            self._next_suspect()
            if not len(self._ledger):
                self._link(run, run.id)

    def _next_suspect(self) -> None:
        found = self._ledger.next_suspect()
        if found is None:
            return
        entry = self._ledger.admit(found, alone=True)
        if found.attempts >= self._parts.rules.max_attempts:
            self._parts.outstanding.add(1)
            self._give_up(entry, Failure(FailureCode.QUARANTINED, f"{found.attempts} attempts"))
        else:
            self._begin(entry)

    def _link(self, run: _Run, run_id: RunId) -> None:
        if run.order.link:
            run.phase = Phase.LINKING
            self._parts.linker.tell(Link(run_id, final=True))
        else:
            self._close(run)

    # Commands

    def _cancel(self, run: _Run) -> None:
        if run.state is RunState.CANCELLED or run.phase in {Phase.CLOSING, Phase.FINISHED}:
            return
        run.state = RunState.CANCELLED
        run.paused = False
        self._parts.scanner.tell(StopScan())
        self._parts.linker.tell(StopLinking())
        if run.phase is Phase.LINKING:
            self._close(run)
            return
        abandoned = self._ledger.abandon({Stage.BEGINNING, Stage.READY})
        self._parts.outstanding.add(-abandoned)
        self._parts.analyzer.tell(CancelJobs())
        self._parts.library.tell(Flush())

    def _restarted(self, run: _Run, news: ActorRestarted) -> None:
        """Send again what the replaced actor had not acknowledged; count the strike against the file in its hands."""
        self._log.error("actor-restarted", run=run.id, name=news.name, error=news.error)
        self._strike(news)
        match news.name:
            case "persistence":
                self._resend_to_library(run)
            case "analyzer":
                for entry in self._ledger:
                    if entry.stage is Stage.IN_WORK:
                        self._ledger.make_ready(entry)
                if run.state is RunState.CANCELLED:
                    self._parts.analyzer.tell(CancelJobs())
            case "scanner" if run.phase is Phase.IMPORTING and run.state is not RunState.CANCELLED and run.id:
                run.owed = 0
                run.scan_finished = False
                self._scan(run, run.id)
            case "linker" if run.order.link and run.id and run.phase in {Phase.IMPORTING, Phase.LINKING}:
                self._parts.linker.tell(Link(run.id, final=run.phase is Phase.LINKING))
            case _:
                pass

    def _strike(self, news: ActorRestarted) -> None:
        match news.message:
            case Analyze(token=token) | JobEnded(token=token):
                entry = self._ledger.of(token)
            case Submit(token=token, reply_to=reply_to) if reply_to is self._parts.own_port:
                entry = self._ledger.of(token)
            case _:
                entry = None
        if entry is None:
            return
        entry.strikes += 1
        if entry.strikes >= self._parts.rules.max_attempts:
            self._give_up(entry, Failure(FailureCode.INTERNAL_ERROR, f"{news.name}: {news.error}"))

    def _resend_to_library(self, run: _Run) -> None:
        if run.id is None:
            self._open(run)
            return
        for entry in self._ledger:
            if entry.stage is Stage.BEGINNING:
                self._send_begin(entry)
            elif entry.stage is Stage.STORING and entry.verdict is not None:
                self._parts.library.store(entry.verdict, entry.token, self._parts.own_port)
            elif entry.stage is Stage.STORING:
                self._ledger.make_ready(entry)
        if run.phase is Phase.CLOSING:
            self._close(run)
        elif run.order.link:
            self._parts.linker.tell(Link(run.id, final=run.phase is Phase.LINKING, library_restarted=True))

    # News

    @staticmethod
    def _emit(run: _Run, make: Callable[[RunId], Event]) -> None:
        if run.id is not None:
            run.order.emit(make(run.id))

    def _publish(self, run: _Run) -> None:
        paused = run.degraded or ("paused" if run.paused else None)
        now = self._parts.clock.monotonic()
        self._parts.publish(run.accounts.snapshot(now, run.phase, len(self._ledger), paused))
