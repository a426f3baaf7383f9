"""Write a batch of messages in one transaction; if one of them cannot be stored, reject only that one."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from passagework.domain.failures import Failure
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.sqlite_errors import is_poison, primary_code
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.columns import assigned, listed
from passagework.persistence.write.conflict_free_groups import conflict_free_groups
from passagework.persistence.write.entities import STORE_COMPOSERS, STORE_ENTITIES, STORE_MERGERS
from passagework.persistence.write.files import KNOW_FILES, STORE_ANALYSES, STORE_PRESENCE, STORE_RESULTS
from passagework.persistence.write.links import RESOLVE_LINKS, STORE_CANDIDATES, STORE_LINKS
from passagework.persistence.write.passages import STORE_FLAVOR, STORE_PASSAGES
from passagework.persistence.write.prepare import Preparation
from passagework.persistence.write.rejections import record_rejection, rejection_of
from passagework.persistence.write.staging import StagedRows, stage
from passagework.persistence.write.waiting import STORE_DELAYS
from passagework.persistence.write.writes import Write

_ON_STAGING: Final = ("INSERT INTO temp.", "UPDATE temp.", "DELETE FROM temp.", "WITH ")

_ANSWER: Final = (
    *("service", "found", "merged_into", "body", "schema_version", "fetched_ns", "expires_ns"),
    "run_id",
)

# Of several answers to one question the one fetched last stays, in whatever order they arrive.
_STORE_ANSWERS: Final = f"""
INSERT INTO answer (key, {listed(_ANSWER)})
SELECT key, {listed(_ANSWER)} FROM temp.staged_answer WHERE true
ON CONFLICT (key) DO UPDATE SET {assigned(_ANSWER, "excluded")}
WHERE excluded.fetched_ns > answer.fetched_ns
"""

_SAVEPOINT: Final = "SAVEPOINT message"
_ROLLBACK: Final = "ROLLBACK TO message"
_RELEASE: Final = "RELEASE message"

_LEFT_OUT_OFTEN: Final = (
    ("staged_composer", STORE_COMPOSERS),
    ("staged_candidate", STORE_CANDIDATES),
    ("staged_delay", STORE_DELAYS),
    ("staged_presence", STORE_PRESENCE),
    ("staged_answer", (_STORE_ANSWERS,)),
)
"""What runs last, each only if something is staged for it."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """The result of writing a batch. All of it is durable, including rejections.

    ``committed`` and ``rejected`` name messages by their index in the batch. ``statements`` counts those inside the
    transaction, ``rows`` the rows of the library that they changed. ``replayed``: the set-based attempt failed, and
    the messages were written one by one.
    """

    committed: tuple[int, ...]
    rejected: tuple[tuple[int, Failure], ...]
    replayed: bool
    statements: int
    rows: int
    prepare_seconds: float
    transaction_seconds: float


@dataclass(slots=True)
class _Tally:
    statements: int = 0
    rows: int = 0

    def add(self, other: "_Tally") -> None:
        self.statements += other.statements
        self.rows += other.rows


def write_batch(connection: LibraryConnection, writes: Sequence[Write], now_ns: int) -> BatchOutcome:
    """Write all messages in one transaction, with the same effect as one after the other.

    The number of statements depends on the kinds of messages only, not on how many there are. When a constraint or a
    value that cannot be bound makes the batch fail, it is rolled back and written again message by message. The
    messages that fail are rejected: recorded in the library, and visible as the failure of their file.

    Raises:
        LibraryUnavailableError: nothing was written and nothing is lost; try the same batch again.
        LibraryDamagedError: SQLite finds the library damaged.
        LibraryError: the library cannot be used for another reason.

    """
    started = perf_counter()
    with connection.translated():
        prepared = _prepare(writes)
        tally = _Tally()
        rejected: dict[int, Failure] = {}
        begun = _write_at_once(connection, writes, prepared, now_ns, tally)
        if replayed := begun is None:
            # The statements of the attempt that was rolled back do not count.
            tally = _Tally()
            rejected, begun = _write_one_by_one(connection, writes, prepared, now_ns, tally)
    ended = perf_counter()
    return BatchOutcome(
        committed=tuple(index for index in range(len(writes)) if index not in rejected),
        rejected=tuple(rejected.items()),
        replayed=replayed,
        statements=tally.statements,
        rows=tally.rows,
        prepare_seconds=begun - started,
        transaction_seconds=ended - begun,
    )


def _prepare(writes: Sequence[Write]) -> list[StagedRows | Exception]:
    """Prepare each message; an error takes the place of its rows, and costs no other message."""
    preparation = Preparation()
    prepared: list[StagedRows | Exception] = []
    for write in writes:
        try:
            prepared.append(preparation.prepare(write))
        except Exception as error:  # noqa: BLE001 - any error of a message costs that message only
            prepared.append(error)
    return prepared


def _write_at_once(
    connection: LibraryConnection,
    writes: Sequence[Write],
    prepared: Sequence[StagedRows | Exception],
    now_ns: int,
    tally: _Tally,
) -> float | None:
    """Write the batch with set-based statements; return the time of BEGIN, None if a message cannot be stored."""
    groups = []
    for group in conflict_free_groups(writes):
        merged = StagedRows()
        for index in group:
            rows = prepared[index]
            if isinstance(rows, Exception):
                return None
            merged.extend(rows)
        groups.append(merged)
    try:
        # The first group, nearly always the only one, is staged before BEGIN: that takes no lock on the library. The
        # staging tables hold one group, so the others are staged inside the transaction.
        stage(connection, groups[0] if groups else StagedRows())
        begun = perf_counter()
        with transaction(connection):
            for number, staged in enumerate(groups):
                if number:
                    stage(connection, staged)
                _store_staged(connection, staged, now_ns, tally)
    except Exception as error:
        if not is_poison(error):
            raise
        if primary_code(error) == sqlite3.SQLITE_CONSTRAINT:
            # A damaged index breaks constraints, too, and then no message is to blame.
            connection.refuse_if_found_damaged()
        return None
    return begun


def _write_one_by_one(
    connection: LibraryConnection,
    writes: Sequence[Write],
    prepared: Sequence[StagedRows | Exception],
    now_ns: int,
    tally: _Tally,
) -> tuple[dict[int, Failure], float]:
    """Write the messages in order in one transaction, each in its own savepoint; return the rejected ones."""
    rejected: dict[int, Failure] = {}
    begun = perf_counter()
    with transaction(connection):
        for index, (write, rows) in enumerate(zip(writes, prepared, strict=True)):
            error = _try(connection, rows, now_ns, tally)
            if error is not None:
                # After ROLLBACK TO: the savepoint of the message would take its rejection with it.
                rejected[index] = rejection_of(error)
                if (visible := record_rejection(connection, write, rejected[index], now_ns)) is not None:
                    _try(connection, Preparation().prepare(visible), now_ns, tally)
    return rejected, begun


def _try(connection: LibraryConnection, rows: StagedRows | Exception, now_ns: int, tally: _Tally) -> Exception | None:
    """Write one message in a savepoint; return the error if the message cannot be stored."""
    if isinstance(rows, Exception):
        return rows
    own = _Tally()
    connection.execute(_SAVEPOINT)
    try:
        stage(connection, rows)
        _store_staged(connection, rows, now_ns, own)
    except Exception as error:
        if not is_poison(error):
            raise
        connection.execute(_ROLLBACK)
        connection.execute(_RELEASE)
        return error
    connection.execute(_RELEASE)
    tally.add(own)
    return None


def _store_staged(connection: sqlite3.Connection, staged: StagedRows, now_ns: int, tally: _Tally) -> None:
    """Store what is staged. Statements for which nothing is staged are skipped.

    The order matters twice. Rows come after the rows that they refer to: folders, files, passages, entities, links.
    And statements that compare with the library come before those that change it: an analysis is compared with the
    earlier one before files or passages are overwritten.
    """
    statements: list[str] = []
    if staged.has("staged_file"):
        statements += KNOW_FILES
        if staged.has("staged_analysis"):
            statements += STORE_ANALYSES + STORE_PASSAGES
        if staged.has("staged_flavor"):
            statements += STORE_FLAVOR
        statements += STORE_RESULTS
    if staged.has("staged_merger"):
        statements += STORE_MERGERS
    if staged.has("staged_link"):
        statements += RESOLVE_LINKS + STORE_ENTITIES + STORE_LINKS
    for table, of_table in _LEFT_OUT_OFTEN:
        if staged.has(table):
            statements += of_table
    for statement in statements:
        changed = connection.execute(statement, {"now": now_ns}).rowcount
        tally.statements += 1
        if not statement.lstrip().startswith(_ON_STAGING):
            tally.rows += max(0, changed)
