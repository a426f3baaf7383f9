"""What a session tells the others: each command in one place, whether it is given for the first time or again."""

from typing import assert_never

from passagework.actors.messages.acknowledgements import LibraryRestarted
from passagework.actors.messages.analyzer import StopAnalysing
from passagework.actors.messages.library import CloseRun, Flush, OpenRun
from passagework.actors.messages.linker import GatewayRestarted, Link, StopLinking
from passagework.actors.messages.scanner import Credit, Scan, StopScan
from passagework.actors.pipeline import FileInHand, Stage
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.parts import SessionParts
from passagework.domain.failures import Failure
from passagework.domain.ids import RunId
from passagework.domain.progress import Phase
from passagework.domain.views import RunState
from passagework.persistence.write.writes import BeginAttempt, StoreFailure


class SessionCommands:
    """Commands library, scanner, analyzer and linker. Every command may be given twice."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts

    # Runs

    def open(self, run: ActiveRun) -> None:
        """Have the run opened in the library."""
        start = run.start
        self._parts.library.tell(
            OpenRun(start.request_id, start.config_hash, start.config_text, start.roots, self._parts.own_port)
        )

    def close(self, run: ActiveRun) -> None:
        """Have the run closed in the library, behind everything that was sent there for it."""
        if run.id is not None:
            scan = run.counters.scan
            self._parts.library.tell(
                CloseRun(run.id, run.state, scan.files_seen, scan.files_unchanged, self._parts.own_port)
            )

    def close_unwanted(self, run_id: RunId) -> None:
        """Have a run closed that was opened after everybody had stopped waiting for it."""
        self._parts.library.tell(CloseRun(run_id, RunState.CANCELLED, 0, 0, self._parts.own_port))

    def flush(self) -> None:
        """Have the batch written now."""
        self._parts.library.tell(Flush())

    # The scan

    def scan(self, run: ActiveRun, run_id: RunId) -> None:
        """Have the roots scanned from their beginning, under all credits that no file holds."""
        self._parts.scanner.tell(Scan(run_id, run.start.roots, run.start.retry_failed, run.start.reanalyze))
        self._parts.scanner.tell(Credit(run_id, self._parts.rules.credits - len(run.ledger)))

    def return_credits(self, run: ActiveRun) -> None:
        """Return the scanner the credits that it gets back."""
        if run.owed and run.id is not None:
            self._parts.scanner.tell(Credit(run.id, run.owed))
            run.owed = 0

    def stop_scan(self) -> None:
        """Have no more files emitted."""
        self._parts.scanner.tell(StopScan())

    # Files

    def send(self, file: FileInHand) -> None:
        """Send what the stage of the file asks for."""
        match file.stage:
            case Stage.BEGINNING:
                self.begin(file)
            case Stage.IN_WORK:
                self.analyze(file)
            case Stage.STORING:
                # The session itself stores failures only; a result goes from the analyzer to the library.
                if file.failure is not None:
                    self.store_failure(file, file.failure)
            case Stage.FOUND | Stage.READY:
                """The session handles it; no message is sent."""
            case _:
                assert_never(file.stage)

    def begin(self, file: FileInHand) -> None:
        """Have the attempt on a file made durable."""
        # Not the number of the attempt that is logged: a strike of an actor is no attempt that the library counts.
        number = file.earlier_attempts + 1
        write = BeginAttempt(file.run, file.path, file.stamp, file.alone, number)
        self._parts.library.store(write, file.write_id, self._parts.own_port)

    def analyze(self, file: FileInHand) -> None:
        """Have a file analysed whose attempt is durable."""
        self._parts.analyzer.tell(file)

    def store_failure(self, file: FileInHand, failure: Failure) -> None:
        """Have a failure stored without any more work on the file."""
        write = StoreFailure(file.run, file.path, file.stamp, failure)
        self._parts.library.store(write, file.write_id, self._parts.own_port)

    def stop_analysing(self, run_id: RunId) -> None:
        """Have all work on files stopped."""
        self._parts.analyzer.tell(StopAnalysing(run_id))

    # Links

    def link(self, run: ActiveRun) -> None:
        """Have what waits in the library linked, if it is time for it: see ``ActiveRun.may_link``."""
        if run.id is not None and run.may_link:
            self._parts.linker.tell(Link(run.id, final=run.phase is Phase.LINKING))
        run.link_due = False

    def stop_linking(self) -> None:
        """Have no more work pulled."""
        self._parts.linker.tell(StopLinking())

    # After a crash

    def library_restarted(self) -> None:
        """Tell those who keep what they sent to the library."""
        self._parts.scanner.tell(LibraryRestarted())
        self._parts.linker.tell(LibraryRestarted())

    def gateway_restarted(self) -> None:
        """Tell the linker, which asked it something."""
        self._parts.linker.tell(GatewayRestarted())
