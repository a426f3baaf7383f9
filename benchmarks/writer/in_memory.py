"""The rivals that know in memory what the library has: good code of somebody who needs no more than a first import.

- *one transaction a file* (d): 16 producers take turns at one connection; each writes its whole file and commits.
- *a batching thread* (e): producers hand files over under as many credits as Passagework has; one thread writes up to
  100 of them in a transaction.
- *a batching thread, rows made* (f): the same, and its producers encode nothing. No program is like that; it shows what
  of the difference to (e) is encoding, which Passagework leaves to its worker processes.

All insert all rows of a table with one ``executemany``, straight into the final tables, with ids that they have at
hand, so that they look nothing up and make no row; rows that several files have in common are written by whoever comes
first. There is no staging, no journal for undo, no comparison with an earlier import, no message that is delivered
twice, no file that spoils a batch, and no decision about links.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter
from typing import Protocol

from recorded_messages import Analysis
from seams.persistence import INDEX, encode

from writer.credits import Credits
from writer.rows import IN_ORDER, SHARED, Finished, Row

ONE_EACH, BATCHING, ROWS_MADE = "one transaction", "batching thread", "batching thread, rows made"
FILES_A_TRANSACTION, FILES_ON_THEIR_WAY = 100, 128
PATIENCE_FOR_MORE_SECONDS = 0.002


class InMemory(Protocol):
    """A rival: ``give`` may be called by many producers, ``close`` ends when all is durable."""

    longest_wait: float
    longest_ack: float

    def give(self, analysis: Analysis) -> None:
        """Store a file, or hand it over."""

    def close(self) -> None:
        """Wait until all is stored."""


class _Writer:
    """Writes files in one transaction. Used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, finished: Finished) -> None:
        self._connection, self._finished = connection, finished
        self._written: dict[str, set[Row]] = {table: set() for table in SHARED}

    def write(self, paths: Iterable[bytes]) -> None:
        rows: dict[str, list[Row]] = {table: [] for table in IN_ORDER}
        for path in paths:
            file = self._finished.files[path]
            for part in (file.of_file, *file.passages):
                for table, found in part.items():
                    rows[table] += found if table not in SHARED else self._new(table, found)
        self._connection.execute("BEGIN IMMEDIATE")
        # FTS5 begins a new segment whenever a number is below the one before.
        rows[INDEX].sort()
        for table, found in rows.items():
            if found:
                self._connection.executemany(self._finished.insert[table], found)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def _new(self, table: str, rows: Iterable[Row]) -> list[Row]:
        written = self._written[table]
        new = [row for row in dict.fromkeys(rows) if row not in written]
        written.update(new)
        return new


class OneTransactionAFile:
    """(d): whoever has a file waits for its turn, writes and commits."""

    def __init__(self, connection: sqlite3.Connection, finished: Finished) -> None:
        self._writer = _Writer(connection, finished)
        self._turn = threading.Lock()
        self.longest_wait = self.longest_ack = 0.0

    def give(self, analysis: Analysis) -> None:
        came = perf_counter()
        encode(analysis)
        with self._turn:
            self._writer.write([analysis.path])
            self.longest_wait = self.longest_ack = max(self.longest_ack, perf_counter() - came)

    def close(self) -> None:
        self._writer.close()


class BatchingThread:
    """(e) and (f): one thread that writes what has been handed over; (e) ``encodes`` it before."""

    def __init__(self, connection: sqlite3.Connection, finished: Finished, *, encodes: bool = True) -> None:
        self._writer = _Writer(connection, finished)
        self._encodes = encodes
        self._credits = Credits(FILES_ON_THEIR_WAY)
        self._given: queue.SimpleQueue[tuple[bytes, float] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write)
        self.longest_wait = self.longest_ack = 0.0
        self._thread.start()

    def give(self, analysis: Analysis) -> None:
        came = perf_counter()
        self._credits.take()
        if self._encodes:
            encode(analysis)
        self._given.put((analysis.path, perf_counter()))
        self.longest_wait = max(self.longest_wait, perf_counter() - came)

    def close(self) -> None:
        self._given.put(None)
        self._thread.join()

    def _write(self) -> None:
        while batch := self._batch():
            self._writer.write(path for path, _ in batch)
            now = perf_counter()
            self.longest_ack = max(self.longest_ack, *(now - handed for _, handed in batch))
            self._credits.give_back(len(batch))
        self._writer.close()

    def _batch(self) -> list[tuple[bytes, float]]:
        """Wait for a file, then for as many as come without a pause; nothing: no more will come."""
        batch: list[tuple[bytes, float]] = []
        given = self._given.get()
        while given is not None:
            batch.append(given)
            if len(batch) == FILES_A_TRANSACTION:
                return batch
            try:
                given = self._given.get(timeout=PATIENCE_FOR_MORE_SECONDS)
            except queue.Empty:
                return batch
        if batch:
            self._given.put(None)
        return batch


RIVALS: dict[str, Callable[[sqlite3.Connection, Finished], InMemory]] = {
    ONE_EACH: OneTransactionAFile,
    BATCHING: BatchingThread,
    ROWS_MADE: partial(BatchingThread, encodes=False),
}
