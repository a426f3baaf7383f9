"""What the listener of a run receives: progress, events, the report. Plain, no threads."""

from passagework.actors.messages.acknowledgements import FilesChanged, RunClosed
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.parts import SessionParts
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS
from passagework.domain.change_events import event_of
from passagework.domain.errors import LibraryError
from passagework.domain.files import display_path
from passagework.domain.ids import RunId
from passagework.domain.progress import (
    FolderSkipped,
    Phase,
    RefreshPlanned,
    RunFinished,
    RunReport,
    ScanProblem,
    ScanProblemCode,
)
from passagework.domain.views import Stale
from passagework.logs import logger
from passagework.persistence.read.queries import AmbiguousMoves, StaleParts, Summary


class Reporting:
    """Calls the listener, in the session's thread. Its methods return at once, and so must the listener's."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts
        self._log = logger("session")

    def publish(self, run: ActiveRun, degraded: str | None) -> None:
        """Report the progress of the run; ``degraded`` says why the library cannot be written, None: it can."""
        resting = "the importer is paused" if run.resting() else "paused"
        paused = degraded or (resting if run.paused else None)
        now = self._parts.clock.monotonic()
        run.start.listener.advance(run.counters.snapshot(now, run.phase, len(run.ledger), paused, run.refresh))

    def skipped(self, run: ActiveRun, run_id: RunId, problem: ScanProblem) -> None:
        """Report that a root or folder could not be scanned."""
        run.problems.append(problem)
        folder = display_path(problem.path)
        self._log.warning("folder-skipped", run=run_id, folder=folder, code=problem.code, detail=problem.detail)
        run.start.listener.emit(FolderSkipped(run_id, problem))

    @staticmethod
    def changed(run: ActiveRun, news: FilesChanged) -> None:
        """Report changes of known files."""
        for change in news.changes:
            if (event := event_of(news.run, change)) is not None:
                run.start.listener.emit(event)

    @staticmethod
    def refreshes(run: ActiveRun, planned: RefreshPlanned) -> None:
        """Report what is done again of files that have not changed; once, although a scan may start again."""
        if run.refresh is None:
            run.refresh = planned
            run.start.listener.emit(planned)

    def joined(self, run: ActiveRun) -> None:
        """Report new files that may be missing ones, where it is not clear which."""
        if run.id is None:
            return
        try:
            ambiguous = self._parts.library.query(AmbiguousMoves(run.id))
        except LIBRARY_AWAY:
            return
        gone_of: dict[bytes, list[str]] = {}
        for new, gone in ambiguous:
            gone_of.setdefault(new, []).append(display_path(gone))
        for new, gone_ones in gone_of.items():
            alone = len(gone_ones) == 1
            detail = f"{'it or another new file' if alone else 'it'} may have been {' or '.join(gone_ones)}"
            self.skipped(run, run.id, ScanProblem(ScanProblemCode.MOVE_AMBIGUOUS, new, detail))

    def report(self, run: ActiveRun, degraded: str | None) -> None:
        """Build the report from what the library says, and end the run with it."""
        if run.id is None:
            return
        try:
            summary = self._parts.library.query(Summary(run.id))
            stale = self._stale()
        except LIBRARY_AWAY:
            if run.hurried and degraded is not None:
                self.end_without_report(run, degraded)
                return
            # The library is being restarted: ask again, as if it had closed the run a moment later.
            again = RunClosed(run.id)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(again))
            return
        if summary is None:
            self.end_without_report(run, f"the library does not know run {run.id} any more")
            return
        run.phase = Phase.FINISHED
        self.publish(run, degraded)
        report = RunReport(
            run.state, summary, run.counters.progress, tuple(run.problems), run.error, run.deferred, stale
        )
        self._log.info(
            "run-finished",
            run=run.id,
            state=report.ending,
            analysed=summary.analysed,
            tags_read=summary.tags_read,
            failed=len(summary.failed),
        )
        run.over = True
        run.start.listener.emit(RunFinished(run.id, report))

    def _stale(self) -> Stale:
        wanted = self._parts.refresh.now
        return Stale() if wanted is None else self._parts.library.query(StaleParts(wanted))

    @staticmethod
    def end_without_report(run: ActiveRun, reason: str) -> None:
        """End the run with an error."""
        run.over = True
        run.start.listener.fail(LibraryError(reason))
