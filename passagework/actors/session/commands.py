"""The commands of a session to other actors: each in one place, for the first time and for repetitions."""

from typing import assert_never

from passagework.actors.messages.acknowledgements import LibraryRestarted
from passagework.actors.messages.analyzer import StopAnalysing
from passagework.actors.messages.library import CloseRun, Flush, OpenRun
from passagework.actors.messages.linker import GatewayRestarted, Link, StopLinking
from passagework.actors.messages.scanner import Credit, EmitAgain, Scan, StopScan
from passagework.actors.pipeline import FileInHand, Stage
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.parts import SessionParts
from passagework.domain.failures import Failure
from passagework.domain.ids import RunId
from passagework.domain.progress import Phase
from passagework.domain.views import RunState
from passagework.persistence.write.writes import BeginAttempt, JoinMoved, StoreFailure


class SessionCommands:
    """Commands library, scanner, analyzer and linker. Every command may be given twice."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts

    # Runs

    def open(self, run: ActiveRun) -> None:
        """Ask the library to open the run."""
        start = run.start
        self._parts.library.tell(
            OpenRun(start.request_id, start.config_hash, start.config_text, start.roots, self._parts.own_port)
        )

    def close(self, run: ActiveRun) -> None:
        """Ask the library to close the run, after everything that was sent for it."""
        if run.id is not None:
            scan = run.counters.scan
            self._parts.library.tell(
                CloseRun(run.id, run.state, scan.files_seen, run.counters.unchanged, self._parts.own_port)
            )

    def close_unwanted(self, run_id: RunId) -> None:
        """Ask the library to close a run that was opened too late: nothing waits for it any more."""
        self._parts.library.tell(CloseRun(run_id, RunState.CANCELLED, 0, 0, self._parts.own_port))

    def flush(self) -> None:
        """Ask the library to write the batch now."""
        self._parts.library.tell(Flush())

    # The scan

    def scan(self, run: ActiveRun, run_id: RunId) -> None:
        """Ask the scanner to scan the roots from the beginning, with all credits that no file holds."""
        # First the scan, which resets the scanner: a credit that came before it would be lost.
        start = run.start
        self._parts.scanner.tell(Scan(run_id, start.roots, start.retry_failed, start.reanalyze, start.scope))
        self._parts.scanner.tell(Credit(run_id, self._parts.rules.credits - len(run.ledger)))

    def return_credits(self, run: ActiveRun) -> None:
        """Return the owed credits to the scanner."""
        if run.owed and run.id is not None:
            self._parts.scanner.tell(Credit(run.id, run.owed))
            run.owed = 0

    def stop_scan(self) -> None:
        """Ask the scanner to emit no more files."""
        self._parts.scanner.tell(StopScan())

    # Files

    def emit_again(self, file: FileInHand) -> None:
        """Ask the scanner for what a sheet says about a file to be cut again; it comes as a file that was found."""
        self._parts.scanner.tell(EmitAgain(file))

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
        """Ask the library to make the attempt on a file durable."""
        # The logged attempt differs: the library does not count a crash of an actor as an attempt.
        number = file.earlier_attempts + 1
        write = BeginAttempt(file.run, file.path, file.stamp, file.alone, number)
        self._parts.library.store(write, file.write_id, self._parts.own_port)

    def analyze(self, file: FileInHand) -> None:
        """Send a file whose attempt is durable to the analyzer."""
        self._parts.analyzer.tell(file)

    def store_failure(self, file: FileInHand, failure: Failure) -> None:
        """Store a failure without further work on the file."""
        write = StoreFailure(file.run, file.path, file.stamp, failure)
        self._parts.library.store(write, file.write_id, self._parts.own_port)

    def stop_analysing(self, run_id: RunId) -> None:
        """Ask the analyzer to stop all work."""
        self._parts.analyzer.tell(StopAnalysing(run_id))

    def join_moved(self, run: ActiveRun) -> None:
        """Ask the library to take new files for missing ones with the same audio, and to store second names."""
        if run.id is not None and run.joining is not None:
            self._parts.library.store(JoinMoved(run.id, run.second_roots), run.joining, self._parts.own_port)

    # Links

    def link(self, run: ActiveRun) -> None:
        """Ask the linker to link what waits in the library, if the run may link: see ``ActiveRun.may_link``."""
        if run.id is not None and run.may_link:
            self._parts.linker.tell(Link(run.id, final=run.phase is Phase.LINKING))
        run.link_due = False

    def stop_linking(self) -> None:
        """Ask the linker to pull no more work."""
        self._parts.linker.tell(StopLinking())

    # After a crash

    def library_restarted(self) -> None:
        """Tell the actors that keep unacknowledged writes."""
        self._parts.scanner.tell(LibraryRestarted())
        self._parts.linker.tell(LibraryRestarted())

    def gateway_restarted(self) -> None:
        """Tell the linker, whose questions may be lost."""
        self._parts.linker.tell(GatewayRestarted())
