"""Queries of runs and of the library as a whole. Numbers are counted, never stored."""

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
from passagework.persistence.read.groups import deferred_items
from passagework.persistence.read.queries import DeferredIdentification, Runs, Status, Summary
from passagework.persistence.rows.columns import named_rows
from passagework.persistence.rows.json_texts import decode_accounts

_RUN_COLUMNS: Final = """
SELECT id, guid, state, started_ns, ended_ns, config_hash, files_seen, files_unchanged, accounts, undone_ns FROM run
"""

_LATEST: Final = f"{_RUN_COLUMNS} ORDER BY id DESC LIMIT :limit"

_ONE: Final = f"{_RUN_COLUMNS} WHERE id = :run"

_ROOTS: Final = """
SELECT run_id, path FROM run_root WHERE run_id IN (SELECT value FROM json_each(:ids)) ORDER BY run_id, position
"""

_RESULTS: Final = """
SELECT count(*) FILTER (WHERE failure_code IS NULL), coalesce(sum(passages), 0), coalesce(sum(duration_ticks), 0)
FROM run_file WHERE run_id = :run
"""

# New: the run before this one that worked on the file did not end with this failure.
_FAILED: Final = """
SELECT f.path, r.failure_code, r.failure_detail, r.failure_code IS NOT (
    SELECT e.failure_code FROM run_file AS e
    WHERE e.file_id = r.file_id AND e.run_id < r.run_id ORDER BY e.run_id DESC LIMIT 1
)
FROM run_file AS r JOIN file AS f ON f.id = r.file_id
WHERE r.run_id = :run AND r.failure_code IS NOT NULL
ORDER BY f.path
"""

_MISSING: Final = "SELECT count(*) FROM file WHERE missing_run = :run"

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

# Both are counted in an index; joining all files with their attempts would take seconds in a large library.
_FILE_STATES: Final = "SELECT state, count(*) FROM file GROUP BY state"

_BEGUN: Final = """
SELECT f.state, count(*) FROM attempt AS a INDEXED BY attempt_open CROSS JOIN file AS f ON f.id = a.file_id
WHERE a.open GROUP BY f.state
"""

_LIBRARY: Final = """
SELECT (SELECT guid FROM library), (SELECT user_version FROM pragma_user_version),
    (SELECT count(*) FROM file WHERE missing_run IS NOT NULL), (SELECT coalesce(sum(duration_ticks), 0) FROM file),
    (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
"""

_LINK_STATES: Final = """
SELECT link_state, count(*) FROM passage WHERE retired_ns IS NULL GROUP BY link_state ORDER BY link_state
"""

_ROWS: Final = """
SELECT 'album', count(*) FROM album
UNION ALL SELECT 'answer', count(*) FROM answer
UNION ALL SELECT 'candidate', count(*) FROM candidate
UNION ALL SELECT 'merged_mbid', count(*) FROM merged_mbid
UNION ALL SELECT 'work_artist', count(*) FROM work_artist
UNION ALL SELECT 'album_artist', count(*) FROM album_artist
UNION ALL SELECT 'artist', count(*) FROM artist
UNION ALL SELECT 'attempt', count(*) FROM attempt
UNION ALL SELECT 'before_image', count(*) FROM before_image
UNION ALL SELECT 'edit', count(*) FROM edit
UNION ALL SELECT 'file', count(*) FROM file
UNION ALL SELECT 'file_curves', count(*) FROM file_curves
UNION ALL SELECT 'file_tags', count(*) FROM file_tags
UNION ALL SELECT 'folder', count(*) FROM folder
UNION ALL SELECT 'passage', count(*) FROM passage
UNION ALL SELECT 'passage_album', count(*) FROM passage_album
UNION ALL SELECT 'passage_evidence', count(*) FROM passage_evidence
UNION ALL SELECT 'passage_fingerprint', count(*) FROM passage_fingerprint
UNION ALL SELECT 'passage_flavor', count(*) FROM passage_flavor
UNION ALL SELECT 'passage_song', count(*) FROM passage_song
UNION ALL SELECT 'rejection', count(*) FROM rejection
UNION ALL SELECT 'run', count(*) FROM run
UNION ALL SELECT 'run_file', count(*) FROM run_file
UNION ALL SELECT 'run_root', count(*) FROM run_root
UNION ALL SELECT 'song', count(*) FROM song
UNION ALL SELECT 'song_artist', count(*) FROM song_artist
UNION ALL SELECT 'song_work', count(*) FROM song_work
UNION ALL SELECT 'work', count(*) FROM work
"""


def runs(connection: sqlite3.Connection, query: Runs) -> tuple[RunView, ...]:
    """List the latest runs."""
    return _run_views(connection, named_rows(connection, _LATEST, {"limit": query.limit}))


def summary(connection: sqlite3.Connection, query: Summary) -> RunSummary | None:
    """Sum up one run."""
    values = {"run": query.run}
    found = _run_views(connection, named_rows(connection, _ONE, values))
    if not found:
        return None
    analysed, passages, audio = connection.execute(_RESULTS, values).fetchone()
    return RunSummary(
        run=found[0],
        analysed=analysed,
        failed=tuple(
            FailedFile(path, Failure(open_code(FailureCode, code), detail or ""), bool(new))
            for path, code, detail, new in connection.execute(_FAILED, values)
        ),
        missing=connection.execute(_MISSING, values).fetchone()[0],
        passages=passages,
        audio=Ticks(audio),
        link_states=_link_states(connection.execute(_LINK_STATES_OF_RUN, values)),
        warnings=tuple((open_code(WarningCode, code), count) for code, count in connection.execute(_WARNINGS, values)),
    )


def status(connection: sqlite3.Connection, _query: Status) -> LibraryStatus:
    """Count the library."""
    guid, version, missing, audio, size = connection.execute(_LIBRARY).fetchone()
    link_states = _link_states(connection.execute(_LINK_STATES))
    return LibraryStatus(
        guid=Guid(guid),
        schema_version=version,
        file_states=_file_states(connection),
        missing=missing,
        audio=Ticks(audio),
        passages=sum(count for _, count in link_states),
        link_states=link_states,
        rows=tuple((table, count) for table, count in connection.execute(_ROWS)),
        bytes=size,
        last_run=next(iter(runs(connection, Runs(1))), None),
        put_off=deferred_items(connection, DeferredIdentification()),
    )


def _file_states(connection: sqlite3.Connection) -> tuple[tuple[FileState | UnknownCode, int], ...]:
    """Count the files by state; a file with an open attempt counts as begun, whatever its stored state."""
    counts = Counter(dict(connection.execute(_FILE_STATES).fetchall()))
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
        )
        for row in rows
    )
