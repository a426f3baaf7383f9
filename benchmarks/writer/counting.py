"""Count at the database what a connection does: by the trace callback, which slows it; so never in a timed run."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass

from writer.fsyncs import fsyncs_so_far

_WITHOUT_LOCK = ("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "INSERT INTO temp.", "DELETE FROM temp.")
"""Outside of a transaction these take no lock on the library: the savepoint is that of the temporary tables."""

_READING = ("SELECT", "WITH", "BEGIN DEFERRED")


@dataclass(frozen=True)
class Counts:
    """What was counted up to a moment. ``fsyncs`` are those of the process, None where they cannot be counted."""

    taking_locks: int = 0
    writing: int = 0
    statements: int = 0
    fsyncs: int | None = None

    def since(self, before: "Counts") -> "Counts":
        """Give what was counted between two moments."""
        fsyncs = None if self.fsyncs is None or before.fsyncs is None else self.fsyncs - before.fsyncs
        return Counts(
            self.taking_locks - before.taking_locks,
            self.writing - before.writing,
            self.statements - before.statements,
            fsyncs,
        )


class Counter:
    """Counts for all connections of a process. A lock is taken by what begins while no transaction is open.

    That is a statement by itself, or the BEGIN of several; the statements between BEGIN and COMMIT find the lock taken.
    A transaction of the kind that writes takes the write lock, whether it then changes a row or not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taking_locks = 0
        self._writing = 0
        self._statements = 0

    def read(self) -> Counts:
        """Give the counts of this moment; without a watched connection only fsyncs are counted."""
        return Counts(self._taking_locks, self._writing, self._statements, fsyncs_so_far())

    def watch(self, connection: sqlite3.Connection) -> None:
        """Count on this connection from now on."""
        connection.set_trace_callback(self._callback(connection))

    def _callback(self, connection: sqlite3.Connection) -> Callable[[str], None]:
        def count(statement: str) -> None:
            sql = statement.lstrip()
            with self._lock:
                self._statements += 1
                if not connection.in_transaction and not sql.startswith(_WITHOUT_LOCK):
                    self._taking_locks += 1
                    self._writing += not (sql == "BEGIN" or sql.startswith(_READING))

        return count
