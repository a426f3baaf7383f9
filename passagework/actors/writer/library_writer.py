"""What the persistence actor does with its library: transactions, runs, checkpoints, and statistics.

Plain, no threads; everything here runs in the thread of the actor. While the library takes no writes,
methods that write raise LibraryUnavailableError and keep what was to be written.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TypeVar

from passagework.actors.messages.acknowledgements import FilesChanged, LibraryNews, RunClosed, RunOpened
from passagework.actors.messages.library import CloseRun, OpenRun, Submit
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.port import Port
from passagework.actors.writer.flush_policy import FlushDecision, FlushRules
from passagework.actors.writer.metrics import WriterMetrics
from passagework.actors.writer.open_batch import OpenBatch, acknowledge
from passagework.domain.errors import LibraryError, LibraryUnavailableError, LibraryWalLostError
from passagework.domain.writer_statistics import Writer, WriterStatistics
from passagework.logs import logger
from passagework.persistence.file.checkpoint import LOG_BYTES
from passagework.persistence.read.queries import Query
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.batch import BatchOutcome

R = TypeVar("R")

ANNOUNCE_SECONDS = 1.0


class LibraryWriter:
    """Writes batches, opens and closes runs, and runs checkpoints.

    ``session`` hears of changes of files. ``queued`` returns the number of messages in the inbox of the actor;
    ``services`` are those that identify passages.
    The actor sets ``unavailable``: the reason why the library takes no writes at the moment.
    """

    def __init__(
        self,
        open_store: Callable[[], LibraryStore],
        *,
        session: Port[LibraryNews],
        clock: Clock,
        rules: FlushRules,
        metrics: WriterMetrics,
        services: tuple[str, ...],
        queued: Callable[[], int],
    ) -> None:
        self._open_store = open_store
        self._session = session
        self._clock = clock
        self._metrics = metrics
        self._services = services
        self._queued = queued
        self._log = logger("persistence")
        self._opened: LibraryStore | None = None
        self._opening: deque[OpenRun] = deque()
        self._closing: deque[CloseRun] = deque()
        self._last_opened: RunOpened | None = None
        self._log_tried_at = 0
        self._announced = 0.0
        self.batch = OpenBatch(rules)
        self.unavailable: str | None = None

    # Opening and reading

    def open(self) -> None:
        """Open the library, and announce this process as its writer."""
        self._opened = self._open_store()
        # The transactions that make a new library are no work of a run.
        self._opened.take_holds()
        checked = self._opened.checked
        self._log.info(
            "library-checked", how=checked.how, seconds=round(checked.seconds, 3), unseen=list(checked.unseen)
        )
        self.announce()

    def close(self) -> None:
        """Close the connection and give up the lock on the library."""
        if self._opened is not None:
            self._opened.close()

    def query(self, query: Query[R]) -> R:
        """Run a query."""
        began = self._clock.monotonic()
        result = self._store.query(query)
        self._metrics.read(self._clock.monotonic() - began)
        return result

    # Writing

    def add(self, message: Submit) -> FlushDecision:
        """Add a write to the batch."""
        size = self._store.size_of(message.write)
        return self.batch.add(message, size, self._clock.monotonic(), self._queued())

    def open_run(self, request: OpenRun) -> None:
        """Open a run with the next ``write``."""
        self._opening.append(request)

    def close_run(self, request: CloseRun) -> None:
        """Close a run with the next ``write``, after the batch."""
        self._closing.append(request)

    def write(self) -> None:
        """Write everything. The order matters: a run is closed after its last batch, and before the next one opens."""
        self._commit_batch()
        self._close_runs()
        self._open_runs()

    def drain(self) -> None:
        """Write the open batch, even after earlier failures; then run a checkpoint."""
        try:
            self._commit_batch()
            self._close_runs()
        except LibraryUnavailableError as error:
            if self.batch.messages:
                raise LibraryUnavailableError.while_draining(len(self.batch.messages)) from error
            raise
        self._store.checkpoint()

    def write_at_once(self, write: Callable[[LibraryStore, int], R]) -> R:
        """Write in a separate transaction; if the WAL was removed, open the library again and try once more.

        An error of a batch would replace the actor and so reopen the library; an error of a message with a reply does
        not.
        """
        try:
            written = write(self._store, self._clock.time_ns())
        except LibraryWalLostError as error:
            self._log.warning("library-opened-anew", detail=str(error))
            # Close first, since the lock belongs to one connection. If opening fails, the store stays closed.
            self._store.close()
            self._opened = None
            self._opened = self._open_store()
            written = write(self._opened, self._clock.time_ns())
        self._metrics.transactions(self._store.take_holds())
        self.checkpoint_passive()
        return written

    def checkpoint_passive(self) -> None:
        """Run a checkpoint when the WAL is large enough, after all acknowledgements."""
        used = self._store.log_in_use
        if used < self._log_tried_at:
            # It began anew, since the last checkpoint was complete.
            self._log_tried_at = 0
        if used - self._log_tried_at < LOG_BYTES:
            return
        # Also if the checkpoint fails: the next try follows after as many bytes, not after every batch.
        self._log_tried_at = used
        began = self._clock.monotonic()
        try:
            state = self._store.checkpoint_passive()
        except LibraryUnavailableError as error:
            self._log.warning("log-not-moved", kind=error.kind, detail=str(error))
            return
        self._metrics.checkpoint(self._clock.monotonic() - began, state)
        if state.held_by is not None:
            self._log.warning("log-grows", bytes=state.bytes, held_by=state.held_by)

    def announce(self) -> Writer:
        """Publish the statistics of the writer for other processes, and return them."""
        self._announced = self._clock.monotonic()
        return self._store.announce(self._statistics())

    # In detail

    @property
    def _store(self) -> LibraryStore:
        if self._opened is None:
            raise LibraryError("the library is not open")
        return self._opened

    def _commit_batch(self) -> None:
        if not self.batch.messages:
            return
        outcome = self._store.write([message.write for message in self.batch.messages], self._clock.time_ns())
        committed_at = self._clock.monotonic()
        rejected = dict(outcome.rejected)
        written = self.batch.written(rejected)
        # Acknowledgements first: they return credits, so other actors work while this thread counts.
        acknowledge(written, rejected, outcome.linked, outcome.results)
        if outcome.changes:
            self._session.tell(FilesChanged(written[-1].write.run, outcome.changes))
        self._count(outcome, written, committed_at)
        if committed_at - self._announced >= ANNOUNCE_SECONDS:
            self.announce()

    def _count(self, outcome: BatchOutcome, written: Sequence[Submit], committed_at: float) -> None:
        for index, failure in outcome.unlinked.items():
            run = written[index].write.run
            self._log.warning("linking-rejected", run=run, code=failure.code, detail=failure.detail)
        waits = [0.0 if message.told is None else committed_at - message.told for message in written]
        queue = self._queued()
        self._metrics.batch(outcome, waits, queue)
        self._metrics.transactions(self._store.take_holds())
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

    def _open_runs(self) -> None:
        while self._opening:
            request = self._opening[0]
            # The session sends OpenRun again after a crash. The run may have been opened before the crash.
            if self._last_opened is None or self._last_opened.request_id != request.request_id:
                run = self._store.open_run(
                    request.config_hash, request.config_text, request.roots, self._clock.time_ns(), self._services
                )
                self._last_opened = RunOpened(run, request.request_id)
                self._metrics.begin()
                self._metrics.transactions(self._store.take_holds())
            # The request leaves the queue after COMMIT, not before: a library that takes no writes would lose it.
            self._opening.popleft()
            request.reply_to.tell(self._last_opened)

    def _close_runs(self) -> None:
        while self._closing:
            request = self._closing[0]
            statistics = self._statistics()
            self._store.close_run(
                request.run,
                request.state,
                request.files_seen,
                request.files_unchanged,
                self._clock.time_ns(),
                statistics,
            )
            self._metrics.transactions(self._store.take_holds())
            # As with OpenRun: after COMMIT. Closing a run twice changes nothing.
            self._closing.popleft()
            self._log.info("accounts", run=request.run, **asdict(statistics))
            request.reply_to.tell(RunClosed(request.run))

    def _statistics(self) -> WriterStatistics:
        self._metrics.wal(self._store.wal_bytes)
        waiting = len(self.batch.messages)
        oldest = self._clock.monotonic() - self.batch.since if waiting else 0.0
        return self._metrics.statistics(self._queued() + waiting, oldest, self.unavailable)
