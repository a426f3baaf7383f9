"""The linker: pulls files whose passages wait for identification, decides, and sends one message per file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.linker import (
    AnswersArrived,
    CapabilityMissing,
    GatewayRestarted,
    Link,
    LinkerMessage,
    LookupFailed,
    StopLinking,
)
from passagework.actors.messages.session import LinkerAdvanced, LinkerIdle, SessionMessage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.writer.unacknowledged import UnacknowledgedWrites
from passagework.domain.catalogue import FileLinks, LinkState, PassageLinks, WaitingFile
from passagework.domain.files import display_path
from passagework.domain.ids import RunId
from passagework.logs import logger
from passagework.persistence.read.queries import WaitingFiles
from passagework.persistence.write.writes import StoreLinks


@dataclass(frozen=True, slots=True)
class LinkerParts:
    """What a linker works with. ``decide`` is the pure decision for one file; no ``write_ids`` comes twice."""

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[LinkerMessage]
    scheduler: Scheduler
    write_ids: Iterator[int]
    decide: Callable[[WaitingFile], FileLinks]
    files_per_pull: int = 100


class LinkerActor(BaseActor[LinkerMessage]):
    """Works in rounds: pull a bounded number of files, send their links, go on when all are acknowledged.

    What waits is in the library, never in a mailbox, so a crash or a restart at any point loses nothing.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: LinkerParts) -> None:
        super().__init__(ActorName.LINKER, supervisor)
        self._parts = parts
        self._log = logger("linker")
        self._links = UnacknowledgedWrites(library=parts.library, reply_to=parts.own_port, write_ids=parts.write_ids)
        self._last_pull: frozenset[bytes] = frozenset()
        self._run: RunId | None = None
        self._final = False
        self._wanted = False

    def receive(self, message: LinkerMessage) -> None:
        """Handle one message."""
        match message:
            case Link(run, final):
                self._run, self._final, self._wanted = run, final, True
            case LibraryRestarted():
                self._forget_in_flight()
                self._wanted = True
            case StopLinking():
                self._run = None
            case Committed():
                if written := self._links.acknowledged(message):
                    self._parts.session.tell(LinkerAdvanced.by(written))
            case Rejected(failure=failure):
                self._links.acknowledged(message)
                self._log.warning("linking-rejected", run=self._run, code=failure.code, detail=failure.detail)
            case GatewayRestarted() | AnswersArrived() | LookupFailed() | CapabilityMissing():
                """This linker asks no service."""
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)
        if self._run is not None and not len(self._links) and self._wanted:
            self._pull(self._run)

    def release(self) -> None:
        """Give up what is in flight; it waits in the library still."""
        self._forget_in_flight()

    def _forget_in_flight(self) -> None:
        self._links.forget()
        self._last_pull = frozenset()

    def _pull(self, run: RunId) -> None:
        try:
            waiting = self._parts.library.query(WaitingFiles(self._parts.files_per_pull))
        except LIBRARY_AWAY:
            again = Link(run, self._final)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(again))
            return
        pulled = frozenset(file.path for file in waiting)
        if waiting and pulled <= self._last_pull:
            self._log.error("linking-stuck", run=run, files=[display_path(path) for path in sorted(pulled)])
        if pulled <= self._last_pull:
            self._last_pull = frozenset()
            self._wanted = False
            if self._final:
                self._run = None
                self._parts.session.tell(LinkerIdle(run))
            return
        self._last_pull = pulled
        self._links.send(*(StoreLinks(run, self._decide(file)) for file in waiting))

    def _decide(self, waiting: WaitingFile) -> FileLinks:
        """Decide one file; a defect in the decision costs that file's links, and no other's."""
        try:
            return self._parts.decide(waiting)
        except Exception as error:  # noqa: BLE001 - recorded as the state of the passages
            reason = f"{type(error).__name__}: {error}"
            self._log.error("linking-failed", file=display_path(waiting.path), error=reason)
            failed = tuple(PassageLinks(p.guid, LinkState.FAILED, (), None, (), reason) for p in waiting.passages)
            return FileLinks(waiting.path, failed, waiting.revision)
