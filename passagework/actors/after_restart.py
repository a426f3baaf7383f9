"""After an actor was replaced: what is sent again, and which file it is held against."""

from passagework.actors.ledger import Entry, Stage
from passagework.actors.messages import ActorRestarted, Analyze, GatewayRestarted, JobEnded, Submit
from passagework.actors.run_under_way import RunUnderWay
from passagework.actors.session_orders import SessionOrders
from passagework.actors.session_parts import SessionParts
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.progress import Phase


class AfterRestart:
    """Sends again what the replaced actor had not acknowledged, and counts the strike of the file in its hands."""

    def __init__(self, parts: SessionParts, orders: SessionOrders) -> None:
        self._parts = parts
        self._orders = orders

    def restore(self, run: RunUnderWay, news: ActorRestarted) -> None:
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
                self._orders.scan(run, run.id)
            case "acoustid" | "musicbrainz":
                self._parts.linker.tell(GatewayRestarted())
            case "linker":
                self._orders.link(run)
            case _:
                pass

    def _to_library(self, run: RunUnderWay) -> None:
        if run.id is None:
            self._orders.open(run)
            return
        for entry in run.ledger:
            if entry.stage is Stage.BEGINNING:
                self._orders.begin(entry)
            elif entry.stage is Stage.STORING and entry.verdict is not None:
                self._parts.library.store(entry.verdict, entry.token, self._parts.own_port)
            elif entry.stage is Stage.STORING:
                # The result is lost, and nobody keeps a second one: the file is analysed again.
                run.ledger.make_ready(entry)
        if run.phase is Phase.CLOSING:
            self._orders.close(run)
        self._orders.link(run)

    def _to_analyzer(self, run: RunUnderWay) -> None:
        for entry in run.ledger:
            if entry.stage is Stage.IN_WORK:
                run.ledger.make_ready(entry)
        if run.cancelled and run.id is not None:
            self._orders.cancel_jobs(run.id)

    def _strike(self, run: RunUnderWay, news: ActorRestarted) -> None:
        entry = self._in_hand(run, news.message)
        if entry is None:
            return
        entry.strikes += 1
        if entry.strikes >= self._parts.rules.max_attempts:
            self._orders.give_up(run, entry, Failure(FailureCode.INTERNAL_ERROR, f"{news.name}: {news.error}"))

    def _in_hand(self, run: RunUnderWay, message: object) -> Entry | None:
        match message:
            case Analyze(token=token) | JobEnded(token=token):
                return run.ledger.of(token)
            case Submit(token=token, reply_to=reply_to) if reply_to is self._parts.own_port:
                return run.ledger.of(token)
            case _:
                return None
