"""After an actor was replaced: what is sent again, and which file gets a strike."""

from typing import assert_never

from passagework.actors.messages.analyzer import JobEnded
from passagework.actors.messages.library import Submit
from passagework.actors.pipeline import PIPELINE, AfterCrash, FileInHand
from passagework.actors.runtime.messages import ActorRestarted
from passagework.actors.runtime.names import ActorName
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.files import SessionFiles
from passagework.actors.session.parts import SessionParts
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.progress import Phase


class Recovery:
    """Sends unacknowledged messages of the replaced actor again, and counts a strike for its current file."""

    def __init__(self, parts: SessionParts, commands: SessionCommands, files: SessionFiles) -> None:
        self._parts = parts
        self._commands = commands
        self._files = files

    def restore(self, run: ActiveRun, news: ActorRestarted) -> None:
        """Restore a run to where it was."""
        # The strike comes first: a file that is given up because of it was already sent to the library.
        given_up = self._strike(run, news)
        for file in run.ledger:
            step = PIPELINE[file.stage]
            if step.holder == news.name and file.path != given_up:
                self._redo(run, file, step.after_crash)
        match news.name:
            case ActorName.PERSISTENCE:
                self._runs_again(run)
                run.link_due = True
            case ActorName.ANALYZER:
                # StopAnalysing may have been lost together with the jobs.
                if run.cancelled and run.id is not None:
                    self._commands.stop_analysing(run.id)
            case ActorName.SCANNER:
                self._scan_again(run)
            case ActorName.LINKER:
                run.link_due = True
            case ActorName.ACOUSTID | ActorName.MUSICBRAINZ:
                self._commands.gateway_restarted()
            case ActorName.SESSION | ActorName.SUPERVISOR:
                """They are not replaced: their failure ends the run."""
            case _:
                assert_never(news.name)

    def _redo(self, run: ActiveRun, file: FileInHand, what: AfterCrash) -> None:
        match what:
            case AfterCrash.SEND_AGAIN:
                self._commands.send(file)
            case AfterCrash.ANALYSE_AGAIN:
                run.ledger.make_ready(file)
            case AfterCrash.SEND_FAILURE_OR_ANALYSE_AGAIN:
                if file.failure is None:
                    run.ledger.make_ready(file)
                else:
                    self._commands.send(file)
            case AfterCrash.NOTHING:
                """Only the session has it."""
            case _:
                assert_never(what)

    def _runs_again(self, run: ActiveRun) -> None:
        # There are two requests that may be lost: to open the run, and to close it.
        self._commands.join_moved(run)
        if run.id is None:
            self._commands.open(run)
        elif run.phase is Phase.CLOSING:
            self._commands.close(run)

    def _scan_again(self, run: ActiveRun) -> None:
        if run.phase is Phase.IMPORTING and run.id is not None and not run.cancelled:
            # The new scan gets all credits that no file holds, so owed ones would count twice.
            run.owed = 0
            run.scan_finished = False
            # The library says that these are to be cut again, so the scan finds them.
            run.to_cut.clear()
            self._commands.scan(run, run.id)

    def _strike(self, run: ActiveRun, news: ActorRestarted) -> bytes | None:
        """Count a strike for the file that the actor worked on; return its path if it is given up."""
        file = self._in_hand(run, news.message)
        if file is None:
            return None
        file = run.ledger.strike(file)
        if file.strikes < self._parts.rules.max_attempts:
            return None
        self._files.give_up(run, file, Failure(FailureCode.INTERNAL_ERROR, f"{news.name}: {news.error}"))
        return file.path

    def _in_hand(self, run: ActiveRun, message: object) -> FileInHand | None:
        """Return the file that the failed actor worked on; None if its message was about no single file."""
        match message:
            case FileInHand(write_id=write_id) | JobEnded(FileInHand(write_id=write_id)):
                return run.ledger.of(write_id)
            case Submit(write_id=write_id, reply_to=reply_to) if reply_to is self._parts.own_port:
                return run.ledger.of(write_id)
            case _:
                return None
