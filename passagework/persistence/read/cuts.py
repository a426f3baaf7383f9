"""Queries of how files are cut, and how a person wants them cut."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from passagework.domain.codes import open_code
from passagework.domain.cut_doubts import LOW_SCORE, CutDoubt, CutsInDoubt, doubts_of, places_to_cut
from passagework.domain.cutting import FileCuts, identified
from passagework.domain.given_cuts import Bound, CutSource, Given, read_bounds
from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.units import Ticks
from passagework.domain.views import DoubtfulGap
from passagework.persistence.read.queries import CutsOf, GivenAbout, ReviewCuts
from passagework.persistence.rows.analysis import given_of
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.json_texts import decode_gaps

_AT_ONCE: Final = 500

_GIVEN: Final = """
SELECT path, user_cuts, track_list, audio_hash FROM file
WHERE path IN ({marks}) AND (user_cuts IS NOT NULL OR track_list IS NOT NULL)
"""

_FILE: Final = """
SELECT f.id, f.guid, f.path, f.duration_ticks, f.user_cuts, f.user_cuts IS f.made_cuts FROM file AS f
WHERE f.duration_ticks IS NOT NULL AND {condition} LIMIT 2
"""

_BY_PATH: Final = "(f.path = ?1 OR f.id = (SELECT l.file_id FROM file_place AS l WHERE l.path = ?1))"
_BY_PASSAGE: Final = """
f.id IN (SELECT p.file_id FROM passage AS p WHERE p.guid >= ?1 AND p.guid < ?1 || 'g' AND p.retired_ns IS NULL)
"""

_PASSAGES: Final = """
SELECT start_ticks, end_ticks, guid FROM passage WHERE file_id = ? AND retired_ns IS NULL ORDER BY start_ticks
"""

_LAST_EDIT: Final = """
SELECT old_value FROM edit WHERE subject = 'file' AND subject_key = ? ORDER BY id DESC LIMIT 1
"""

# A partial index, which leaves out almost all files.
_IN_DOUBT: Final = f"""
SELECT f.id AS id, f.guid AS guid, f.path AS path, f.warnings AS warnings, f.cut_by AS cut_by, f.list_score AS score,
    c.doubtful_gaps AS gaps
FROM file AS f INDEXED BY file_in_doubt LEFT JOIN file_curves AS c ON c.file_id = f.id
WHERE f.user_cuts IS NULL AND (f.warnings IS NOT NULL OR f.cut_by = 'track-list')
    AND f.missing_run IS NULL AND f.excluded_run IS NULL AND f.failure_code IS NULL
    AND f.path > :after AND (:only IS NULL OR f.path = :only)
    AND (f.cut_by = 'track-list' AND f.list_score < {LOW_SCORE}
        OR EXISTS (SELECT 1 FROM json_each(f.warnings) WHERE value IN (SELECT value FROM json_each(:doubts))))
ORDER BY f.path LIMIT :limit
"""

_PASSAGES_OF: Final = """
SELECT file_id, start_ticks, end_ticks FROM passage
WHERE file_id IN (SELECT value FROM json_each(?)) AND retired_ns IS NULL ORDER BY file_id, start_ticks
"""

_SHORTEST_GUID: Final = 6


def given_about(connection: sqlite3.Connection, query: GivenAbout) -> dict[bytes, Given]:
    """Return what the library gives about files, by path: a person's bounds, and the list that a file holds."""
    found: dict[bytes, Given] = {}
    for first in range(0, len(query.paths), _AT_ONCE):
        paths = query.paths[first : first + _AT_ONCE]
        for path, *columns in connection.execute(_GIVEN.format(marks=listed("?" * len(paths))), paths):
            if (given := given_of(*columns)) is not None:
                found[path] = given
    return found


def cuts_of(connection: sqlite3.Connection, query: CutsOf) -> FileCuts | None:
    """Return how a file is cut; None if it is not known, or if the prefix of a guid is that of several."""
    condition, value = (_BY_PASSAGE, (query.passage or "").lower()) if query.path is None else (_BY_PATH, query.path)
    if query.path is None and len(value) < _SHORTEST_GUID:
        return None
    rows: list[Any] = connection.execute(_FILE.format(condition=condition), (value,)).fetchall()
    if len(rows) != 1:
        return None
    number, guid, path, duration, stored, is_made = rows[0]
    passages = tuple(
        # What a sheet says of it stays with the sheet, which may say something else some day.
        Bound(start=Ticks(start), end=Ticks(end), keeps=Guid(one))
        for start, end, one in connection.execute(_PASSAGES, (number,))
    )
    bounds = passages if stored is None else read_bounds(stored)
    edit = connection.execute(_LAST_EDIT, (guid,)).fetchone()
    return FileCuts(
        guid=Guid(guid),
        path=path,
        duration=Ticks(duration),
        bounds=identified(bounds, passages) if is_made else bounds,
        by_person=stored is not None,
        has_history=edit is not None,
        before=None if edit is None else edit[0],
    )


def review_cuts(connection: sqlite3.Connection, query: ReviewCuts) -> tuple[CutsInDoubt, ...]:
    """Return one page of the files whose cuts need a decision by a person."""
    values = {"after": query.after, "only": query.only, "limit": query.limit, "doubts": write_json(list(CutDoubt))}
    rows = list(named_rows(connection, _IN_DOUBT, values))
    passages: defaultdict[int, list[tuple[Ticks, Ticks]]] = defaultdict(list)
    for file, start, end in connection.execute(_PASSAGES_OF, (write_json([row["id"] for row in rows]),)):
        passages[file].append((Ticks(start), Ticks(end)))
    return tuple(_in_doubt(row, passages[row["id"]]) for row in rows)


def _in_doubt(row: Mapping[str, Any], passages: Sequence[tuple[Ticks, Ticks]]) -> CutsInDoubt:
    gaps = (DoubtfulGap(*gap) for gap in decode_gaps(row["gaps"]))
    return CutsInDoubt(
        guid=Guid(row["guid"]),
        path=row["path"],
        reasons=doubts_of(read_json(row["warnings"] or "[]"), row["cut_by"], row["score"]),
        candidates=tuple(places_to_cut(gaps, passages)),
        passages=len(passages),
        cut_by=None if row["cut_by"] is None else open_code(CutSource, row["cut_by"]),
        score=row["score"],
    )
