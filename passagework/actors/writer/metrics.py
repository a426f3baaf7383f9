"""Counters and histograms of the persistence actor. Plain, no threads."""

from collections import Counter
from collections.abc import Iterable, Sequence

from passagework.domain.errors import UnavailableKind
from passagework.domain.spread import Histogram
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.file.checkpoint import WalState
from passagework.persistence.write.batch import BatchOutcome


class WriterMetrics:
    """Counts what the persistence actor does, from the opening of a run to that of the next.

    Belongs to the importer and not to the actor, so that a restart of the actor loses no number. Only the actor's
    thread uses it.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin again at zero."""
        self._messages = self._rows = self._rejected = self._replayed = 0
        self._retries: Counter[UnavailableKind] = Counter()
        self._messages_per, self._rows_per = Histogram(), Histogram()
        self._waits, self._holds, self._reads, self._checkpoints = Histogram(), Histogram(), Histogram(), Histogram()
        self._queue_largest = 0
        self._wal_bytes = self._wal_bytes_largest = 0
        self._wal_held_by: str | None = None

    def batch(self, outcome: BatchOutcome, waits: Sequence[float], queue: int) -> None:
        """Count a batch that was committed; ``waits`` are those of its messages, ``queue`` is the size of the inbox."""
        self._messages += len(waits)
        self._rows += outcome.rows
        self._rejected += len(outcome.rejected)
        self._replayed += outcome.replayed
        self._messages_per.add(len(waits))
        self._rows_per.add(outcome.rows)
        for wait in waits:
            self._waits.add(wait)
        self._queue_largest = max(self._queue_largest, queue)

    def transactions(self, holds: Iterable[float]) -> None:
        """Count transactions of any kind, by how long each held the library."""
        for hold in holds:
            self._holds.add(hold)

    def read(self, seconds: float) -> None:
        """Count a query."""
        self._reads.add(seconds)

    def checkpoint(self, seconds: float, state: WalState) -> None:
        """Count a checkpoint, which copied the WAL into the library as far as no reader prevented it."""
        self._checkpoints.add(seconds)
        self._wal_held_by = state.held_by
        self.wal(state.bytes)

    def wal(self, size: int) -> None:
        """Record the size of the WAL."""
        self._wal_bytes = size
        self._wal_bytes_largest = max(self._wal_bytes_largest, size)

    def refused(self, kind: UnavailableKind) -> None:
        """Count a write that the library did not take."""
        self._retries[kind] += 1

    def statistics(self, queue: int, oldest_wait: float, unavailable: str | None) -> WriterStatistics:
        """Sum up; the parameters are the current values."""
        holds = self._holds.spread()
        return WriterStatistics(
            transactions=holds.count,
            messages=self._messages,
            rows=self._rows,
            rejected=self._rejected,
            replayed=self._replayed,
            retries=tuple(sorted((str(kind), times) for kind, times in self._retries.items())),
            messages_per_transaction=self._messages_per.spread(),
            rows_per_transaction=self._rows_per.spread(),
            waits=self._waits.spread(),
            holds=holds,
            reads=self._reads.spread(),
            checkpoints=self._checkpoints.spread(),
            queue=queue,
            queue_largest=max(self._queue_largest, queue),
            oldest_wait=oldest_wait,
            wal_bytes=self._wal_bytes,
            wal_bytes_largest=self._wal_bytes_largest,
            wal_held_by=self._wal_held_by,
            unavailable=unavailable,
        )
