"""The linker: pulls passages that wait for identification, asks for missing answers, decides, and sends links."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never

from passagework.actors.linker.identification_round import Defective, Group, IdentificationRound, Recut
from passagework.actors.linker.recuts import Recuts
from passagework.actors.linker.round_writes import RoundWrites
from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, LibraryRestarted, Rejected
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
from passagework.actors.messages.session import CutAgain, LinkerAdvanced, LinkerIdle, SessionMessage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.writer.unacknowledged import UnacknowledgedWrites
from passagework.domain.evidence import Statement
from passagework.domain.files import display_path
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.requests import AskAcoustid, Request
from passagework.domain.ids import Guid, RunId
from passagework.domain.views import DeferredItems
from passagework.domain.waiting import WaitingFile
from passagework.logs import logger
from passagework.lookup.stored_form import NS_PER_DAY, AnswerAges, recalled
from passagework.persistence.read.queries import Answers, DeferredIdentification, WaitingFiles, WaitingGroups


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a gateway is reached; ``stop`` ends its current request."""

    port: Port[GatewayMessage]
    stop: threading.Event


Source = Callable[[WaitingFile], tuple[Statement, ...]]
"""What states something about a file. It returns at once and uses no network."""


@dataclass(frozen=True, slots=True)
class LinkerParts:
    """What a linker works with. A gateway that is None is not asked. ``write_ids`` never yields a number twice.

    ``sources`` state something about a file in addition to its tags, most trusted first.
    """

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[LinkerMessage]
    clock: Clock
    scheduler: Scheduler
    write_ids: Iterator[int]
    acoustid: Gateway | None = None
    musicbrainz: Gateway | None = None
    search: bool = True
    works: bool = True
    ages: AnswerAges = field(default_factory=AnswerAges)
    sources: tuple[Source, ...] = ()
    files_per_pull: int = 100
    passages_per_pull: int = 200

    @property
    def capabilities(self) -> Capabilities:
        """Return what the configured services can answer."""
        return Capabilities(
            acoustid=self.acoustid is not None,
            musicbrainz=self.musicbrainz is not None,
            search=self.search,
            works=self.works,
        )


class LinkerActor(BaseActor[LinkerMessage]):
    """Works in rounds: pull some groups, end each as soon as nothing is left to ask, pull more when all are durable.

    Waiting passages and answers are in the library. What this actor loses is pulled again, and only questions without
    an answer are asked again. What is deferred in a run is not pulled again in that run.

    There are two cases. With no service each file is a group; most are linked already when they are stored, and what
    waits is from earlier runs, or a person has decided about it. With one or two services groups are identified when
    all files of the run are analysed; an album that is known in part would cause requests twice.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: LinkerParts) -> None:
        super().__init__(ActorName.LINKER, supervisor)
        self._parts = parts
        self._log = logger("linker")
        self._links = UnacknowledgedWrites(library=parts.library, reply_to=parts.own_port, write_ids=parts.write_ids)
        self._capabilities = parts.capabilities
        self._run: RunId | None = None
        self._final = False
        self._may_wait = False
        """Whether something may wait in the library that was not pulled."""
        self._as_of_ns = 0
        self._round_id = 0
        self._round: IdentificationRound | None = None
        self._last_pull: frozenset[tuple[Guid, int]] = frozenset()
        self._recuts = Recuts()

    def receive(self, message: LinkerMessage) -> None:
        """Handle one message."""
        match message:
            case Link(run, final):
                self._start(run, final=final)
            case LibraryRestarted():
                # What was in flight may be lost; it waits in the library still, and is pulled again.
                self._links.forget()
                self._drop_round()
            case GatewayRestarted():
                self._drop_round()
            case StopLinking():
                self._leave_run()
            case AnswersArrived() | LookupFailed() | CapabilityMissing():
                if self._round is not None and message.round_id == self._round_id:
                    self._take_in(message, self._round)
            case Committed() | Rejected():
                self._acknowledged(message)
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)
        if self._run is not None:
            self._go_on(self._run)

    def release(self) -> None:
        """Give up what is in flight; it still waits in the library."""
        self._leave_run()

    def _acknowledged(self, message: Acknowledgement) -> None:
        match message:
            case Committed():
                if written := self._links.acknowledged(message):
                    self._parts.session.tell(LinkerAdvanced.by(written))
                    if files := self._recuts.stored(written):
                        # These are pulled again; how often is limited.
                        self._last_pull = frozenset()
                        self._parts.session.tell(CutAgain(written[0].run, files))
            case Rejected(failure=failure):
                self._links.acknowledged(message)
                self._log.warning("linking-rejected", run=self._run, code=failure.code, detail=failure.detail)
            case _:
                assert_never(message)

    def _take_in(self, news: LookupNews, round_: IdentificationRound) -> None:
        match news:
            case AnswersArrived(_, answers, given_ns):
                round_.answered({key: (answer, given_ns) for key, answer in answers})
            case LookupFailed():
                round_.failed(news)
            case CapabilityMissing(_, requests):
                self._log.warning("server-cannot-search", run=self._run)
                self._capabilities = replace(self._capabilities, search=False)
                round_.go_on_without(self._capabilities, requests)
            case _:
                assert_never(news)

    def _start(self, run: RunId, *, final: bool) -> None:
        if self._parts.capabilities.can_ask and not final:
            return
        self._recuts.done(run)
        if self._run != run:
            self._run, self._final = run, False
            self._as_of_ns = self._parts.clock.time_ns()
            self._last_pull = frozenset()
        self._final = self._final or final
        self._may_wait = True

    def _leave_run(self) -> None:
        """Drop the round: end the current requests of the gateways, and clear their queues.

        Links that were sent stay unacknowledged until the library has them; then the session receives LinkerAdvanced.
        """
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
        self._may_wait = True

    def _go_on(self, run: RunId) -> None:
        """Do everything that is possible without waiting."""
        try:
            while True:
                if self._round is None:
                    if len(self._links) or self._recuts.in_work or not self._may_wait or not self._pull(run):
                        return
                elif not self._advance(run, self._round):
                    return
        except LIBRARY_AWAY:
            self._drop_round()
            again = Link(run, self._final)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(again))

    def _pull(self, run: RunId) -> bool:
        """Begin a round; return whether anything waits."""
        groups = self._waiting()
        pulled = frozenset(
            (passage.guid, file.revision)
            for group in groups
            for file in group
            for passage in file.passages
            if passage.due
        )
        if pulled <= self._last_pull:
            # Nothing waits, or what was decided still waits: that is a defect, and pulling again would never end.
            if pulled:
                files = sorted({file.path for group in groups for file in group})
                self._log.error("linking-stuck", run=run, files=[display_path(path) for path in files])
            self._last_pull = frozenset()
            self._may_wait = False
            if self._final:
                deferred = self._deferred()
                self._run = None
                self._parts.session.tell(LinkerIdle(run, deferred))
            return False
        self._last_pull = pulled
        self._round_id += 1
        self._round = IdentificationRound(groups, self._capabilities)
        return True

    def _waiting(self) -> tuple[Group, ...]:
        """Pull what waits. With no service: only passages without a decision, including deferred ones."""
        library, parts = self._parts.library, self._parts
        if parts.capabilities.can_ask:
            found = library.query(WaitingGroups(parts.passages_per_pull, self._as_of_ns))
            groups = tuple(tuple(map(self._recuts.as_far_as_possible, group)) for group in found)
        else:
            groups = tuple((file,) for file in library.query(WaitingFiles(parts.files_per_pull)))
        if not parts.sources:
            return groups
        return tuple(tuple(map(self._with_statements, group)) for group in groups)

    def _with_statements(self, file: WaitingFile) -> WaitingFile:
        return replace(file, statements=tuple(one for source in self._parts.sources for one in source(file)))

    def _deferred(self) -> tuple[DeferredItems, ...]:
        """Return what still waits for a service; nothing does in an import that asks none."""
        return self._parts.library.query(DeferredIdentification()) if self._parts.capabilities.can_ask else ()

    def _advance(self, run: RunId, round_: IdentificationRound) -> bool:
        """Take the round one step further; return whether the next step can follow at once."""
        ended = tuple(round_.ended())
        for end in ended:
            if isinstance(end, Defective):
                files = [display_path(file.path) for file in end.group]
                self._log.error("linking-failed", run=run, files=files, error=end.reason)
            if isinstance(end, Recut):
                self._recuts.begin(run, end)
        writes = self._round_writes(run)
        self._links.send(*(write for end in ended for write in writes.of(end)))
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

    def _round_writes(self, run: RunId) -> RoundWrites:
        now = self._parts.clock.time_ns()
        return RoundWrites(
            run=run,
            as_of_ns=self._as_of_ns,
            now_ns=now,
            services_know_more_ns=now + round(self._parts.ages.no_match_days * NS_PER_DAY),
            capabilities=self._capabilities,
        )
