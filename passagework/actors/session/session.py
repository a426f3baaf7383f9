"""The session: one run at a time, its ledger and its credits. Every hand-over of a file passes here."""

import itertools
from collections.abc import Callable

from passagework.actors.messages.library import (
    Committed,
    Flush,
    LibraryDegraded,
    LibraryRecovered,
    LibraryRestarted,
    NothingToCome,
    Rejected,
    RunClosed,
    RunOpened,
)
from passagework.actors.messages.linker import StopLinking
from passagework.actors.messages.scanner import StopScan
from passagework.actors.messages.session import (
    Cancel,
    FileAnalysed,
    FileFound,
    JobsCancelled,
    LinkerAdvanced,
    LinkerIdle,
    Pause,
    Resume,
    ScanAdvanced,
    ScanFinished,
    ScanStumbled,
    SessionMessage,
    StartRun,
    WorkersUnavailable,
)
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import ActorRestarted, SupervisorMessage
from passagework.actors.runtime.port import Port
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.counters import RunCounters
from passagework.actors.session.files import SessionFiles
from passagework.actors.session.ledger import Ledger, Stage
from passagework.actors.session.parts import SessionParts
from passagework.actors.session.recovery import Recovery
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS
from passagework.domain.errors import LibraryError, PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.files import display_path
from passagework.domain.ids import RunId
from passagework.domain.progress import (
    Event,
    FolderSkipped,
    LibraryPaused,
    LibraryResumed,
    Phase,
    RunFinished,
    RunReport,
    RunStarted,
    ScanProblem,
)
from passagework.domain.views import RunState
from passagework.logs import logger
from passagework.persistence.read.queries import Summary


class RunUnderWayError(PassageworkError):
    """An importer does one run at a time; wait for the other one or cancel it."""

    code = "run-under-way"
    exit_code = ExitCode.FAILED


class SessionActor(BaseActor[SessionMessage]):
    """Thin shell: the ledger knows what is in flight, this class says what follows from each message."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: SessionParts) -> None:
        super().__init__("session", supervisor)
        self._parts = parts
        self._log = logger("session")
        self._run: ActiveRun | None = None
        self._degraded: str | None = None
        self._write_ids = itertools.count(1)
        self._commands = SessionCommands(parts)
        self._files = SessionFiles(parts, self._commands)
        self._recovery = Recovery(parts, self._commands)

    def receive(self, message: SessionMessage) -> None:
        """Handle one message: what concerns the importer as a whole, then what concerns the run under way."""
        run = self._run
        match message:
            case StartRun():
                self._start(message)
                return
            case RunOpened(run_id, request_id) if run is None or request_id != run.order.request_id:
                self._commands.close_unwanted(run_id)
                return
            case LibraryDegraded(reason):
                self._degraded = reason
            case LibraryRecovered():
                self._degraded = None
            case ActorRestarted():
                self._restarted(run, message)
            case _:
                pass
        if run is not None:
            self._during(run, message)
            if self._run is run:
                self._go_on(run)
            if self._run is run:
                self._publish(run)

    def _start(self, order: StartRun) -> None:
        if self._run is not None:
            raise RunUnderWayError("an import is under way in this importer; wait for it or cancel it")
        ledger = Ledger(self._parts.rules.window, self._write_ids)
        self._run = ActiveRun(order, ledger, RunCounters(self._parts.clock.monotonic()))
        self._commands.open(self._run)
        self._publish(self._run)

    def _during(self, run: ActiveRun, message: SessionMessage) -> None:  # noqa: C901, PLR0912 - one line per message
        match message:
            case RunOpened(run_id) if run.id is None:
                self._opened(run, run_id)
            case FileFound() if message.run == run.id:
                self._files.found(run, message)
            case FileAnalysed():
                self._files.analysed(run, message)
            case Committed(write_ids):
                if self._files.committed(run, write_ids) and run.phase is Phase.IMPORTING:
                    self._commands.link(run)
            case Rejected(write_id, failure):
                self._files.rejected(run, write_id, failure)
            case ScanAdvanced() if message.run == run.id:
                run.counters.scanned(message)
            case ScanStumbled(run_id, problem) if run_id == run.id:
                self._stumbled(run, run_id, problem)
            case ScanFinished(run_id) if run_id == run.id:
                run.scan_finished = True
            case LinkerAdvanced(files):
                run.counters.linked(files)
            case LinkerIdle(run_id, put_off) if run_id == run.id and run.phase is Phase.LINKING and not run.paused:
                run.put_off = put_off
                self._close(run)
            case Pause(request_id) if request_id == run.order.request_id and not run.cancelled:
                run.paused = True
                self._parts.linker.tell(StopLinking())
            case Resume(request_id) if request_id == run.order.request_id:
                run.paused = False
                self._commands.link(run)
            case Cancel(request_id) if request_id == run.order.request_id:
                self._cancel(run)
            case WorkersUnavailable(run_id, detail) if run_id == run.id and not run.cancelled:
                run.error = f"no worker can be had: {detail}"
                self._cancel(run)
            case JobsCancelled(run_id) if run_id == run.id and run.cancelled:
                run.jobs_cancelled = True
            case LibraryDegraded(reason):
                self._emit(run, lambda run_id: LibraryPaused(run_id, reason))
            case LibraryRecovered():
                self._emit(run, LibraryResumed)
            case RunClosed(run_id) if run_id == run.id:
                self._report(run)
            case _:
                pass

    # Opening and closing

    def _opened(self, run: ActiveRun, run_id: RunId) -> None:
        run.id = run_id
        self._log.info("run-started", run=run_id, config=run.order.config_hash)
        run.order.listener.emit(RunStarted(run_id))
        if run.cancelled:
            self._close(run)
            return
        run.phase = Phase.IMPORTING
        self._commands.scan(run, run_id)
        self._commands.link(run)

    def _close(self, run: ActiveRun) -> None:
        run.phase = Phase.CLOSING
        self._commands.close(run)

    def _report(self, run: ActiveRun) -> None:
        """Build the report from what the library says, then end the run."""
        if run.id is None:
            return
        try:
            summary = self._parts.library.query(Summary(run.id))
        except LIBRARY_AWAY:
            if run.hurried and self._degraded is not None:
                self._end_without_report(run, self._degraded)
                return
            again = RunClosed(run.id)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(again))
            return
        if summary is None:
            self._end_without_report(run, f"the library does not know run {run.id} any more")
            return
        run.phase = Phase.FINISHED
        self._publish(run)
        self._run = None
        report = RunReport(run.state, summary, run.counters.progress, tuple(run.problems), run.error, run.put_off)
        self._log.info(
            "run-finished", run=run.id, state=report.ending, analysed=summary.analysed, failed=len(summary.failed)
        )
        run.order.listener.emit(RunFinished(run.id, report))

    def _end_without_report(self, run: ActiveRun, reason: str) -> None:
        self._run = None
        run.order.listener.fail(LibraryError(reason))

    def _stumbled(self, run: ActiveRun, run_id: RunId, problem: ScanProblem) -> None:
        run.problems.append(problem)
        folder = display_path(problem.path)
        self._log.warning("folder-skipped", run=run_id, folder=folder, code=problem.code, detail=problem.detail)
        run.order.listener.emit(FolderSkipped(run_id, problem))

    # What follows

    def _go_on(self, run: ActiveRun) -> None:
        """Do what the state of the run asks for: credits, work, suspects, the next phase."""
        if run.hurried:
            self._hurry(run)
        if run.phase is not Phase.IMPORTING or run.id is None or run.cancelled or run.paused:
            return
        self._files.hand_out(run)
        if run.scan_finished and len(run.ledger):
            # The gauge falls after an acknowledgement: the last batch may have looked incomplete to the library.
            self._parts.library.tell(NothingToCome())
        elif run.scan_finished:
            self._link(run)

    def _link(self, run: ActiveRun) -> None:
        if run.order.link:
            run.phase = Phase.LINKING
            self._commands.link(run)
        else:
            self._close(run)

    # The end before the end

    def _cancel(self, run: ActiveRun) -> None:
        run.hurried = True
        if run.cancelled or run.phase in {Phase.CLOSING, Phase.FINISHED}:
            return
        run.state = RunState.CANCELLED
        run.paused = False
        self._parts.scanner.tell(StopScan())
        self._parts.linker.tell(StopLinking())
        if run.phase is Phase.LINKING:
            self._close(run)
        elif run.id is not None:
            self._commands.cancel_jobs(run.id)
            self._parts.library.tell(Flush())

    def _hurry(self, run: ActiveRun) -> None:
        """Wait for results that are on their way to the library, but not for a library that takes none.

        What it does not take now waits on disk for the next import.
        """
        if run.phase is Phase.STARTING and self._degraded is not None:
            self._end_without_report(run, self._degraded)
        if run.phase is Phase.IMPORTING:
            self._files.abandon(run, {Stage.BEGINNING, Stage.READY})
            if run.jobs_cancelled:
                self._files.abandon(run, set(Stage) if self._degraded is not None else {Stage.IN_WORK})
                if not len(run.ledger):
                    self._close(run)
        if run.phase is Phase.CLOSING and self._degraded is not None:
            self._report(run)

    # News

    def _restarted(self, run: ActiveRun | None, news: ActorRestarted) -> None:
        self._log.error("actor-restarted", run=run and run.id, name=news.name, error=news.error)
        if news.name == "persistence":
            self._degraded = None
            self._parts.scanner.tell(LibraryRestarted())
            self._parts.linker.tell(LibraryRestarted())
        if run is not None:
            self._recovery.restore(run, news)

    @staticmethod
    def _emit(run: ActiveRun, make: Callable[[RunId], Event]) -> None:
        if run.id is not None:
            run.order.listener.emit(make(run.id))

    def _publish(self, run: ActiveRun) -> None:
        paused = self._degraded or ("paused" if run.paused else None)
        now = self._parts.clock.monotonic()
        run.order.listener.advance(run.counters.snapshot(now, run.phase, len(run.ledger), paused))
