"""The numbers of a library: counted when a run that changed something is closed, and kept until the next change.

To count a large library takes a tenth of a second and more. So the numbers lie in ``library.counts`` (JSON), which the
first transaction that changes anything else than runs sets to NULL. What is there is true; where nothing is, as during
an import, and after one was killed, the rows are counted.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from passagework.domain.json_text import read_json, write_json

# A later schema may have changed what is counted.
_KEPT: Final = (
    "SELECT iif(json_extract(counts, '$.schema') = user_version, counts, NULL) FROM library, pragma_user_version"
)
_KEEP: Final = """
UPDATE library SET counts = json_set(:counts, '$.schema', (SELECT user_version FROM pragma_user_version))
"""
FORGET_COUNTS: Final = "UPDATE library SET counts = NULL WHERE id = 1 AND counts IS NOT NULL"

# Counted in covering indexes; joining all files with their attempts would take seconds in a large library.
_FILES: Final = "SELECT state, count(*), coalesce(sum(duration_ticks), 0) FROM file GROUP BY state ORDER BY state"

_LINK_STATES: Final = """
SELECT link_state, count(*) FROM passage WHERE retired_ns IS NULL GROUP BY link_state ORDER BY link_state
"""

_TABLES: Final = (
    *("album", "album_artist", "answer", "artist", "attempt", "before_image", "candidate", "edit", "file"),
    *("file_curves", "file_tags", "folder", "merged_mbid", "passage", "passage_album", "passage_evidence"),
    *("passage_fingerprint", "passage_flavor", "passage_song", "rejection", "run_change", "run_file", "song"),
    *("song_artist", "song_work", "work", "work_artist"),
)
_OF_RUNS: Final = ("run", "run_root", "run_settings")
"""What opening and closing a run changes: small, and always counted."""


def _counted(tables: tuple[str, ...]) -> str:
    return " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)


_ROWS: Final = _counted(_TABLES)
_ROWS_OF_RUNS: Final = _counted(_OF_RUNS)


@dataclass(frozen=True, slots=True)
class Counts:
    """Files by stored state, the sum of their lengths in ticks, passages in use by state, and rows by table."""

    file_states: Mapping[str, int]
    audio: int
    link_states: Mapping[str, int]
    rows: Mapping[str, int]


def counts_of(connection: sqlite3.Connection) -> Counts:
    """Return what is kept, or count."""
    (kept,) = connection.execute(_KEPT).fetchone()
    if kept is None:
        return _count(connection)
    found = read_json(kept)
    return Counts(found["file_states"], found["audio"], found["link_states"], found["rows"])


def rows_of_runs(connection: sqlite3.Connection) -> dict[str, int]:
    """Count the rows that are not kept."""
    return dict(connection.execute(_ROWS_OF_RUNS).fetchall())


def keep_counts(connection: sqlite3.Connection) -> None:
    """Count what is not known, and keep it, within a transaction that leaves the counts."""
    if connection.execute(_KEPT).fetchone() == (None,):
        connection.execute(_KEEP, {"counts": write_json(asdict(_count(connection)))})


def counts_are_wrong(connection: sqlite3.Connection) -> bool:
    """Return whether numbers are kept that are not those of the library."""
    return counts_of(connection) != _count(connection)


def _count(connection: sqlite3.Connection) -> Counts:
    files = connection.execute(_FILES).fetchall()
    return Counts(
        file_states={state: number for state, number, _ in files},
        audio=sum(ticks for *_, ticks in files),
        link_states=dict(connection.execute(_LINK_STATES).fetchall()),
        rows=dict(connection.execute(_ROWS).fetchall()),
    )
