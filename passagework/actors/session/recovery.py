"""After an actor was replaced: what is sent again, and which file it is held against."""

from passagework.actors.messages.analyzer import Analyze, JobEnded
from passagework.actors.messages.library import Submit
from passagework.actors.messages.linker import GatewayRestarted
from passagework.actors.runtime.messages import ActorRestarted
from passagework.actors.session.active_run import ActiveRun
from passagework.actors.session.commands import SessionCommands
from passagework.actors.session.ledger import Entry, Stage
from passagework.actors.session.parts import SessionParts
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.progress import Phase


class Recovery:
    """Sends again what the replaced actor had not acknowledged, and counts the strike of the file in its hands."""

    def __init__(self, parts: SessionParts, commands: SessionCommands) -> None:
        self._parts = parts
        self._commands = commands

    def restore(self, run: ActiveRun, news: ActorRestarted) -> None:
        """Bring a run back to where it was."""
        self._strike(run, news)
        match news.name:
            case "persistence":
                self._to_library(run)
            case "analyzer":
                self._to_analyzer(run)
            case "scanner" if run.phase is Phase.IMPORTING and run.id is not None and not run.cancelled:
                run.owed = 0
                run.scan_finished = False
                self._commands.scan(run, run.id)
            case "acoustid" | "musicbrainz":
                self._parts.linker.tell(GatewayRestarted())
            case "linker":
                self._commands.link(run)
            case _:
                pass

    def _to_library(self, run: ActiveRun) -> None:
        if run.id is None:
            self._commands.open(run)
            return
        for entry in run.ledger:
            if entry.stage is Stage.BEGINNING:
                self._commands.begin(entry)
            elif entry.stage is Stage.STORING and entry.verdict is not None:
                self._parts.library.store(entry.verdict, entry.write_id, self._parts.own_port)
            elif entry.stage is Stage.STORING:
                # The result is lost, and nobody keeps a second one: the file is analysed again.
                run.ledger.make_ready(entry)
        if run.phase is Phase.CLOSING:
            self._commands.close(run)
        self._commands.link(run)

    def _to_analyzer(self, run: ActiveRun) -> None:
        for entry in run.ledger:
            if entry.stage is Stage.IN_WORK:
                run.ledger.make_ready(entry)
        if run.cancelled and run.id is not None:
            self._commands.cancel_jobs(run.id)

    def _strike(self, run: ActiveRun, news: ActorRestarted) -> None:
        entry = self._in_hand(run, news.message)
        if entry is None:
            return
        entry.strikes += 1
        if entry.strikes >= self._parts.rules.max_attempts:
            self._commands.give_up(run, entry, Failure(FailureCode.INTERNAL_ERROR, f"{news.name}: {news.error}"))

    def _in_hand(self, run: ActiveRun, message: object) -> Entry | None:
        match message:
            case Analyze(write_id=write_id) | JobEnded(write_id=write_id):
                return run.ledger.of(write_id)
            case Submit(write_id=write_id, reply_to=reply_to) if reply_to is self._parts.own_port:
                return run.ledger.of(write_id)
            case _:
                return None
