"""The session: one run at a time, its ledger and its credits. Every transition of a file passes here."""

import itertools
from typing import assert_never

from passagework.actors.messages.acknowledgements import (
    Committed,
    FilesChanged,
    LibraryDegraded,
    LibraryRecovered,
    Rejected,
    RunClosed,
    RunOpened,
)
from passagework.actors.messages.session import (
    AnalysingStopped,
    Cancel,
    CutAgain,
    LinkerAdvanced,
    LinkerIdle,
    NotThere,
    Pause,
    RefreshBegins,
    Resume,
    RunCommand,
    RunNews,
    ScanAdvanced,
    ScanFinished,
    ScanHeldBack,
    ScanStumbled,
    SessionMessage,
    StartRun,
    WorkersUnavailable,
)
from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import ActorRestarted, PauseChanged, Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.counters import RunCounters
from passagework.actors.session.endings import Endings
from passagework.actors.session.files import SessionFiles
from passagework.actors.session.ledger import Ledger
from passagework.actors.session.parts import SessionParts
from passagework.actors.session.recovery import Recovery
from passagework.actors.session.reporting import Reporting
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.ids import RunId, WriteId
from passagework.domain.progress import FileUnfinished, LibraryPaused, LibraryResumed, Phase, RunStarted
from passagework.logs import logger


class RunUnderWayError(PassageworkError):
    """An importer does one run at a time; wait for the other one or cancel it."""

    code = "run-under-way"
    exit_code = ExitCode.FAILED


class SessionActor(BaseActor[SessionMessage]):
    """Decides what follows from each message; the ledger knows which files are in flight."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: SessionParts) -> None:
        super().__init__(ActorName.SESSION, supervisor)
        self._parts = parts
        self._log = logger("session")
        self._run: ActiveRun | None = None
        self._degraded: str | None = None
        self._write_ids = itertools.count(1)
        self._commands = SessionCommands(parts)
        self._files = SessionFiles(parts, self._commands)
        self._recovery = Recovery(parts, self._commands, self._files)
        self._reporting = Reporting(parts)
        self._endings = Endings(self._commands, self._reporting)

    def receive(self, message: SessionMessage) -> None:  # noqa: C901, PLR0912 - one case per message
        """Handle one message, then do what the state of the run asks for."""
        run = self._run
        match message:
            case StartRun():
                # Nothing follows here: an error would go to the asking thread and leave a run that no host waits for.
                self._start(message)
                return
            case RunOpened(run_id, request_id):
                self._opened(run, run_id, wanted=run is not None and run.start.request_id == request_id)
            case ActorRestarted():
                self._restarted(run, message)
            case LibraryDegraded() | LibraryRecovered():
                self._library_changed(run, message)
            case Committed() | Rejected():
                if run is not None:
                    self._files.acknowledged(run, message)
                    self._joined(run, message)
            case Pause() | Resume() | Cancel():
                if run is not None and message.request_id == run.start.request_id:
                    self._command(run, message)
            case (
                FileInHand()
                | ScanAdvanced()
                | ScanStumbled()
                | ScanHeldBack()
                | RefreshBegins()
                | ScanFinished()
                | WorkersUnavailable()
                | AnalysingStopped()
                | LinkerAdvanced()
                | CutAgain()
                | NotThere()
                | LinkerIdle()
                | FilesChanged()
                | RunClosed()
            ):
                if run is not None and message.run == run.id:
                    self._advance(run, message.run, message)
            case PauseChanged():
                if run is not None:
                    self._pause_changed(run)
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)
        # After each message, because each may be the one that something waited for.
        self._go_on(message)

    def _start(self, start: StartRun) -> None:
        if self._run is not None:
            raise RunUnderWayError("an import is running in this importer; wait for it or cancel it")
        ledger = Ledger(self._parts.rules.window, self._write_ids)
        self._run = ActiveRun(start, ledger, RunCounters(self._parts.clock.monotonic()), resting=self._parts.resting)
        self._commands.open(self._run)
        self._reporting.publish(self._run, self._degraded)

    def _opened(self, run: ActiveRun | None, run_id: RunId, *, wanted: bool) -> None:
        if run is None or not wanted:
            self._commands.close_unwanted(run_id)
            return
        if run.id is not None:
            # OpenRun was sent twice, because the persistence actor crashed.
            return
        # From here on messages of other actors are accepted: they are about this id.
        run.id = run_id
        self._log.info("run-started", run=run_id, config=run.start.config_hash)
        run.start.listener.emit(RunStarted(run_id))
        if run.cancelled:
            # Cancelled before the library had opened it: nothing was scanned, so there is nothing to stop.
            self._endings.close(run)
            return
        run.phase = Phase.IMPORTING
        run.link_due = True
        self._commands.scan(run, run_id)

    def _command(self, run: ActiveRun, command: RunCommand) -> None:
        match command:
            case Pause():
                if not run.cancelled:
                    run.held = True
                    self._commands.stop_linking()
            case Resume():
                run.held = False
                run.link_due = True
            case Cancel():
                self._endings.cancel(run)
            case _:
                assert_never(command)

    def _pause_changed(self, run: ActiveRun) -> None:
        if run.resting():
            self._commands.stop_linking()
            # What waits in the batch is written now, and not in the middle of the pause.
            self._commands.flush()
        else:
            run.link_due = True

    def _advance(self, run: ActiveRun, run_id: RunId, news: RunNews) -> None:  # noqa: C901, PLR0912 - one case per message
        match news:
            case FileInHand():
                self._files.arrived(run, news)
            case ScanAdvanced():
                run.counters.scanned(news)
            case ScanStumbled(problem=problem):
                self._reporting.skipped(run, run_id, problem)
            case ScanHeldBack(files=files):
                for file in files:
                    run.start.listener.emit(FileUnfinished(run_id, file))
            case RefreshBegins(planned=planned):
                self._reporting.refreshes(run, planned)
            case ScanFinished(may_join=may_join, second_roots=second_roots):
                run.scan_finished = True
                run.may_join = may_join or bool(second_roots)
                run.second_roots = second_roots
            case WorkersUnavailable(detail=detail):
                if not run.cancelled:
                    run.error = f"no worker process could be started: {detail}"
                    self._endings.cancel(run)
            case AnalysingStopped():
                run.analysing_stopped = True
            case LinkerAdvanced():
                self._linked(run, news)
            case CutAgain(files=files_to_cut):
                self._files.cut_again(run, files_to_cut)
            case NotThere(path=path):
                run.to_cut.discard(path)
            case LinkerIdle(deferred=deferred):
                # Idle between two results, or stopped by a pause, is not the end of linking.
                if run.phase is Phase.LINKING and not run.paused:
                    run.deferred = deferred
                    self._endings.close(run)
            case FilesChanged():
                self._reporting.changed(run, news)
            case RunClosed():
                self._reporting.report(run, self._degraded)
            case _:
                assert_never(news)

    @staticmethod
    def _linked(run: ActiveRun, news: LinkerAdvanced) -> None:
        run.counters.linked(news.files)
        for event in news.linked:
            run.start.listener.emit(event)

    def _all_stored(self, run: ActiveRun) -> None:
        """Find out first which new files are missing ones, if there may be any."""
        if not run.may_join:
            self._endings.all_stored(run)
        elif run.joining is None:
            run.joining = WriteId(next(self._write_ids))
            self._commands.join_moved(run)

    def _joined(self, run: ActiveRun, news: Committed | Rejected) -> None:
        done = news.write_ids if isinstance(news, Committed) else (news.write_id,)
        if run.joining in done:
            run.may_join, run.joining = False, None
            run.link_due = True
            self._reporting.joined(run)

    def _restarted(self, run: ActiveRun | None, news: ActorRestarted) -> None:
        self._log.error("actor-restarted", run=run and run.id, name=str(news.name), error=news.error)
        if news.name == ActorName.PERSISTENCE:
            # The new actor reports again if it cannot write.
            self._degraded = None
            self._commands.library_restarted()
        if run is not None:
            self._recovery.restore(run, news)

    def _library_changed(self, run: ActiveRun | None, news: LibraryDegraded | LibraryRecovered) -> None:
        self._degraded = news.reason if isinstance(news, LibraryDegraded) else None
        if run is not None and run.id is not None:
            event = LibraryPaused(run.id, self._degraded) if self._degraded is not None else LibraryResumed(run.id)
            run.start.listener.emit(event)

    def _go_on(self, message: SessionMessage) -> None:
        """Do what the state of the run requires: credits, work, suspects, the next phase, links."""
        run = self._run
        if run is None:
            return
        # The order matters: a hurried run may end here; the last file leads to the next phase, which asks for links;
        # and what is published last is the state after all of it.
        if run.hurried and not run.over:
            self._endings.hurry(run, self._degraded)
        if run.phase is Phase.IMPORTING and run.id is not None and not run.cancelled and not run.paused:
            self._files.hand_out(run)
            if run.scan_finished and not len(run.ledger) and not run.to_cut:
                self._all_stored(run)
        if run.link_due:
            self._commands.link(run)
        if run.over:
            self._run = None
        elif not isinstance(message, FileInHand):
            # A file on its way changes no count: what is committed does, and its acknowledgement follows.
            self._reporting.publish(run, self._degraded)
