"""The persistence actor: owns the only connection, and writes what it is told in batched transactions."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from passagework.actors.messages.library import (
    Ask,
    AskWriterStatistics,
    CloseRun,
    Drain,
    Flush,
    LibraryDegraded,
    LibraryRecovered,
    LingerElapsed,
    NothingToCome,
    OpenLibrary,
    OpenRun,
    PersistenceMessage,
    RetryFlush,
    RunClosed,
    RunOpened,
    SetValues,
    Submit,
    Undo,
)
from passagework.actors.messages.session import SessionMessage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.backoff import Backoff
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import Asked, SupervisorMessage
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.acknowledge import acknowledge
from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules
from passagework.actors.writer.library_port import LibraryPort
from passagework.actors.writer.metrics import WriterMetrics
from passagework.actors.writer.pending_writes import PendingWrites
from passagework.domain.errors import LibraryError, LibraryUnavailableError, LibraryWalLostError
from passagework.domain.writer_statistics import Writer, WriterStatistics
from passagework.logs import logger
from passagework.persistence.store import LibraryStore

R = TypeVar("R")

FIRST_RETRY_SECONDS = 0.05
LONGEST_RETRY_SECONDS = 30.0

CHECKPOINT_BYTES = 8 * 2**20
"""What is written before the log is moved into the library; in the log itself it takes about four times as much."""

ANNOUNCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PersistenceParts:
    """What a persistence actor works with. ``open_store`` opens the library, in the actor's thread.

    ``services`` are those that runs can ask what passages are.
    """

    open_store: Callable[[], LibraryStore]
    session: Port[SessionMessage]
    own_port: LibraryPort
    pending_writes: PendingWrites
    clock: Clock
    scheduler: Scheduler
    rules: FlushRules
    metrics: WriterMetrics = field(default_factory=WriterMetrics)
    services: tuple[str, ...] = ()


class PersistenceActor(BaseActor[PersistenceMessage]):
    """Collects writes into a batch, writes it in one transaction, and acknowledges after COMMIT.

    Questions are answered between transactions. When the library cannot be written (disk full, locked, read-only), the
    batch is kept and tried again; nobody gets a credit back meanwhile, so everything upstream comes to rest.
    """

    def __init__(self, supervisor: Port[SupervisorMessage], parts: PersistenceParts) -> None:
        super().__init__("persistence", supervisor)
        self._parts = parts
        self._log = logger("persistence")
        self._opened: LibraryStore | None = None
        self._policy = FlushPolicy(parts.rules)
        self._batch: list[Submit] = []
        self._batch_number = 0
        self._batch_since = 0.0
        self._opening: list[OpenRun] = []
        self._closing: list[CloseRun] = []
        self._last_opened: RunOpened | None = None
        self._unavailable: str | None = None
        self._backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
        self._bytes_in_wal = 0
        self._announced = 0.0

    def receive(self, message: PersistenceMessage) -> object:
        """Handle one message."""
        if isinstance(message, Asked):
            return self._answer(message)
        match message:
            case Submit():
                self._collect(message)
            case Flush():
                self._flush()
            case NothingToCome() if self._policy.complete(self._parts.pending_writes.count):
                self._flush()
            case LingerElapsed(batch) if batch == self._batch_number:
                self._flush()
            case RetryFlush() if self._unavailable is not None:
                self._write()
            case OpenRun():
                self._opening.append(message)
                self._flush()
            case CloseRun():
                self._closing.append(message)
                self._flush()
            case _:
                pass
        return None

    def release(self) -> None:
        """Close the connection and give up the lock on the library."""
        if self._opened is not None:
            self._opened.close()

    def _answer(self, message: PersistenceMessage) -> object:
        """Answer what is asked. Errors go to the asker and change nothing here."""
        match message:
            case OpenLibrary():
                self._opened = self._parts.open_store()
                self._announce()
            case Ask(query):
                began = self._parts.clock.monotonic()
                answer = self._store.answer(query)
                self._parts.metrics.read(self._parts.clock.monotonic() - began)
                return answer
            case AskWriterStatistics():
                return self._announce()
            case SetValues(edits):
                return self._write_for_asker(lambda store: store.edit(edits, self._parts.clock.time_ns()))
            case Undo(run):
                return self._write_for_asker(lambda store: store.undo(run, self._parts.clock.time_ns()))
            case Drain():
                self._drain()
            case _:
                pass
        return None

    def _write_for_asker(self, write: Callable[[LibraryStore], R]) -> R:
        """Write in a transaction of its own; if the log was taken away, once more in a library that is opened anew.

        For a batch the actor would be replaced, but an error of what is asked leaves the actor alive.
        """
        try:
            written = write(self._store)
        except LibraryWalLostError as error:
            self._log.warning("library-opened-anew", detail=str(error))
            self._store.close()
            self._opened = None
            self._opened = self._parts.open_store()
            written = write(self._opened)
        self._parts.metrics.transactions(self._store.take_holds())
        return written

    @property
    def _store(self) -> LibraryStore:
        if self._opened is None:
            raise LibraryError("the library is not open")
        return self._opened

    # Batches

    def _collect(self, message: Submit) -> None:
        if not self._batch:
            self._batch_since = self._parts.clock.monotonic() if message.told is None else message.told
        self._batch.append(message)
        match self._policy.added(self._store.size_of(message.write), self._parts.pending_writes.count):
            case FlushDecision.FLUSH:
                self._flush()
            case FlushDecision.START_LINGER:
                elapsed = LingerElapsed(self._batch_number)
                self._parts.scheduler.later(
                    self._parts.rules.linger_seconds, lambda: self._parts.own_port.tell(elapsed)
                )
            case FlushDecision.WAIT:
                pass

    def _flush(self) -> None:
        """Write the batch, unless the library does not take writes; then the retry is already scheduled."""
        if self._unavailable is None:
            self._write()

    def _write(self) -> None:
        try:
            if self._batch:
                self._commit_batch()
            self._close_runs()
            self._open_runs()
        except LibraryUnavailableError as error:
            self._degrade(error)
            return
        if self._unavailable is not None:
            self._unavailable = None
            self._backoff.reset()
            self._log.info("library-recovered")
            self._parts.session.tell(LibraryRecovered())
            self._announce()
        self._checkpoint_passive()

    def _commit_batch(self) -> None:
        outcome = self._store.write([message.write for message in self._batch], self._parts.clock.time_ns())
        committed_at = self._parts.clock.monotonic()
        written, self._batch = self._batch, []
        self._batch_number += 1
        self._bytes_in_wal += self._policy.flushed()
        acknowledge(written, dict(outcome.rejected))
        waits = [0.0 if message.told is None else committed_at - message.told for message in written]
        queue = self.queued
        self._parts.metrics.batch(outcome, waits, queue)
        self._parts.metrics.transactions(self._store.take_holds())
        self._log.info(
            "committed",
            run=written[-1].write.run,
            messages=len(outcome.committed),
            rejected=len(outcome.rejected),
            rows=outcome.rows,
            statements=outcome.statements,
            queue=queue,
            longest_wait_seconds=round(max(waits), 4),
            prepare_seconds=round(outcome.prepare_seconds, 4),
            transaction_seconds=round(outcome.transaction_seconds, 4),
        )
        if committed_at - self._announced >= ANNOUNCE_SECONDS:
            self._announce()

    def _degrade(self, error: LibraryUnavailableError) -> None:
        self._parts.metrics.refused(error.kind)
        if self._unavailable is None:
            self._unavailable = str(error)
            self._log.error("library-degraded", kind=error.kind, detail=str(error))
            self._parts.session.tell(LibraryDegraded(str(error)))
        self._announce()
        delay = self._backoff.next_delay()
        self._parts.scheduler.later(delay, lambda: self._parts.own_port.tell(RetryFlush()))

    # RunCounters

    def _announce(self) -> Writer:
        """Sum up how the writing goes, and tell other processes."""
        self._announced = self._parts.clock.monotonic()
        self._parts.metrics.log(self._store.log_bytes)
        return self._store.announce(self._accounts())

    def _accounts(self) -> WriterStatistics:
        oldest = self._parts.clock.monotonic() - self._batch_since if self._batch else 0.0
        return self._parts.metrics.accounts(self.queued + len(self._batch), oldest, self._unavailable)

    def _checkpoint_passive(self) -> None:
        """Move the log into the library when there is enough in it; who is still to be acknowledged does not wait."""
        if self._bytes_in_wal < CHECKPOINT_BYTES:
            return
        self._bytes_in_wal = 0
        began = self._parts.clock.monotonic()
        try:
            state = self._store.checkpoint_passive()
        except LibraryUnavailableError as error:
            self._log.warning("log-not-moved", kind=error.kind, detail=str(error))
            return
        self._parts.metrics.checkpoint(self._parts.clock.monotonic() - began, state)
        if state.held_by is not None:
            self._log.warning("log-grows", bytes=state.bytes, held_by=state.held_by)

    # Runs

    def _open_runs(self) -> None:
        while self._opening:
            opening = self._opening[0]
            if self._last_opened is None or self._last_opened.request_id != opening.request_id:
                now, services = self._parts.clock.time_ns(), self._parts.services
                run = self._store.open_run(opening.config_hash, opening.config_text, opening.roots, now, services)
                self._last_opened = RunOpened(run, opening.request_id)
                self._parts.metrics.begin()
                self._parts.metrics.transactions(self._store.take_holds())
            self._opening.pop(0)
            opening.reply_to.tell(self._last_opened)

    def _close_runs(self) -> None:
        while self._closing:
            closing = self._closing[0]
            self._parts.metrics.log(self._store.log_bytes)
            accounts = self._accounts()
            self._store.close_run(
                closing.run,
                closing.state,
                closing.files_seen,
                closing.files_unchanged,
                self._parts.clock.time_ns(),
                accounts,
            )
            self._parts.metrics.transactions(self._store.take_holds())
            self._closing.pop(0)
            self._log.info("accounts", run=closing.run, **asdict(accounts))
            closing.reply_to.tell(RunClosed(closing.run))

    def _drain(self) -> None:
        """Write what is here, however often that failed before; then tidy up."""
        try:
            if self._batch:
                self._commit_batch()
            self._close_runs()
        except LibraryUnavailableError as error:
            if self._batch:
                raise LibraryUnavailableError.while_draining(len(self._batch)) from error
            raise
        self._store.checkpoint()
