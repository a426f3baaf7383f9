"""The linker: pulls files whose passages wait for identification, decides, and sends one message per file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from passagework.actors.actor import BaseActor
from passagework.actors.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.messages import (
    Committed,
    LibraryRestarted,
    Link,
    LinkerAdvanced,
    LinkerIdle,
    LinkerMessage,
    Rejected,
    SessionMessage,
    StopLinking,
    SupervisorMessage,
)
from passagework.actors.outstanding import Outstanding
from passagework.actors.port import Port
from passagework.actors.scheduler import Scheduler
from passagework.domain.catalogue import FileLinks, LinkState, PassageLinks, WaitingFile
from passagework.domain.files import display_path
from passagework.domain.ids import RunId, Token
from passagework.logs import logger
from passagework.persistence.queries import WaitingFiles
from passagework.persistence.writes import StoreLinks


@dataclass(frozen=True, slots=True)
class LinkerParts:
    """What a linker works with. ``decide`` is the pure decision for one file; no number of ``tokens`` comes twice."""

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[LinkerMessage]
    outstanding: Outstanding
    scheduler: Scheduler
    tokens: Iterator[int]
    decide: Callable[[WaitingFile], FileLinks]
    files_per_pull: int = 100


class LinkerActor(BaseActor[LinkerMessage]):
    """Works in rounds: pull a bounded number of files, send their links, go on when all are acknowledged.

    What waits is in the library, never in a mailbox, so a crash or a restart at any point loses nothing.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: LinkerParts) -> None:
        super().__init__("linker", supervisor)
        self._parts = parts
        self._log = logger("linker")
        self._in_flight: set[Token] = set()
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
            case Committed(tokens):
                if linked := self._acknowledged(tokens):
                    self._parts.session.tell(LinkerAdvanced(linked))
            case Rejected(token, failure):
                self._acknowledged((token,))
                self._log.warning("linking-rejected", run=self._run, code=failure.code, detail=failure.detail)
        if self._run is not None and not self._in_flight and self._wanted:
            self._pull(self._run)

    def release(self) -> None:
        """Give up what is in flight; it waits in the library still."""
        self._forget_in_flight()

    def _forget_in_flight(self) -> None:
        self._parts.outstanding.add(-len(self._in_flight))
        self._in_flight.clear()
        self._last_pull = frozenset()

    def _acknowledged(self, tokens: tuple[Token, ...]) -> int:
        """Tell how many of these messages were waited for."""
        known = self._in_flight.intersection(tokens)
        self._in_flight -= known
        self._parts.outstanding.add(-len(known))
        return len(known)

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
        decided = [self._decide(file) for file in waiting]
        self._parts.outstanding.add(len(decided))
        for links in decided:
            token = Token(next(self._parts.tokens))
            self._in_flight.add(token)
            self._parts.library.store(StoreLinks(run, links), token, self._parts.own_port)

    def _decide(self, waiting: WaitingFile) -> FileLinks:
        """Decide one file; a defect in the decision costs that file's links, and no other's."""
        try:
            return self._parts.decide(waiting)
        except Exception as error:  # noqa: BLE001 - recorded as the state of the passages
            reason = f"{type(error).__name__}: {error}"
            self._log.error("linking-failed", file=display_path(waiting.path), error=reason)
            failed = tuple(PassageLinks(p.guid, LinkState.FAILED, (), None, (), reason) for p in waiting.passages)
            return FileLinks(waiting.path, failed, waiting.revision)
