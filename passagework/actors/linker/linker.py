"""The linker: pulls files whose passages wait for identification, decides, and sends one message per file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from passagework.actors.messages.library import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.linker import Link, LinkerMessage, StopLinking
from passagework.actors.messages.session import LinkerAdvanced, LinkerIdle, SessionMessage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import SupervisorMessage
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.writer.pending_writes import PendingWrites
from passagework.domain.files import display_path
from passagework.domain.ids import RunId, WriteId
from passagework.domain.links import FileLinks, LinkState, PassageLinks
from passagework.domain.waiting import WaitingFile
from passagework.logs import logger
from passagework.persistence.read.queries import WaitingFiles
from passagework.persistence.write.writes import StoreLinks


@dataclass(frozen=True, slots=True)
class LinkerParts:
    """What a linker works with. ``decide`` is the pure decision for one file; no ``write_ids`` comes twice."""

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[LinkerMessage]
    pending_writes: PendingWrites
    scheduler: Scheduler
    write_ids: Iterator[int]
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
        self._in_flight: set[WriteId] = set()
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
            case Committed(write_ids):
                if linked := self._acknowledged(write_ids):
                    self._parts.session.tell(LinkerAdvanced(linked))
            case Rejected(write_id, failure):
                self._acknowledged((write_id,))
                self._log.warning("linking-rejected", run=self._run, code=failure.code, detail=failure.detail)
        if self._run is not None and not self._in_flight and self._wanted:
            self._pull(self._run)

    def release(self) -> None:
        """Give up what is in flight; it waits in the library still."""
        self._forget_in_flight()

    def _forget_in_flight(self) -> None:
        self._parts.pending_writes.add(-len(self._in_flight))
        self._in_flight.clear()
        self._last_pull = frozenset()

    def _acknowledged(self, write_ids: tuple[WriteId, ...]) -> int:
        """Tell how many of these messages were waited for."""
        known = self._in_flight.intersection(write_ids)
        self._in_flight -= known
        self._parts.pending_writes.add(-len(known))
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
        self._parts.pending_writes.add(len(decided))
        for links in decided:
            write_id = WriteId(next(self._parts.write_ids))
            self._in_flight.add(write_id)
            self._parts.library.store(StoreLinks(run, links), write_id, self._parts.own_port)

    def _decide(self, waiting: WaitingFile) -> FileLinks:
        """Decide one file; a defect in the decision costs that file's links, and no other's."""
        try:
            return self._parts.decide(waiting)
        except Exception as error:  # noqa: BLE001 - recorded as the state of the passages
            reason = f"{type(error).__name__}: {error}"
            self._log.error("linking-failed", file=display_path(waiting.path), error=reason)
            failed = tuple(PassageLinks(p.guid, LinkState.FAILED, (), None, (), reason) for p in waiting.passages)
            return FileLinks(waiting.path, failed, waiting.revision)
