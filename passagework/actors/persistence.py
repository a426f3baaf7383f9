"""The persistence actor: owns the only connection, and writes what it is told in batched transactions."""

from collections.abc import Callable
from dataclasses import dataclass

from passagework.actors.actor import BaseActor
from passagework.actors.backoff import Backoff
from passagework.actors.clock import Clock
from passagework.actors.flush_policy import FlushPolicy, FlushRules, Verdict
from passagework.actors.library_port import LibraryPort
from passagework.actors.messages import (
    Acknowledgement,
    Ask,
    CloseRun,
    Committed,
    Drain,
    Flush,
    LibraryDegraded,
    LibraryRecovered,
    LingerElapsed,
    OpenLibrary,
    OpenRun,
    PersistenceMessage,
    Rejected,
    RetryFlush,
    RunClosed,
    RunOpened,
    SessionMessage,
    SetValues,
    Submit,
    SupervisorMessage,
)
from passagework.actors.outstanding import Outstanding
from passagework.actors.port import Port
from passagework.actors.scheduler import Scheduler
from passagework.domain.errors import LibraryError, LibraryUnavailableError
from passagework.domain.failures import Failure
from passagework.logs import logger
from passagework.persistence.store import LibraryStore

FIRST_RETRY_SECONDS = 0.05
LONGEST_RETRY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class PersistenceParts:
    """What a persistence actor works with. ``open_store`` opens the library, in the actor's thread."""

    open_store: Callable[[], LibraryStore]
    session: Port[SessionMessage]
    own_port: LibraryPort
    outstanding: Outstanding
    clock: Clock
    scheduler: Scheduler
    rules: FlushRules


class PersistenceActor(BaseActor[PersistenceMessage]):
    """Collects writes into a batch, writes it in one transaction, and acknowledges after COMMIT.

    Queries are answered between transactions. When the library cannot be written (disk full, locked, read-only), the
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
        self._opening: list[OpenRun] = []
        self._closing: list[CloseRun] = []
        self._last_opened: RunOpened | None = None
        self._degraded = False
        self._backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)

    def receive(self, message: PersistenceMessage) -> object:
        """Handle one message."""
        match message:
            case OpenLibrary():
                self._opened = self._parts.open_store()
            case Submit():
                self._collect(message)
            case Ask(query):
                return self._store.answer(query)
            case SetValues(edits):
                return self._store.edit(edits, self._parts.clock.time_ns())
            case Flush():
                self._flush()
            case LingerElapsed(batch) if batch == self._batch_number:
                self._flush()
            case RetryFlush() if self._degraded:
                self._write()
            case OpenRun():
                self._opening.append(message)
                self._flush()
            case CloseRun():
                self._closing.append(message)
                self._flush()
            case Drain():
                self._drain()
            case _:
                pass
        return None

    def release(self) -> None:
        """Close the connection and give up the lock on the library."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _store(self) -> LibraryStore:
        if self._opened is None:
            raise LibraryError("the library is not open")
        return self._opened

    # Batches

    def _collect(self, message: Submit) -> None:
        self._batch.append(message)
        match self._policy.added(self._store.size_of(message.write), self._parts.outstanding.count):
            case Verdict.FLUSH:
                self._flush()
            case Verdict.START_LINGER:
                elapsed = LingerElapsed(self._batch_number)
                self._parts.scheduler.later(
                    self._parts.rules.linger_seconds, lambda: self._parts.own_port.tell(elapsed)
                )
            case Verdict.WAIT:
                pass

    def _flush(self) -> None:
        """Write the batch, unless the library does not take writes; then the retry is already scheduled."""
        if not self._degraded:
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
        if self._degraded:
            self._degraded = False
            self._backoff.reset()
            self._log.info("library-recovered")
            self._parts.session.tell(LibraryRecovered())

    def _commit_batch(self) -> None:
        outcome = self._store.write([message.write for message in self._batch], self._parts.clock.time_ns())
        written, self._batch = self._batch, []
        self._batch_number += 1
        self._policy.flushed()
        self._log.info(
            "committed",
            run=written[-1].write.run,
            messages=len(outcome.committed),
            rejected=len(outcome.rejected),
            rows=outcome.rows,
            statements=outcome.statements,
            prepare_seconds=round(outcome.prepare_seconds, 4),
            transaction_seconds=round(outcome.transaction_seconds, 4),
        )
        self._acknowledge(written, dict(outcome.rejected))

    def _acknowledge(self, written: list[Submit], rejected: dict[int, Failure]) -> None:
        """Tell each sender once what became durable, and each rejection by itself."""
        durable: dict[Port[Acknowledgement], list[Submit]] = {}
        for index, message in enumerate(written):
            if (failure := rejected.get(index)) is None:
                durable.setdefault(message.reply_to, []).append(message)
            else:
                # Whoever hears of it logs it, with what it means for a file.
                self._log.debug(
                    "rejected", run=message.write.run, write=type(message.write).__name__, detail=failure.detail
                )
                message.reply_to.tell(Rejected(message.token, failure))
        for reply_to, messages in durable.items():
            reply_to.tell(Committed(tuple(message.token for message in messages)))

    def _degrade(self, error: LibraryUnavailableError) -> None:
        if not self._degraded:
            self._degraded = True
            self._log.error("library-degraded", kind=error.kind, detail=str(error))
            self._parts.session.tell(LibraryDegraded(str(error)))
        delay = self._backoff.next_delay()
        self._parts.scheduler.later(delay, lambda: self._parts.own_port.tell(RetryFlush()))

    # Runs

    def _open_runs(self) -> None:
        while self._opening:
            opening = self._opening[0]
            if self._last_opened is None or self._last_opened.ticket != opening.ticket:
                run = self._store.open_run(
                    opening.config_hash, opening.config_text, opening.roots, self._parts.clock.time_ns()
                )
                self._last_opened = RunOpened(run, opening.ticket)
            self._opening.pop(0)
            opening.reply_to.tell(self._last_opened)

    def _close_runs(self) -> None:
        while self._closing:
            closing = self._closing[0]
            self._store.close_run(
                closing.run, closing.state, closing.files_seen, closing.files_unchanged, self._parts.clock.time_ns()
            )
            self._closing.pop(0)
            closing.reply_to.tell(RunClosed(closing.run))

    def _drain(self) -> None:
        """Write what is here, however often that failed before; then tidy up, which may be left undone."""
        try:
            if self._batch:
                self._commit_batch()
            self._close_runs()
        except LibraryUnavailableError as error:
            if self._batch:
                raise LibraryUnavailableError.while_draining(len(self._batch)) from error
            raise
        try:
            self._store.checkpoint()
        except LibraryUnavailableError as error:
            self._log.warning("checkpoint-left-undone", kind=error.kind, detail=str(error))
