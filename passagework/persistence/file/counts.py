"""The numbers of a library: counted when a run that changed something is closed, and kept until the next change.

To count a large library takes a tenth of a second and more. So the numbers lie in ``library.counts`` (JSON), which the
first transaction that changes anything else than runs sets to NULL. What is there is true; where nothing is, as during
an import, and after one was killed, the rows are counted.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from passagework.domain.json_text import read_json, write_json
from passagework.domain.views import FileState

# A later schema may have changed what is counted.
_KEPT: Final = (
    "SELECT iif(json_extract(counts, '$.schema') = user_version, counts, NULL) FROM library, pragma_user_version"
)
_KEEP: Final = """
UPDATE library SET counts = json_set(:counts, '$.schema', (SELECT user_version FROM pragma_user_version))
"""
FORGET_COUNTS: Final = "UPDATE library SET counts = NULL WHERE id = 1 AND counts IS NOT NULL"
NOTE_CHANGE: Final = "UPDATE library SET counts = NULL, changes = changes + 1 WHERE id = 1"
PLAYS_CHANGED: Final = """
UPDATE library SET last_play = last_play + :added, removed_plays = removed_plays + :removed,
    counts = json_set(counts, '$.rows.play', json_extract(counts, '$.rows.play') + :added - :removed)
WHERE id = 1
"""
"""Count plays without counting anything else again."""

# Counted in covering indexes; joining all files with their attempts would take seconds in a large library.
_FILES: Final = """
SELECT state, provenance_id, analysis_run, count(*), coalesce(sum(duration_ticks), 0)
FROM file GROUP BY state, provenance_id, analysis_run ORDER BY state, provenance_id, analysis_run
"""

_NOT_THERE: Final = """
SELECT provenance_id, analysis_run, count(*), coalesce(sum(duration_ticks), 0)
FROM file WHERE (missing_run IS NOT NULL OR excluded_run IS NOT NULL) AND state = 'analysed'
GROUP BY provenance_id, analysis_run
"""

# Of runs with the same configuration the first one stands for all.
_ALIKE: Final = "SELECT r.id, (SELECT min(s.id) FROM run AS s WHERE s.config_hash = r.config_hash) FROM run AS r"

_LINK_STATES: Final = """
SELECT link_state, count(*) FROM passage WHERE retired_ns IS NULL GROUP BY link_state ORDER BY link_state
"""

_TABLES: Final = (
    *("album", "album_artist", "answer", "artist", "artist_statement", "attempt", "before_image", "candidate", "edit"),
    *("file", "file_curves", "file_place", "file_tags", "folder", "merged_mbid", "passage", "passage_album"),
    *(
        "passage_evidence",
        "passage_fingerprint",
        "passage_flavor",
        "passage_song",
        "passage_value",
        "recording_flavor",
        "rejection",
        "run_change",
        "run_file",
    ),
    *("play", "seen_folder", "song", "song_artist", "song_work", "work", "work_artist", "work_statement"),
)
_OF_RUNS: Final = ("provenance", "run", "run_root", "run_settings")
"""What opening and closing a run changes: small, and always counted."""


def _counted(tables: tuple[str, ...]) -> str:
    return " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)


_ROWS: Final = _counted(_TABLES)
_ROWS_OF_RUNS: Final = _counted(_OF_RUNS)


Maker = tuple[int | None, int | None, int, int]
"""A provenance, or the first run of a configuration; and the number and the length in ticks of the files it made."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Files by stored state, the sum of their lengths in ticks, passages in use by state, and rows by table.

    ``makers``: what made the analysed files that are present, by provenance, or by a run where there is none; with
    their number and length.
    """

    file_states: Mapping[str, int]
    audio: int
    link_states: Mapping[str, int]
    rows: Mapping[str, int]
    makers: tuple[Maker, ...]


def counts_of(connection: sqlite3.Connection) -> Counts:
    """Return what is kept, or count."""
    (kept,) = connection.execute(_KEPT).fetchone()
    if kept is None:
        return _count(connection)
    found = read_json(kept)
    makers = tuple((provenance, run, files, ticks) for provenance, run, files, ticks in found["makers"])
    return Counts(found["file_states"], found["audio"], found["link_states"], found["rows"], makers)


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
    states: Counter[str] = Counter()
    for state, _, _, number, _ in files:
        states[state] += number
    analysed = [row[1:] for row in files if row[0] == FileState.ANALYSED]
    return Counts(
        file_states=dict(states),
        audio=sum(ticks for *_, ticks in files),
        link_states=dict(connection.execute(_LINK_STATES).fetchall()),
        rows=dict(connection.execute(_ROWS).fetchall()),
        makers=tuple(makers_of(connection, analysed, connection.execute(_NOT_THERE).fetchall())),
    )


def makers_of(connection: sqlite3.Connection, files: Iterable[Maker], without: Iterable[Maker] = ()) -> Iterator[Maker]:
    """Sum up files by what made them; only where there is no provenance, the run tells it.

    Of runs with one configuration the first stands for all.
    """
    alike: dict[int, int] = {}
    sums: defaultdict[tuple[int | None, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for sign, rows in ((1, files), (-1, without)):
        for provenance, run, number, ticks in rows:
            maker: tuple[int | None, int | None] = provenance, None
            if provenance is None and run is not None:
                alike = alike or dict(connection.execute(_ALIKE).fetchall())
                maker = None, alike[run]
            of_maker = sums[maker]
            of_maker[0] += sign * number
            of_maker[1] += sign * ticks
    return ((provenance, run, number, ticks) for (provenance, run), (number, ticks) in sums.items() if number)
