"""The way of files through the session: found, begun, handed out, acknowledged. Each state change is logged here."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, Rejected
from passagework.actors.pipeline import FileInHand, Stage
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.parts import SessionParts
from passagework.domain.change_events import FileAdded, FileFailed
from passagework.domain.changes import StoredFile
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import display_path
from passagework.domain.ids import Guid, WriteId
from passagework.domain.progress import FileLinked, Phase
from passagework.logs import logger


class SessionFiles:
    """Moves the files of a run through its ledger."""

    def __init__(self, parts: SessionParts, commands: SessionCommands) -> None:
        self._parts = parts
        self._commands = commands
        self._log = logger("session")

    def arrived(self, run: ActiveRun, file: FileInHand) -> None:
        """Take a file from the scanner, or back from the analyzer."""
        match file.stage:
            case Stage.FOUND:
                self._found(run, file)
            case Stage.STORING:
                # None: the session gave the file up, or sent it again to another analyzer.
                if run.ledger.of(file.write_id) is not None:
                    run.ledger.store(file)
            case Stage.BEGINNING | Stage.READY | Stage.IN_WORK:
                raise ValueError(f"no actor sends the session a file that is {file.stage.name}")
            case _:
                assert_never(file.stage)

    def acknowledged(self, run: ActiveRun, news: Acknowledgement) -> None:
        """Take acknowledgements of the library: of attempts, of results, and stale ones."""
        match news:
            case Committed(write_ids, linked, results):
                passages, files = dict(linked), dict(results)
                for write_id in write_ids:
                    self._committed(run, write_id, passages.get(write_id, ()), files.get(write_id))
            case Rejected(write_id, failure, result):
                # The library has stored this failure in place of what it rejected.
                if (file := run.ledger.of(write_id)) is not None:
                    self._finished(run, file, result, failure)
            case _:
                assert_never(news)

    def hand_out(self, run: ActiveRun) -> None:
        """Return credits, and send files as far as the analyzer's window allows; suspects when all else is done."""
        # The credits first: the scanner looks for more while the files below are handed out.
        self._commands.return_credits(run)
        if self._parts.window is not None:
            run.ledger.window = self._parts.window()
        if run.refresh is not None and run.refresh.one_at_a_time:
            run.ledger.window = 1
        while (file := run.ledger.next_for_work()) is not None:
            self._log_change("file-handed-out", file)
            self._commands.send(file)
        if run.scan_finished and (suspect := run.ledger.next_suspect()) is not None:
            self._take_on(run, suspect)

    def cut_again(self, run: ActiveRun, files: Iterable[FileInHand]) -> None:
        """Send files through the analyzer once more, before the linker goes on: the run imports again until then."""
        if not run.may_link:
            # What is stored says that they are to be cut: the next import does it.
            return
        for file in files:
            run.to_cut.add(file.path)
            run.counters.expect(file)
            self._commands.emit_again(file)
        run.phase = Phase.IMPORTING

    def give_up(self, run: ActiveRun, file: FileInHand, failure: Failure) -> None:
        """Store a failure for a file, without further work on it."""
        self._commands.send(run.ledger.give_up(file, failure))

    def _found(self, run: ActiveRun, file: FileInHand) -> None:
        """Enter a file that holds a credit.

        There are four cases:

        - the run is cancelled: the file is ignored, since its credit is of no use any more;
        - the file is in flight or set aside, because the scan started again: the credit returns at once;
        - the file is a suspect: it is set aside until the end of the run, and the credit returns at once;
        - otherwise its attempt begins, and the credit returns with the acknowledged result.
        """
        if run.cancelled:
            return
        run.to_cut.discard(file.path)
        if run.ledger.knows(file.path):
            run.owed += 1
        elif file.suspect:
            run.ledger.set_aside(file)
            run.owed += 1
        else:
            self._begin(run, file, alone=False)

    def _take_on(self, run: ActiveRun, suspect: FileInHand) -> None:
        if suspect.earlier_attempts >= self._parts.rules.max_attempts:
            failure = Failure(FailureCode.QUARANTINED, f"{suspect.earlier_attempts} attempts")
            # Alone like every suspect: its credit was returned when it was set aside.
            self.give_up(run, replace(suspect, alone=True), failure)
        else:
            self._begin(run, suspect, alone=True)

    def _begin(self, run: ActiveRun, file: FileInHand, *, alone: bool) -> None:
        begun = run.ledger.begin(file, alone=alone)
        self._log_change("file-begun", begun)
        self._commands.send(begun)

    def _committed(
        self, run: ActiveRun, write_id: WriteId, linked: tuple[Guid, ...], result: StoredFile | None
    ) -> None:
        file = run.ledger.of(write_id)
        if file is None:
            return
        if file.stage is Stage.BEGINNING:
            # The attempt is durable: if the file kills this process now, the next import knows which one it was.
            run.ledger.make_ready(file)
            return
        self._finished(run, file, result, file.failure)
        if linked:
            run.counters.linked(1)
            run.start.listener.emit(FileLinked(file.run, file.path, linked))
        elif not file.unchanged:
            run.link_due = True

    def _finished(self, run: ActiveRun, file: FileInHand, result: StoredFile | None, failure: Failure | None) -> None:
        """Count an acknowledged file and return its credit."""
        run.ledger.finish(file)
        run.owed += not file.alone
        if failure is None and file.unchanged:
            run.counters.verified(file)
            self._log_change("file-verified", file)
            return
        self._tell_result(run, file, result, failure)
        if failure is None:
            self._log_change("file-stored", file)
        else:
            self._log.warning(
                "file-failed",
                run=file.run,
                file=display_path(file.path),
                attempt=file.attempt,
                code=failure.code,
                detail=failure.detail,
            )

    @staticmethod
    def _tell_result(run: ActiveRun, file: FileInHand, result: StoredFile | None, failure: Failure | None) -> None:
        """Count the result of a file, and tell it, its end last."""
        # Of a result with an impossible path the library has no file; its refusal is in the log and in the report.
        guid = Guid("") if result is None else result.guid
        finished = run.counters.finished(file, guid, failure)
        if result is None:
            return
        if result.added and not file.cut_again:
            run.start.listener.emit(FileAdded(file.run, guid, file.path))
        if failure is not None:
            run.start.listener.emit(FileFailed(file.run, guid, file.path, failure))
        run.start.listener.emit(finished)

    def _log_change(self, event: str, file: FileInHand) -> None:
        self._log.debug(event, run=file.run, file=display_path(file.path), attempt=file.attempt)
