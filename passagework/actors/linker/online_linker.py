"""The linker that can ask services: pulls groups that wait, has asked what is missing, decides, sends the links."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, assert_never

from passagework.actors.linker.group_round import Broken, Group, GroupRound, Ready, Stuck
from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.gateway import GatewayMessage, LookUp, StopLookups
from passagework.actors.messages.linker import (
    AnswersArrived,
    CapabilityMissing,
    GatewayRestarted,
    Link,
    LinkerMessage,
    LookupFailed,
    LookupNews,
    StopLinking,
)
from passagework.actors.messages.session import LinkerAdvanced, LinkerIdle, SessionMessage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.writer.unacknowledged import UnacknowledgedWrites
from passagework.domain.catalogue import FileLinks, LinkState, PassageLinks
from passagework.domain.files import display_path
from passagework.domain.identification.linking.links import link_group
from passagework.domain.identification.planning.draft import Capabilities
from passagework.domain.identification.planning.requests import AskAcoustid, Request
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.ids import RunId
from passagework.logs import logger
from passagework.lookup.stored_form import NS_PER_DAY, AnswerAges, recalled
from passagework.persistence.read.queries import Answers, DeferredIdentification, WaitingGroups
from passagework.persistence.write.writes import DeferIdentification, StoreLinks

_NAMELESS: Final = frozenset({LinkState.UNIDENTIFIED, LinkState.TEXT_ONLY})


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a gateway is reached; ``stop`` ends the request that it has in hand."""

    port: Port[GatewayMessage]
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class OnlineLinkerParts:
    """What this linker works with. A gateway that is None is not asked. No number of ``write_ids`` comes twice."""

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[LinkerMessage]
    clock: Clock
    scheduler: Scheduler
    write_ids: Iterator[int]
    acoustid: Gateway | None
    musicbrainz: Gateway | None
    capabilities: Capabilities
    ages: AnswerAges
    passages_per_pull: int = 200


class OnlineLinkerActor(BaseActor[LinkerMessage]):
    """Works in rounds: pull some groups, end each as soon as all is answered, pull the next when all are durable.

    What waits is in the library, answers too, so that whatever is lost here is pulled again and asks only what has no
    answer yet. A group is identified when all files of the run are analysed: an album that is known in part only would
    be asked about twice. What is put off in a run is not pulled again in it.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: OnlineLinkerParts) -> None:
        super().__init__(ActorName.LINKER, supervisor)
        self._parts = parts
        self._log = logger("linker")
        self._links = UnacknowledgedWrites(library=parts.library, reply_to=parts.own_port, write_ids=parts.write_ids)
        self._capabilities = parts.capabilities
        self._run: RunId | None = None
        self._as_of_ns = 0
        self._round_id = 0
        self._round: GroupRound | None = None
        self._last_pull: frozenset[tuple[bytes, int]] = frozenset()

    def receive(self, message: LinkerMessage) -> None:  # noqa: C901 - one case per message
        """Handle one message."""
        match message:
            case Link(run, final):
                self._start(run, final=final)
            case LibraryRestarted() | GatewayRestarted():
                self._drop_round()
            case StopLinking():
                self._stop()
            case AnswersArrived() | LookupFailed() | CapabilityMissing():
                if self._round is not None and message.round_id == self._round_id:
                    self._heard(message, self._round)
            case Committed():
                if written := self._links.acknowledged(message):
                    self._parts.session.tell(LinkerAdvanced.by(written))
            case Rejected(failure=failure):
                self._links.acknowledged(message)
                self._log.warning("linking-rejected", run=self._run, code=failure.code, detail=failure.detail)
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)
        if self._run is not None:
            self._go_on(self._run)

    def _heard(self, news: LookupNews, round_: GroupRound) -> None:
        match news:
            case AnswersArrived(_, answers, given_ns):
                round_.answered({key: (answer, given_ns) for key, answer in answers})
            case LookupFailed():
                round_.failed(news)
            case CapabilityMissing(_, requests):
                self._log.warning("server-cannot-search", run=self._run)
                self._capabilities = replace(self._capabilities, search=False)
                round_.go_on_without(self._capabilities, requests)

    def release(self) -> None:
        """Give up what is in flight; it waits in the library still."""
        self._stop()

    def _start(self, run: RunId, *, final: bool) -> None:
        if final and self._run != run:
            self._run = run
            self._as_of_ns = self._parts.clock.time_ns()
            self._last_pull = frozenset()

    def _stop(self) -> None:
        """Let go of the round. The requests in hand are ended, and what is queued is forgotten."""
        if self._run is not None:
            for gateway in (self._parts.acoustid, self._parts.musicbrainz):
                if gateway is not None:
                    gateway.stop.set()
                    gateway.port.tell(StopLookups())
        self._run = None
        self._drop_round()

    def _drop_round(self) -> None:
        self._round = None
        self._round_id += 1
        self._last_pull = frozenset()
        self._links.forget()

    def _go_on(self, run: RunId) -> None:
        """Do all that can be done without waiting."""
        try:
            while True:
                if self._round is None:
                    if len(self._links) or not self._pull(run):
                        return
                elif not self._advance(run, self._round):
                    return
        except LIBRARY_AWAY:
            self._drop_round()
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(Link(run, final=True)))

    def _pull(self, run: RunId) -> bool:
        """Begin a round; tell whether there is one."""
        groups = self._parts.library.query(WaitingGroups(self._parts.passages_per_pull, self._as_of_ns))
        pulled = frozenset((file.path, file.revision) for group in groups for file in group)
        if groups and pulled == self._last_pull:
            self._log.error("linking-stuck", run=run, files=[display_path(path) for path, _ in sorted(pulled)])
        if not groups or pulled == self._last_pull:
            self._run = None
            self._last_pull = frozenset()
            self._parts.session.tell(LinkerIdle(run, self._parts.library.query(DeferredIdentification())))
            return False
        self._last_pull = pulled
        self._round_id += 1
        self._round = GroupRound(groups, self._capabilities)
        return True

    def _advance(self, run: RunId, round_: GroupRound) -> bool:
        """Take the round one step on; tell whether the next can follow at once."""
        for end in round_.ended():
            self._end(run, end)
        if round_.done:
            self._round = None
            return True
        if questions := {question.key: question for question in round_.to_recall()}:
            now = self._parts.clock.time_ns()
            rows = self._parts.library.query(Answers(tuple(questions), now))
            read = ((row, recalled(questions[row.key], row)) for row in rows)
            round_.answered({row.key: (answer, row.fetched_ns) for row, answer in read if answer is not None})
            return True
        self._ask(run, round_.to_ask())
        return False

    def _ask(self, run: RunId, requests: tuple[Request, ...]) -> None:
        by_sound = tuple(request for request in requests if isinstance(request, AskAcoustid))
        others = tuple(request for request in requests if not isinstance(request, AskAcoustid))
        for gateway, part in ((self._parts.acoustid, by_sound), (self._parts.musicbrainz, others)):
            if part and gateway is not None:
                gateway.port.tell(LookUp(run, self._round_id, part, self._parts.own_port))

    def _end(self, run: RunId, end: Ready | Stuck | Broken) -> None:
        match end:
            case Ready(group, plan, stated_ns):
                try:
                    links = link_group(group, plan.evidence, decide(plan.evidence), stated_ns)
                except Exception as error:  # noqa: BLE001 - a defect costs this group, and no other
                    self._give_up(run, group, error)
                    return
                for one in links:
                    self._send(StoreLinks(run, self._provisional(one)))
            case Stuck(group, failed):
                self._put_off(run, group, failed)
            case Broken(group, error):
                self._give_up(run, group, error)

    def _provisional(self, links: FileLinks) -> FileLinks:
        """Have what nobody knows looked at again, when the services may know more."""
        again = self._parts.clock.time_ns() + round(self._parts.ages.no_match_days * NS_PER_DAY)
        passages = tuple(
            replace(passage, retry_ns=again) if passage.state in _NAMELESS else passage for passage in links.passages
        )
        return replace(links, passages=passages)

    def _put_off(self, run: RunId, group: Group, failed: LookupFailed) -> None:
        asked_for = self._parts.clock.time_ns() + round(failed.retry_seconds * 1e9) if failed.retry_seconds else 0
        until = max(self._as_of_ns + 1, asked_for)  # in no case again in this run
        reason = f"{failed.code}: {failed.detail}"
        for file in group:
            if due := tuple(passage.guid for passage in file.passages if passage.due):
                self._send(DeferIdentification(run, file.path, due, until, reason, file.revision))

    def _give_up(self, run: RunId, group: Group, error: Exception) -> None:
        """Keep a defect as the state of the passages, so that they do not come again and again."""
        reason = f"{type(error).__name__}: {error}"
        self._log.error("linking-failed", run=run, files=[display_path(file.path) for file in group], error=reason)
        for file in group:
            failed = tuple(
                PassageLinks(passage.guid, LinkState.FAILED, (), None, (), reason)
                for passage in file.passages
                if passage.due
            )
            if failed:
                self._send(StoreLinks(run, FileLinks(file.path, failed, file.revision)))

    def _send(self, write: StoreLinks | DeferIdentification) -> None:
        self._links.send(write)
