"""Queries of runs and of the library as a whole."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.ids import Guid, RunId
from passagework.domain.json_text import write_json
from passagework.domain.links import LinkState
from passagework.domain.units import Ticks
from passagework.domain.views import FailedFile, FileState, LibraryStatus, RunState, RunSummary, RunView
from passagework.persistence.file.counts import counts_of, rows_of_runs
from passagework.persistence.read.groups import deferred_items
from passagework.persistence.read.queries import DeferredIdentification, RunAt, Runs, Status, Summary
from passagework.persistence.rows.columns import named_rows
from passagework.persistence.rows.findings import count_findings, decode_found
from passagework.persistence.rows.json_texts import decode_accounts

_RUN_COLUMNS: Final = """
SELECT id, guid, state, started_ns, ended_ns, config_hash, files_seen, files_unchanged, accounts, undone_ns,
    changed, found, has_findings, folded, folded_since_ns
FROM run
"""

_LATEST: Final = f"{_RUN_COLUMNS} WHERE :before IS NULL OR id < :before ORDER BY id DESC LIMIT :limit"

_ONE: Final = f"{_RUN_COLUMNS} WHERE id = :run"

# A folded run has no row of its own: the next one stands for it.
_AT: Final = f"{_RUN_COLUMNS} WHERE id >= :run AND id - coalesce(folded, 0) <= :run ORDER BY id LIMIT 1"

_ROOTS: Final = """
SELECT run_id, path FROM run_root WHERE run_id IN (SELECT value FROM json_each(:ids)) ORDER BY run_id, position
"""

_RESULTS: Final = """
SELECT count(*) FILTER (WHERE failure_code IS NULL AND duration_ticks IS NOT NULL),
    count(*) FILTER (WHERE failure_code IS NULL AND duration_ticks IS NULL),
    coalesce(sum(passages), 0), coalesce(sum(duration_ticks), 0)
FROM run_file WHERE run_id = :run
"""

# New: the run before this one that worked on the file did not end with this failure. CROSS JOIN: otherwise SQLite goes
# through all files of the library in the wanted order, at the end of every import.
_FAILED: Final = """
SELECT f.path, r.failure_code, r.failure_detail, r.failure_code IS NOT (
    SELECT e.failure_code FROM run_file AS e
    WHERE e.file_id = r.file_id AND e.run_id < r.run_id ORDER BY e.run_id DESC LIMIT 1
)
FROM run_file AS r CROSS JOIN file AS f ON f.id = r.file_id
WHERE r.run_id = :run AND r.failure_code IS NOT NULL
ORDER BY f.path
"""

_ABSENT: Final = """
SELECT (SELECT count(*) FROM file WHERE missing_run = :run), (SELECT count(*) FROM file WHERE excluded_run = :run)
"""

_WARNINGS: Final = """
SELECT w.value, count(*) FROM run_file AS r, json_each(r.warnings) AS w
WHERE r.run_id = :run AND r.warnings IS NOT NULL GROUP BY w.value ORDER BY w.value
"""

_LINK_STATES_OF_RUN: Final = """
SELECT p.link_state, count(*) FROM passage AS p
WHERE p.retired_ns IS NULL AND p.id IN (
    SELECT id FROM passage WHERE link_run = :run
    UNION SELECT o.id FROM run_file AS r JOIN passage AS o ON o.file_id = r.file_id
    WHERE r.run_id = :run AND r.failure_code IS NULL
)
GROUP BY p.link_state ORDER BY p.link_state
"""

_BEGUN: Final = """
SELECT f.state, count(*) FROM attempt AS a INDEXED BY attempt_open CROSS JOIN file AS f ON f.id = a.file_id
WHERE a.open GROUP BY f.state
"""

_LIBRARY: Final = """
SELECT (SELECT guid FROM library), (SELECT user_version FROM pragma_user_version),
    (SELECT count(*) FROM file WHERE missing_run IS NOT NULL),
    (SELECT count(*) FROM file WHERE excluded_run IS NOT NULL),
    (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
"""


_ALL: Final = 1 << 32
"""More runs than any library has, and a number that SQLite takes as a limit."""


def runs(connection: sqlite3.Connection, query: Runs) -> tuple[RunView, ...]:
    """List the latest runs."""
    values = {"limit": min(query.limit, _ALL), "before": query.before}
    return _run_views(connection, named_rows(connection, _LATEST, values))


def run_at(connection: sqlite3.Connection, query: RunAt) -> RunView | None:
    """Show one run."""
    return next(iter(_run_views(connection, named_rows(connection, _AT, {"run": query.run}))), None)


def summary(connection: sqlite3.Connection, query: Summary) -> RunSummary | None:
    """Sum up one run."""
    values = {"run": query.run}
    found = _run_views(connection, named_rows(connection, _ONE, values))
    if not found:
        return None
    analysed, tags_read, passages, audio = connection.execute(_RESULTS, values).fetchone()
    missing, excluded = connection.execute(_ABSENT, values).fetchone()
    return RunSummary(
        run=found[0],
        analysed=analysed,
        tags_read=tags_read,
        failed=tuple(
            FailedFile(path, Failure(open_code(FailureCode, code), detail or ""), bool(new))
            for path, code, detail, new in connection.execute(_FAILED, values)
        ),
        missing=missing,
        excluded=excluded,
        passages=passages,
        audio=Ticks(audio),
        link_states=_link_states(connection.execute(_LINK_STATES_OF_RUN, values)),
        warnings=tuple((open_code(WarningCode, code), count) for code, count in connection.execute(_WARNINGS, values)),
    )


def status(connection: sqlite3.Connection, _query: Status) -> LibraryStatus:
    """Count the library."""
    guid, version, missing, excluded, size = connection.execute(_LIBRARY).fetchone()
    counts = counts_of(connection)
    link_states = _link_states(counts.link_states.items())
    return LibraryStatus(
        guid=Guid(guid),
        schema_version=version,
        file_states=_file_states(connection, counts.file_states),
        missing=missing,
        excluded=excluded,
        audio=Ticks(counts.audio),
        passages=sum(count for _, count in link_states),
        link_states=link_states,
        rows=tuple(sorted({**counts.rows, **rows_of_runs(connection)}.items())),
        bytes=size,
        last_run=next(iter(runs(connection, Runs(1))), None),
        put_off=deferred_items(connection, DeferredIdentification()),
    )


def _file_states(
    connection: sqlite3.Connection, stored: Mapping[str, int]
) -> tuple[tuple[FileState | UnknownCode, int], ...]:
    """Count the files by state; a file with an open attempt counts as begun, whatever its stored state."""
    counts = Counter(stored)
    for state, number in connection.execute(_BEGUN):
        counts[state] -= number
        counts[FileState.BEGUN] += number
    return tuple((open_code(FileState, state), counts[state]) for state in sorted(counts) if counts[state])


def _link_states(rows: Iterable[tuple[str, int]]) -> tuple[tuple[LinkState | UnknownCode, int], ...]:
    return tuple((open_code(LinkState, state), count) for state, count in rows)


def _run_views(connection: sqlite3.Connection, rows: Sequence[Mapping[str, Any]]) -> tuple[RunView, ...]:
    roots: defaultdict[int, list[bytes]] = defaultdict(list)
    for run, path in connection.execute(_ROOTS, {"ids": write_json([row["id"] for row in rows])}):
        roots[run].append(path)
    # Of a run that is open, or died, or of an earlier schema.
    found = count_findings(connection, [row["id"] for row in rows if row["found"] is None])
    return tuple(
        RunView(
            id=RunId(row["id"]),
            guid=Guid(row["guid"]),
            state=open_code(RunState, row["state"]),
            started_ns=row["started_ns"],
            ended_ns=row["ended_ns"],
            config_hash=row["config_hash"],
            roots=tuple(roots[row["id"]]),
            files_seen=row["files_seen"],
            files_unchanged=row["files_unchanged"],
            accounts=decode_accounts(row["accounts"]),
            undone_ns=row["undone_ns"],
            found=decode_found(row["found"] or found[row["id"]]),
            has_findings=bool(row["has_findings"]),
            changed=None if row["changed"] is None else bool(row["changed"]),
            folded=row["folded"] or 0,
            folded_since_ns=row["folded_since_ns"] if row["folded"] else None,
        )
        for row in rows
    )
