"""Write a batch of messages in one transaction; if one of them cannot be stored, reject only that one."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from passagework.domain.analysis import FileAnalysis
from passagework.domain.changes import FileChange
from passagework.domain.encoded_analysis import EncodedAnalysis
from passagework.domain.failures import Failure
from passagework.domain.ids import Guid
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.sqlite_errors import is_poison, primary_code
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.columns import assigned, listed
from passagework.persistence.rows.encoded import encode_analysis
from passagework.persistence.write.changes import take_noted
from passagework.persistence.write.conflict_free_groups import conflict_free_groups
from passagework.persistence.write.derive import NOTE_STANDING, NOTE_STATED, derive
from passagework.persistence.write.entities import STORE_ENTITIES, STORE_MERGERS
from passagework.persistence.write.files import (
    KNOW_FILES,
    STORE_ANALYSES,
    STORE_PRESENCE,
    STORE_RESULTS,
    STORE_SEEN_FOLDERS,
)
from passagework.persistence.write.gapless import pair_after
from passagework.persistence.write.joins import JOIN_MOVED
from passagework.persistence.write.links import (
    FIND_OWN_LINKS,
    LINKED_WITH_ANALYSIS,
    RESOLVE_LINKS,
    STORE_CANDIDATES,
    STORE_LINKS,
)
from passagework.persistence.write.moves import MOVE_FILES, STORE_STAMPS
from passagework.persistence.write.passages import RETIRE_UNREADABLE, STORE_FLAVOR, STORE_PASSAGES, STORE_VALUES
from passagework.persistence.write.places import STORE_PLACES, STORE_SECOND_PLACES
from passagework.persistence.write.prepare import Preparation
from passagework.persistence.write.redone import STORE_REDONE
from passagework.persistence.write.rejections import record_lost_links, record_rejection, rejection_of
from passagework.persistence.write.staging import StagedRows, stage
from passagework.persistence.write.straight import StraightRows
from passagework.persistence.write.tags import STORE_TAGS
from passagework.persistence.write.track_lists import STORE_LISTS
from passagework.persistence.write.waiting import STORE_DELAYS
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, Write

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

_OF_RESULTS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("staged_failure", RETIRE_UNREADABLE),
    ("staged_analysis", STORE_ANALYSES + STORE_PASSAGES),
    ("staged_flavor", STORE_FLAVOR),
    ("staged_value", STORE_VALUES),
    ("staged_tags", STORE_TAGS),
)
"""What stores the results of files, each only if something is staged for it."""

_LEFT_OUT_OFTEN: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("staged_candidate", STORE_CANDIDATES),
    ("staged_delay", STORE_DELAYS),
    ("staged_list", STORE_LISTS),
    ("staged_redone", STORE_REDONE),
    ("staged_presence", STORE_PRESENCE),
    ("staged_folder", STORE_SEEN_FOLDERS),
    ("staged_stamp", STORE_STAMPS),
    ("staged_move", MOVE_FILES),
    ("staged_place", STORE_PLACES),
    ("staged_join", JOIN_MOVED),
    ("staged_root", STORE_SECOND_PLACES),
    ("staged_answer", (_STORE_ANSWERS,)),
)
"""What runs last, each only if something is staged for it."""


_CHANGE_NAMES: Final = ("staged_link", "staged_presence", "staged_stamp", "staged_move", "staged_join")


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """The result of writing a batch. All of it is durable, including rejections.

    ``committed`` and ``rejected`` name messages by their index in the batch. ``statements`` counts those inside the
    transaction, ``rows`` the rows of the library that they changed. ``replayed``: the attempt to write the batch at
    once failed, and the messages were written one by one. ``linked`` has the guids of the passages that were linked
    with an analysis, ``unlinked`` why the links that came with one could not be stored, by the same index. ``changes``
    are those of files that the library knew, in order.
    """

    committed: tuple[int, ...]
    rejected: tuple[tuple[int, Failure], ...]
    replayed: bool
    statements: int
    rows: int
    prepare_seconds: float
    transaction_seconds: float
    linked: Mapping[int, tuple[Guid, ...]] = field(default_factory=dict)
    unlinked: Mapping[int, Failure] = field(default_factory=dict)
    changes: tuple[FileChange, ...] = ()


@dataclass(slots=True)
class _Tally:
    """What was done so far, for the outcome."""

    statements: int = 0
    rows: int = 0
    linked: dict[int, tuple[Guid, ...]] = field(default_factory=dict)
    unlinked: dict[int, Failure] = field(default_factory=dict)
    changes: tuple[FileChange, ...] = ()

    def add(self, other: "_Tally") -> None:
        self.statements += other.statements
        self.rows += other.rows
        self.linked |= other.linked


class _UnpreparableError(ValueError):
    """A message has values of which no rows can be made."""


def write_batch(connection: LibraryConnection, writes: Sequence[Write], now_ns: int) -> BatchOutcome:
    """Write all messages in one transaction, with the same effect as one after the other.

    There are two paths. What the library knows nothing of is inserted as it is (straight.py). Everything else is staged
    and then stored by statements whose number depends on the kinds of messages only. When a constraint or a value that
    cannot be bound makes the batch fail, it is rolled back and written again message by message. The messages that fail
    are rejected: recorded in the library, and visible as the failure of their file.

    Raises:
        LibraryUnavailableError: nothing was written and nothing is lost; try the same batch again.
        LibraryDamagedError: SQLite finds the library damaged.
        LibraryError: the library cannot be used for another reason.

    """
    started = perf_counter()
    with connection.translated():
        writes = [_encoded(write) for write in writes]
        tally = _Tally()
        rejected: dict[int, Failure] = {}
        begun = perf_counter()
        if replayed := not _write_at_once(connection, writes, now_ns, tally):
            # What was done in the attempt that was rolled back does not count.
            tally = _Tally()
            begun = perf_counter()
            rejected = _write_one_by_one(connection, writes, now_ns, tally)
    ended = perf_counter()
    return BatchOutcome(
        committed=tuple(index for index in range(len(writes)) if index not in rejected),
        rejected=tuple(rejected.items()),
        linked=tally.linked,
        unlinked=tally.unlinked,
        changes=tally.changes,
        replayed=replayed,
        statements=tally.statements,
        rows=tally.rows,
        prepare_seconds=begun - started,
        transaction_seconds=ended - begun,
    )


def _encoded(write: Write) -> Write:
    """Return the message with its analysis encoded; as it is if that fails, so that only this message is rejected."""
    if isinstance(write, StoreAnalysis) and isinstance(write.analysis, FileAnalysis):
        with suppress(Exception):
            return StoreAnalysis(write.run, encode_analysis(write.analysis), write.parts)
    return write


def _write_at_once(connection: LibraryConnection, writes: Sequence[Write], now_ns: int, tally: _Tally) -> bool:
    """Write the batch; return whether that was possible, False if a message cannot be stored."""
    preparation = Preparation()
    try:
        with transaction(connection):
            others: list[Write] = []
            new_files: list[bytes] = []
            for group in conflict_free_groups(writes):
                taken = _write_straight(connection, {index: writes[index] for index in group}, now_ns, tally)
                staged = StagedRows()
                of_taken = (writes[index] for index in taken)
                new_files += [write.analysis.path for write in of_taken if isinstance(write, StoreAnalysis)]
                others += [writes[index] for index in group if index not in taken]
                for index in group:
                    if index not in taken:
                        staged.extend(_rows_of(preparation, writes[index], index))
                if staged:
                    stage(connection, staged)
                    _store_staged(connection, staged, now_ns, tally)
            tally.add(_Tally(*pair_after(connection, others, new_files)))
            tally.changes = take_noted(connection)
    except Exception as error:
        if not is_poison(error):
            raise
        if primary_code(error) == sqlite3.SQLITE_CONSTRAINT:
            # A damaged index breaks constraints, too, and then no message is to blame.
            connection.refuse_if_found_damaged()
        return False
    return True


def _write_straight(
    connection: LibraryConnection, writes: Mapping[int, Write], now_ns: int, tally: _Tally
) -> Collection[int]:
    """Write the messages that can take the straight path; return their indexes."""
    attempts = {index: write for index, write in writes.items() if isinstance(write, BeginAttempt)}
    analyses = {
        index: (write.run, write.analysis)
        for index, write in writes.items()
        if isinstance(write, StoreAnalysis) and isinstance(write.analysis, EncodedAnalysis) and write.parts is None
    }
    if not attempts and not analyses:
        return ()
    rows = StraightRows(connection, now_ns)
    try:
        taken = rows.take(attempts, analyses)
    except (sqlite3.Error, MemoryError):
        raise
    except Exception as error:
        raise _UnpreparableError(f"{type(error).__name__}: {error}") from error
    statements, changed = rows.write()
    tally.add(_Tally(statements, changed, rows.linked))
    return taken


def _rows_of(preparation: Preparation, write: Write, number: int) -> StagedRows:
    try:
        return preparation.prepare(write, number)
    except Exception as error:
        raise _UnpreparableError(f"{type(error).__name__}: {error}") from error


def _write_one_by_one(
    connection: LibraryConnection, writes: Sequence[Write], now_ns: int, tally: _Tally
) -> dict[int, Failure]:
    """Write the messages in order in one transaction, each in its own savepoint; return the rejected ones.

    If the links that came with an analysis cannot be stored, the analysis is, and the links are given up.
    """
    rejected: dict[int, Failure] = {}
    in_place_of: dict[int, Write] = {}
    with transaction(connection):
        for index, write in enumerate(writes):
            error = _try(connection, write, index, now_ns, tally)
            if error is None:
                continue
            without = _without_links(write)
            if without is not None and _try(connection, without, index, now_ns, tally) is None:
                tally.unlinked[index] = rejection_of(error)
                record_lost_links(connection, without, tally.unlinked[index], now_ns)
                continue
            # After ROLLBACK TO: the savepoint of the message would take its rejection with it.
            rejected[index] = rejection_of(error)
            visible = record_rejection(connection, write, rejected[index], now_ns)
            if visible is not None and _try(connection, visible, index, now_ns, tally) is None:
                in_place_of[index] = visible
        # Of a message that is rejected not even its paths can be trusted.
        stored = [
            in_place_of.get(index, write)
            for index, write in enumerate(writes)
            if index not in rejected or index in in_place_of
        ]
        tally.add(_Tally(*pair_after(connection, stored)))
        tally.changes = take_noted(connection)
    return rejected


def _without_links(write: Write) -> StoreAnalysis | None:
    """Return an analysis without the links that came with it; None if there are none."""
    # Whatever is wrong with the message may be wrong here, too.
    with suppress(Exception):
        match write:
            case StoreAnalysis(run, EncodedAnalysis() as analysis, parts) if any(
                one.links for one in analysis.passages
            ):
                passages = tuple(one._replace(links=None) for one in analysis.passages)
                return StoreAnalysis(run, analysis._replace(passages=passages), parts)
    return None


def _try(connection: LibraryConnection, write: Write, index: int, now_ns: int, tally: _Tally) -> Exception | None:
    """Write one message by the staged path in a savepoint; return the error if the message cannot be stored."""
    own = _Tally()
    try:
        rows = Preparation().prepare(write, index)
    except Exception as error:  # noqa: BLE001 - any error of a message costs that message only
        return error
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
    """Store what is staged, and note which links came with an analysis."""
    for statement in _statements_for(staged):
        changed = connection.execute(statement, {"now": now_ns}).rowcount
        tally.statements += 1
        if not statement.lstrip().startswith(_ON_STAGING):
            tally.rows += max(0, changed)
    if _changes_names(staged):
        tally.add(_Tally(*derive(connection)))
    if _has_own_links(staged):
        for index, guid in connection.execute(LINKED_WITH_ANALYSIS):
            tally.linked[index] = (*tally.linked.get(index, ()), Guid(guid))


def _statements_for(staged: StagedRows) -> list[str]:
    """Return the statements that store what is staged, without those for which nothing is.

    The order matters twice. Rows come after the rows that they refer to: folders, files, passages, entities, links.
    And statements that compare with the library come before those that change it: an analysis is compared with the
    earlier one before files or passages are overwritten.
    """
    statements: list[str] = []
    if _changes_names(staged):
        statements += NOTE_STANDING
    if staged.has("staged_file"):
        statements += KNOW_FILES
        for table, of_table in _OF_RESULTS:
            if staged.has(table):
                statements += of_table
        statements += STORE_RESULTS
    if staged.has("staged_merger"):
        statements += STORE_MERGERS
    if staged.has("staged_link"):
        if _has_own_links(staged):
            statements += FIND_OWN_LINKS
        statements += RESOLVE_LINKS + NOTE_STATED + STORE_ENTITIES + STORE_LINKS
    for table, of_table in _LEFT_OUT_OFTEN:
        if staged.has(table):
            statements += of_table
    return statements


def _changes_names(staged: StagedRows) -> bool:
    """Return whether other statements about entities may stand afterwards: attempts, delays and answers change none."""
    return staged.has_results or any(map(staged.has, _CHANGE_NAMES))


def _has_own_links(staged: StagedRows) -> bool:
    """Return whether links may have come with an analysis."""
    return staged.has("staged_passage") and staged.has("staged_link")
