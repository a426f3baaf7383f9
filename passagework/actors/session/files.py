"""How files pass the session: found, begun, handed to the analyzer, acknowledged. Each state change is logged here."""

from passagework.actors.messages.scanner import Credit
from passagework.actors.messages.session import FileAnalysed, FileFound
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.ledger import Entry, Stage
from passagework.actors.session.parts import SessionParts
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import display_path
from passagework.domain.ids import WriteId
from passagework.logs import logger


class SessionFiles:
    """Moves the files of a run through its ledger."""

    def __init__(self, parts: SessionParts, commands: SessionCommands) -> None:
        self._parts = parts
        self._commands = commands
        self._log = logger("session")

    def found(self, run: ActiveRun, found: FileFound) -> None:
        """Take in a file that holds a credit; give the credit back if there is nothing to do for it now."""
        if run.cancelled:
            return
        if run.ledger.knows(found.path):
            run.owed += 1
        elif found.suspect:
            run.ledger.set_aside(found)
            run.owed += 1
        else:
            self._begin(run.ledger.admit(found, alone=False))

    def analysed(self, run: ActiveRun, news: FileAnalysed) -> None:
        """Note that the result of a file is on its way to the library."""
        if (entry := run.ledger.of(news.write_id)) is not None:
            run.ledger.store(entry, news)

    def committed(self, run: ActiveRun, write_ids: tuple[WriteId, ...]) -> bool:
        """Take acknowledgements of the library; tell whether a result is among what became durable."""
        stored = False
        for write_id in write_ids:
            entry = run.ledger.of(write_id)
            if entry is None:
                continue
            if entry.stage is Stage.BEGINNING:
                run.ledger.make_ready(entry)
            else:
                stored = True
                failure = entry.verdict.failure if entry.verdict else entry.outcome.failure if entry.outcome else None
                self._finished(run, entry, failure)
        return stored

    def rejected(self, run: ActiveRun, write_id: WriteId, failure: Failure) -> None:
        """Take the refusal of the library to store something of a file; the refusal is stored instead."""
        if (entry := run.ledger.of(write_id)) is not None:
            self._finished(run, entry, failure)

    def hand_out(self, run: ActiveRun) -> None:
        """Give back credits, and work as much as the analyzer's window takes; suspects when all else is done."""
        if run.owed and run.id is not None:
            self._parts.scanner.tell(Credit(run.id, run.owed))
            run.owed = 0
        if self._parts.window is not None:
            run.ledger.window = self._parts.window()
        while (entry := run.ledger.next_for_work()) is not None:
            self._log_change("file-handed-out", entry)
            self._commands.analyze(entry)
        if run.scan_finished:
            self._next_suspect(run)

    def abandon(self, run: ActiveRun, stages: set[Stage]) -> None:
        """Forget the files in these stages."""
        self._parts.pending_writes.add(-run.ledger.abandon(stages))

    def _begin(self, entry: Entry) -> None:
        self._log_change("file-begun", entry)
        self._parts.pending_writes.add(1)
        self._commands.begin(entry)

    def _next_suspect(self, run: ActiveRun) -> None:
        found = run.ledger.next_suspect()
        if found is None:
            return
        entry = run.ledger.admit(found, alone=True)
        if found.attempts >= self._parts.rules.max_attempts:
            self._parts.pending_writes.add(1)
            self._commands.give_up(run, entry, Failure(FailureCode.QUARANTINED, f"{found.attempts} attempts"))
        else:
            self._begin(entry)

    def _finished(self, run: ActiveRun, entry: Entry, failure: Failure | None) -> None:
        """Account for an acknowledged file and return its credit."""
        run.ledger.finish(entry)
        self._parts.pending_writes.add(-1)
        run.owed += not entry.alone
        run.order.listener.emit(run.counters.finished(entry.found.run, entry, failure))
        if failure is None:
            self._log_change("file-stored", entry)
        else:
            self._log.warning(
                "file-failed",
                run=entry.found.run,
                file=display_path(entry.found.path),
                attempt=entry.attempt,
                code=failure.code,
                detail=failure.detail,
            )

    def _log_change(self, event: str, entry: Entry) -> None:
        self._log.debug(event, run=entry.found.run, file=display_path(entry.found.path), attempt=entry.attempt)
