"""A gateway: sends requests to one service, one at a time, and stores every answer in the library."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, assert_never

from passagework.actors.linker.patience import PERMANENT, TRIES, LeaveAlone, Patience, PauseFor
from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, Rejected
from passagework.actors.messages.gateway import ContinueLookups, GatewayMessage, LookUp, StopLookups
from passagework.actors.messages.linker import AnswersArrived, CapabilityMissing, LookupFailed
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import PauseChanged, Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.library_port import LibraryPort
from passagework.actors.writer.unacknowledged import UnacknowledgedWrites
from passagework.domain.identification.planning.requests import Request
from passagework.logs import logger
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.found import Found, Outcome, Unanswered
from passagework.lookup.rate_limiter import RateLimiterError, WaitCancelledError
from passagework.lookup.stored_form import AnswerAges, stored
from passagework.persistence.write.writes import StoreAnswers


class LookupService(Protocol):
    """A service as the gateway asks it. Faults of requests are in the outcome; errors of the gate are raised."""

    def choose(self, queue: Sequence[Request]) -> tuple[Request, ...]:
        """Choose the queued requests to send together next."""

    def ask(self, requests: Sequence[Request]) -> Outcome:
        """Ask what was chosen, and block until there is an outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayParts:
    """What a gateway works with. Another thread sets ``stop`` to end the current request.

    ``resting``: whether the importer as a whole is paused; then nothing is asked.
    """

    service: ActorName
    make_service: Callable[[Callable[[], bool]], LookupService]
    stop: threading.Event
    library: LibraryPort
    own_port: Port[GatewayMessage]
    clock: Clock
    scheduler: Scheduler
    write_ids: Iterator[int]
    ages: AnswerAges = field(default_factory=AnswerAges)
    resting: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Waiting:
    """A request with the order that it belongs to."""

    request: Request
    order: LookUp
    failures: int = 0


class GatewayActor(BaseActor[GatewayMessage]):
    """Sends requests in the order of the orders, and handles its inbox after each request.

    The next request waits until the answers to the last are durable, so a kill loses at most the current request.

    After a failure the gateway pauses: longer each time, or as long as the service says. If the failures continue, it
    returns all queued requests as failed, and for a while also new ones. If this actor is replaced, the linker asks
    again for what was not answered.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: GatewayParts) -> None:
        super().__init__(parts.service, supervisor)
        self._parts = parts
        self._log = logger(parts.service)
        parts.stop.clear()  # it was set for the actor that this one replaces
        self._service = parts.make_service(parts.stop.is_set)
        self._queue: deque[_Waiting] = deque()
        self._scheduled = False
        self._round_id = 0
        self._patience = Patience()
        self._answers = UnacknowledgedWrites(library=parts.library, reply_to=parts.own_port, write_ids=parts.write_ids)

    def receive(self, message: GatewayMessage) -> None:
        """Handle one message."""
        match message:
            case LookUp():
                self._take(message)
            case ContinueLookups():
                self._scheduled = False
                self._ask()
            case StopLookups():
                self._queue.clear()
                self._parts.stop.clear()
            case Committed() | Rejected():
                self._acknowledged(message)
            case PauseChanged():
                self._go_on()
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)

    def release(self) -> None:
        """Give up what is queued."""
        self._queue.clear()

    def _acknowledged(self, news: Acknowledgement) -> None:
        if isinstance(news, Rejected):
            self._log.error("answers-rejected", code=news.failure.code, detail=news.failure.detail)
        if self._answers.acknowledged(news):
            self._go_on()

    def _take(self, order: LookUp) -> None:
        if order.round_id != self._round_id:
            # The linker starts over when the library was replaced: earlier answers may never be acknowledged.
            self._round_id = order.round_id
            self._answers.forget()
        fault = self._patience.refusal(order.run, self._parts.clock.monotonic())
        if fault is not None:
            self._give_back(order, order.requests, fault)
            return
        self._queue.extend(_Waiting(request, order) for request in order.requests)
        self._go_on()

    def _go_on(self, after_seconds: float = 0.0) -> None:
        """Send the next request after what is in the inbox, or after a pause."""
        if not self._queue or self._scheduled:
            return
        self._scheduled = True
        own_port = self._parts.own_port
        if after_seconds > 0:
            self._parts.scheduler.later(after_seconds, lambda: own_port.tell(ContinueLookups()))
        else:
            own_port.tell(ContinueLookups())

    def _ask(self) -> None:
        # Nothing is asked before the last answers are durable; their acknowledgement calls this method again.
        if not self._queue or len(self._answers) or self._parts.stop.is_set() or self._parts.resting():
            return
        chosen = self._service.choose([waiting.request for waiting in self._queue])
        waiting = self._pick(chosen)
        try:
            outcome = self._service.ask(chosen)
        except WaitCancelledError:
            self._queue.extendleft(reversed(waiting))
            return
        except RateLimiterError as error:
            fault = LookupFault(self._parts.service, FaultKind.REFUSED, str(error))
            self._stop_asking(waiting, fault)
            return
        except Exception as error:  # noqa: BLE001 - a defect costs these requests, and no others
            detail = f"{type(error).__name__}: {error}"
            fault = LookupFault(self._parts.service, FaultKind.UNREADABLE, detail)
            outcome = Outcome((), tuple(Unanswered(request, fault) for request in chosen))
        if outcome.found:
            # The service is there, also if it has no readable answer to the rest.
            self._patience.succeeded()
        self._answered(waiting, outcome.found)
        self._after_faults(waiting, {one.request.key: one.fault for one in outcome.unanswered})

    def _pick(self, chosen: Sequence[Request]) -> list[_Waiting]:
        """Remove from the queue all requests equal to the chosen ones, whatever order they belong to."""
        keys = {request.key for request in chosen}
        picked = [waiting for waiting in self._queue if waiting.request.key in keys]
        self._queue = deque(waiting for waiting in self._queue if waiting.request.key not in keys)
        return picked

    def _answered(self, waiting: Iterable[_Waiting], found: Sequence[Found]) -> None:
        """Store answers, then send them: decisions made from them come later in the inbox of the library."""
        if not found:
            return
        now = self._parts.clock.time_ns()
        rows = tuple(stored(self._parts.service, one, now, self._parts.ages) for one in found)
        orders = {one.order.round_id: one.order for one in waiting}
        answers = tuple((one.key, one.answer) for one in found)
        for number, order in enumerate(orders.values()):
            if number == 0:
                self._answers.send(StoreAnswers(order.run, rows))
            order.reply_to.tell(AnswersArrived(order.round_id, answers, now))

    def _after_faults(self, waiting: Sequence[_Waiting], faults: dict[str, LookupFault]) -> None:
        # There are four cases of a fault: no request can succeed in this run (key, contact); the server lacks a
        # capability, so that the linker plans without it; an outage, after which the requests are sent again; a fault
        # of these requests alone, which go back to the linker.
        if not faults:
            self._patience.succeeded()
            self._go_on()
            return
        failed = [one for one in waiting if one.request.key in faults]
        fault = faults[failed[0].request.key]
        self._log.warning("lookup-failed", code=fault.code, detail=fault.detail, requests=len(failed))
        if fault.kind in PERMANENT:
            self._stop_asking(failed, fault)
        elif fault.kind is FaultKind.NO_CAPABILITY:
            for order, requests in _by_order(failed):
                order.reply_to.tell(CapabilityMissing(order.round_id, requests))
            self._go_on()
        elif fault.outage:
            self._after_outage(failed, fault)
        else:
            for order, requests in _by_order(failed):
                self._give_back(order, requests, fault)
            self._go_on()

    def _after_outage(self, failed: list[_Waiting], fault: LookupFault) -> None:
        what = self._patience.outage(fault, self._parts.clock.monotonic())
        match what:
            case LeaveAlone():
                given_back = [*failed, *self._queue]
                until = "the next import"
                if fault.retry_after:
                    moment = self._parts.clock.time_ns() / 1e9 + fault.retry_after
                    until = datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
                self._log.warning("lookups-put-off", code=fault.code, requests=len(given_back), until=until)
                self._queue.clear()
                for order, requests in _by_order(given_back):
                    self._give_back(order, requests, fault)
            case PauseFor(seconds):
                self._ask_again(failed, fault, seconds)
            case _:
                assert_never(what)

    def _ask_again(self, failed: list[_Waiting], fault: LookupFault, after_seconds: float) -> None:
        again: list[_Waiting] = []
        given_up: list[_Waiting] = []
        for one in failed:
            one.failures += 1
            (given_up if one.failures >= TRIES else again).append(one)
        for order, requests in _by_order(given_up):
            self._give_back(order, requests, fault)
        # At the end of the queue: a question that the service cannot answer must not block the others.
        self._queue.extend(again)
        self._go_on(after_seconds)

    def _stop_asking(self, waiting: Iterable[_Waiting], fault: LookupFault) -> None:
        """Give everything back: every other request would fail in the same way."""
        given_back = [*waiting, *self._queue]
        self._queue.clear()
        self._patience.give_up(given_back[-1].order.run, fault)
        self._log.error("lookups-stopped", code=fault.code, detail=fault.detail)
        for order, requests in _by_order(given_back):
            self._give_back(order, requests, fault)

    @staticmethod
    def _give_back(order: LookUp, requests: tuple[Request, ...], fault: LookupFault) -> None:
        news = LookupFailed(order.round_id, requests, fault.code, fault.detail, fault.retry_after or 0.0)
        order.reply_to.tell(news)


def _by_order(waiting: Iterable[_Waiting]) -> Iterator[tuple[LookUp, tuple[Request, ...]]]:
    """Group requests by the order that they belong to."""
    orders: dict[int, tuple[LookUp, list[Request]]] = {}
    for one in waiting:
        orders.setdefault(id(one.order), (one.order, []))[1].append(one.request)
    for order, requests in orders.values():
        yield order, tuple(requests)
