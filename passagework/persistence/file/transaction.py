"""The only way to write: BEGIN IMMEDIATE, COMMIT, and a rollback after any error."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import perf_counter

from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.counts import FORGET_COUNTS, NOTE_CHANGE


@contextmanager
def transaction(connection: LibraryConnection, *, counts_stay: bool = False, only_own: bool = False) -> Iterator[None]:
    """Run the block as one write transaction. SQLite's errors pass through, with no transaction left open.

    ``counts_stay``: it changes nothing that is counted in ``library.counts``, or counts that itself. ``only_own``: it
    changes user values alone, which ``edit`` tells; all other changes are counted in ``library.changes``.

    Raises LibraryUnavailableError if the library was moved or replaced since it was opened, LibraryMarkedError if
    damage was noticed in it since.

    A COMMIT that fails may have taken effect; the caller must be able to repeat the work without harm.
    """
    connection.refuse_if_damaged()
    connection.refuse_if_moved()
    if not counts_stay:
        connection.has_changed = True
        if connection.before_changes is not None:
            connection.before_changes()
            connection.before_changes = None
    begun = perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if connection.before_commit is not None:
            connection.before_commit(connection)
            if not counts_stay:
                connection.execute(FORGET_COUNTS if only_own else NOTE_CHANGE)
        connection.execute("COMMIT")
        connection.holds.append(perf_counter() - begun)
    except BaseException:
        _roll_back(connection)
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let every read of the block see the same state of the library."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    """Roll back unless SQLite has already done so, as it may after a full disk or an I/O error."""
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
