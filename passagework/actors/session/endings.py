"""The ends of a run: all work is done, it is cancelled, or the library cannot be written."""

from passagework.actors.pipeline import Stage
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.reporting import Reporting
from passagework.domain.progress import Phase
from passagework.domain.views import RunState


class Endings:
    """Takes a run from its last file, or from an earlier stage, to its report."""

    def __init__(self, commands: SessionCommands, reporting: Reporting) -> None:
        self._commands = commands
        self._reporting = reporting

    def all_stored(self, run: ActiveRun) -> None:
        """Continue when the scan has ended and the last file is in the library: link, or close the run."""
        if run.start.link:
            run.phase = Phase.LINKING
            run.link_due = True
        else:
            self.close(run)

    def close(self, run: ActiveRun) -> None:
        """Ask the library to close the run; the report follows."""
        run.phase = Phase.CLOSING
        self._commands.close(run)

    def cancel(self, run: ActiveRun) -> None:
        """Cancel the run, as far as it still can be."""
        run.hurried = True
        if run.cancelled or run.phase in {Phase.CLOSING, Phase.FINISHED}:
            return
        run.state = RunState.CANCELLED
        run.held = False
        self._commands.stop_scan()
        self._commands.stop_linking()
        # There are three cases. Not opened yet: the run is closed as soon as it opens. Files in work: the work is
        # stopped, and the run waits for results that were already sent. Linking: what is decided is in the library.
        if run.phase is Phase.LINKING:
            self.close(run)
        elif run.id is not None:
            self._commands.stop_analysing(run.id)
            self._commands.flush()

    def hurry(self, run: ActiveRun, degraded: str | None) -> None:
        """Wait for results that were sent to the library, but not for a library that takes no writes.

        The next import analyses again what is not stored now.
        """
        if run.phase is Phase.STARTING and degraded is not None:
            self._reporting.end_without_report(run, degraded)
        if run.phase is Phase.IMPORTING:
            # These have no result yet. What is in work may still have one, until the analyzer says that all is stopped;
            # what is being stored is waited for, unless the library cannot store it.
            run.ledger.abandon({Stage.BEGINNING, Stage.READY})
            if run.analysing_stopped:
                run.ledger.abandon(set(Stage) if degraded is not None else {Stage.IN_WORK})
                if not len(run.ledger):
                    self.close(run)
        if run.phase is Phase.CLOSING and degraded is not None:
            self._reporting.report(run, degraded)
