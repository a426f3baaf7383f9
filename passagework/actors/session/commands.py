"""What a session tells the others: each order in one place, whether it is given for the first time or again."""

from passagework.actors.messages.analyzer import Analyze, CancelJobs
from passagework.actors.messages.library import CloseRun, OpenRun
from passagework.actors.messages.linker import Link
from passagework.actors.messages.scanner import Credit, Scan
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.ledger import Entry
from passagework.actors.session.parts import SessionParts
from passagework.domain.failures import Failure
from passagework.domain.ids import RunId
from passagework.domain.jobs import AnalysisJob
from passagework.domain.progress import Phase
from passagework.domain.views import RunState
from passagework.persistence.write.writes import BeginAttempt, StoreFailure


class SessionCommands:
    """Gives orders to library, scanner, analyzer and linker. Every order may be given twice."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts

    def open(self, run: ActiveRun) -> None:
        """Have the run opened in the library."""
        order = run.order
        self._parts.library.tell(
            OpenRun(order.request_id, order.config_hash, order.config_text, order.roots, self._parts.own_port)
        )

    def close(self, run: ActiveRun) -> None:
        """Have the run closed in the library, behind everything that was sent there for it."""
        if run.id is not None:
            progress = run.counters.progress
            self._parts.library.tell(
                CloseRun(run.id, run.state, progress.files_seen, progress.files_unchanged, self._parts.own_port)
            )

    def close_unwanted(self, run_id: RunId) -> None:
        """Have a run closed that was opened after everybody had stopped waiting for it."""
        self._parts.library.tell(CloseRun(run_id, RunState.CANCELLED, 0, 0, self._parts.own_port))

    def scan(self, run: ActiveRun, run_id: RunId) -> None:
        """Have the roots scanned from their beginning, under all credits that no file holds."""
        self._parts.scanner.tell(Scan(run_id, run.order.roots, run.order.retry_failed, run.order.reanalyze))
        self._parts.scanner.tell(Credit(run_id, self._parts.rules.credits - len(run.ledger)))

    def begin(self, entry: Entry) -> None:
        """Have the attempt on a file made durable."""
        found = entry.found
        write = BeginAttempt(found.run, found.path, found.stamp, entry.alone, found.attempts + 1)
        self._parts.library.store(write, entry.write_id, self._parts.own_port)

    def analyze(self, entry: Entry) -> None:
        """Have a file analysed whose attempt is durable."""
        job = AnalysisJob(entry.found.path, entry.found.stamp, self._parts.analysis)
        self._parts.analyzer.tell(Analyze(entry.found.run, entry.write_id, job))

    def cancel_jobs(self, run_id: RunId) -> None:
        """Have all work on files stopped."""
        self._parts.analyzer.tell(CancelJobs(run_id))

    def give_up(self, run: ActiveRun, entry: Entry, failure: Failure) -> None:
        """Have a failure stored for a file without any more work on it."""
        verdict = StoreFailure(entry.found.run, entry.found.path, entry.found.stamp, failure)
        run.ledger.give_up(entry, verdict)
        self._parts.library.store(verdict, entry.write_id, self._parts.own_port)

    def link(self, run: ActiveRun) -> None:
        """Have what waits in the library linked, if this run links, and has not been paused or come to its end."""
        if run.order.link and run.id is not None and not run.paused and not run.cancelled:
            if run.phase is Phase.IMPORTING:
                self._parts.linker.tell(Link(run.id))
            elif run.phase is Phase.LINKING:
                self._parts.linker.tell(Link(run.id, final=True))
