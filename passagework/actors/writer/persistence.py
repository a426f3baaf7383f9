"""The persistence actor: owns the only connection that writes, and writes messages in batched transactions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from passagework.actors.messages.acknowledgements import LibraryDegraded, LibraryNews, LibraryRecovered
from passagework.actors.messages.library import (
    AddDocuments,
    Ask,
    AskWriterStatistics,
    ClearDocuments,
    CloseRun,
    Drain,
    Flush,
    ForgetFiles,
    LingerElapsed,
    OpenLibrary,
    OpenRun,
    PersistenceMessage,
    PersistenceOrder,
    PersistenceQuestion,
    ReportPlays,
    RetryFlush,
    SetValues,
    Submit,
    Undo,
)
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.backoff import Backoff
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.flush_policy import FlushDecision, FlushRules
from passagework.actors.writer.library_port import LibraryPort
from passagework.actors.writer.library_writer import LibraryWriter
from passagework.actors.writer.metrics import WriterMetrics
from passagework.domain.errors import LibraryUnavailableError
from passagework.logs import logger
from passagework.persistence.store import LibraryStore

FIRST_RETRY_SECONDS = 0.05
LONGEST_RETRY_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistenceParts:
    """What a persistence actor works with. ``open_store`` opens the library, in the actor's thread.

    ``metrics`` belong to the importer, so that a restart of the actor loses no number. ``services`` are those
    that identify passages.
    """

    open_store: Callable[[], LibraryStore]
    session: Port[LibraryNews]
    own_port: LibraryPort
    clock: Clock
    scheduler: Scheduler
    rules: FlushRules
    metrics: WriterMetrics = field(default_factory=WriterMetrics)
    services: tuple[str, ...] = ()


class PersistenceActor(BaseActor[PersistenceMessage]):
    """Collects writes into a batch, writes it in one transaction, and acknowledges after COMMIT.

    Queries run between transactions. When the library cannot be written (disk full, locked, read-only), the batch is
    kept and tried again. No credit returns meanwhile, so everything upstream stops.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: PersistenceParts) -> None:
        super().__init__(ActorName.PERSISTENCE, supervisor)
        self._parts = parts
        self._log = logger("persistence")
        self._backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
        self._writer = LibraryWriter(
            parts.open_store,
            session=parts.session,
            clock=parts.clock,
            rules=parts.rules,
            metrics=parts.metrics,
            services=parts.services,
            queued=lambda: self.queued,
        )

    def receive(self, message: PersistenceMessage) -> object:
        """Handle one message; then write, if the inbox is empty and no other message is expected."""
        reply = None
        batch = self._writer.batch
        match message:
            case Ping():
                """The base actor replies."""
            case (
                OpenLibrary()
                | Ask()
                | AskWriterStatistics()
                | SetValues()
                | ReportPlays()
                | Undo()
                | ForgetFiles()
                | AddDocuments()
                | ClearDocuments()
                | Drain()
            ):
                reply = self._reply(message)
                if batch.complete(self.queued):
                    # Not here: an error of the batch must not be raised in the asking thread.
                    self._parts.own_port.tell(LingerElapsed(batch.number))
            case Submit() | OpenRun() | CloseRun() | Flush() | LingerElapsed() | RetryFlush():
                self._handle(message)
                if batch.complete(self.queued):
                    self._flush()
            case _:
                assert_never(message)
        return reply

    def release(self) -> None:
        """Close the connection and give up the lock on the library."""
        self._writer.close()

    def _reply(self, message: PersistenceQuestion) -> object:
        """Handle a message with a reply. Errors are raised in the asking thread and change nothing here."""
        reply: object = None
        match message:
            case OpenLibrary():
                self._writer.open()
            case Ask(query):
                reply = self._writer.query(query)
            case AskWriterStatistics():
                reply = self._writer.announce()
            case SetValues() | ReportPlays() | Undo() | ForgetFiles() | AddDocuments() | ClearDocuments():
                reply = self._writer.write_at_once(lambda store, now_ns: _written(store, message, now_ns))
            case Drain():
                self._writer.drain()
            case _:
                assert_never(message)
        return reply

    def _handle(self, message: PersistenceOrder) -> None:
        match message:
            case Submit():
                self._collect(message)
            case OpenRun():
                self._writer.open_run(message)
                self._flush_for_good()
            case CloseRun():
                self._writer.close_run(message)
                self._flush_for_good()
            case Flush():
                self._flush_for_good()
            case LingerElapsed(batch):
                # Otherwise it belongs to an earlier batch, which was written because it was full.
                if batch == self._writer.batch.number:
                    self._flush()
            case RetryFlush():
                # Otherwise a drain came first, and wrote the batch.
                if self._writer.unavailable is not None:
                    self._write()
            case _:
                assert_never(message)

    def _collect(self, message: Submit) -> None:
        match self._writer.add(message):
            case FlushDecision.FLUSH:
                self._flush()
            case FlushDecision.START_LINGER:
                elapsed = LingerElapsed(self._writer.batch.number)
                self._parts.scheduler.later(
                    self._parts.rules.linger_seconds, lambda: self._parts.own_port.tell(elapsed)
                )
            case FlushDecision.WAIT:
                """The linger timer of the first message of the batch is running."""

    def _flush_for_good(self) -> None:
        """Write the batch when a run begins, ends or is cancelled: expected messages may never arrive."""
        self._flush()
        self._writer.batch.expect_no_more()

    def _flush(self) -> None:
        """Write the batch, unless the library does not take writes; then the retry is already scheduled."""
        if self._writer.unavailable is None:
            self._write()

    def _write(self) -> None:
        try:
            self._writer.write()
        except LibraryUnavailableError as error:
            self._degrade(error)
            return
        # Only now: the batch that was kept is durable, and its acknowledgements are sent.
        if self._writer.unavailable is not None:
            self._writer.unavailable = None
            self._backoff.reset()
            self._log.info("library-recovered")
            self._parts.session.tell(LibraryRecovered())
            self._writer.announce()
        self._writer.checkpoint_passive()

    def _degrade(self, error: LibraryUnavailableError) -> None:
        # The session receives this once, but every try is counted and schedules the next one.
        self._parts.metrics.refused(error.kind)
        if self._writer.unavailable is None:
            self._writer.unavailable = str(error)
            self._log.error("library-degraded", kind=error.kind, detail=str(error))
            self._parts.session.tell(LibraryDegraded(str(error)))
        self._writer.announce()
        delay = self._backoff.next_delay()
        self._parts.scheduler.later(delay, lambda: self._parts.own_port.tell(RetryFlush()))


def _written(
    store: LibraryStore,
    message: SetValues | ReportPlays | Undo | ForgetFiles | AddDocuments | ClearDocuments,
    now_ns: int,
) -> object:
    """Write what a person asked for."""
    match message:
        case SetValues(edits):
            return store.edit(edits, now_ns)
        case ReportPlays(report):
            return store.report_plays(report)
        case Undo(run):
            return store.undo(run, now_ns)
        case ForgetFiles(forget):
            return store.forget(forget)
        case AddDocuments(documents):
            return store.add_flavor_documents(documents, now_ns)
        case ClearDocuments():
            return store.clear_flavor_documents()
        case _:
            assert_never(message)
