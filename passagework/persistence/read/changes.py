"""What has changed in passages, and when: the number of the last run that changed something of a passage.

What a person sets belongs to no run. It counts as half a number more than the run that was opened last before it, so it
has changed since that run, and not since the next one. docs/queries.md says what counts.
"""

import sqlite3
from datetime import datetime
from typing import Final

from passagework.domain.passage_filter import nanoseconds_of

# The last result of each file is kept by name for ever, other results of old runs are not; a change of the place of a
# file leaves the number of the run nowhere else.
LAST_CHANGE: Final = """max(
    p.first_run, p.analysis_run, coalesce(p.link_run, 0), coalesce(p.retired_run, 0), f.first_run,
    coalesce(f.state_run, 0), coalesce(f.analysis_run, 0), coalesce(f.missing_run, 0), coalesce(f.excluded_run, 0),
    coalesce((SELECT ft.run_id FROM file_tags AS ft WHERE ft.file_id = f.id), 0),
    coalesce((SELECT max(rf.run_id) FROM run_file AS rf WHERE rf.file_id = f.id), 0),
    coalesce((SELECT max(rc.run_id) FROM run_change AS rc WHERE rc.file_id = f.id), 0),
    coalesce((SELECT max(fp.run_id) FROM file_place AS fp WHERE fp.file_id = f.id), 0),
    coalesce((SELECT e.change FROM edited AS e WHERE e.passage_id = p.id), 0)
)"""
"""The expression, of a passage ``p`` and its file ``f``, behind EDITED."""

_RUN_OF: Final = "coalesce((SELECT max(r.id) FROM run AS r WHERE r.started_ns <= e.at_ns), 0) + 0.5"

# What a person sets on a song, artist, work or album counts for all passages that are linked to it.
EDITED: Final = f"""
WITH edit_run AS MATERIALIZED (
    SELECT e.subject, e.subject_key, {_RUN_OF} AS change FROM edit AS e
    WHERE e.id IN (SELECT max(id) FROM edit GROUP BY subject, subject_key)
), edited AS MATERIALIZED (
    SELECT passage_id, max(change) AS change FROM (
        SELECT p.id AS passage_id, e.change FROM edit_run AS e CROSS JOIN passage AS p ON p.guid = e.subject_key
        WHERE e.subject = 'passage'
        UNION ALL SELECT p.id, e.change FROM edit_run AS e CROSS JOIN file AS f ON f.guid = e.subject_key
            CROSS JOIN passage AS p ON p.file_id = f.id WHERE e.subject = 'file'
        UNION ALL SELECT ps.passage_id, e.change FROM edit_run AS e CROSS JOIN song AS s ON s.mbid = e.subject_key
            CROSS JOIN passage_song AS ps ON ps.song_id = s.id WHERE e.subject = 'song'
        UNION ALL SELECT ps.passage_id, e.change FROM edit_run AS e CROSS JOIN artist AS a ON a.mbid = e.subject_key
            CROSS JOIN song_artist AS sa ON sa.artist_id = a.id
            CROSS JOIN passage_song AS ps ON ps.song_id = sa.song_id WHERE e.subject = 'artist'
        UNION ALL SELECT ps.passage_id, e.change FROM edit_run AS e CROSS JOIN work AS w ON w.mbid = e.subject_key
            CROSS JOIN song_work AS sw ON sw.work_id = w.id
            CROSS JOIN passage_song AS ps ON ps.song_id = sw.song_id WHERE e.subject = 'work'
        UNION ALL SELECT pa.passage_id, e.change FROM edit_run AS e CROSS JOIN album AS b ON b.mbid = e.subject_key
            CROSS JOIN passage_album AS pa ON pa.album_id = b.id WHERE e.subject = 'album'
    ) GROUP BY passage_id
)
"""
"""The passages that people changed, as a table ``edited`` before a SELECT."""

_CHANGED: Final = f"""
{EDITED}
SELECT p.id FROM passage AS p CROSS JOIN file AS f ON f.id = p.file_id WHERE {LAST_CHANGE} > :run
"""

_LAST_NS: Final = (1 << 63) - 1

# A run that was going on at that moment counts as a whole, and so does one that crashed last before it.
_RUN_BEFORE: Final = """
SELECT id - (ended_ns IS NULL OR ended_ns >= :moment) FROM run WHERE started_ns <= :moment ORDER BY id DESC LIMIT 1
"""

# Undo puts the former numbers back, and of old runs it is forgotten where their files were.
_IS_UNKNOWN: Final = """
SELECT EXISTS (
    SELECT 1 FROM run WHERE (id > :run AND changed = 1 AND NOT has_findings AND undone_ns IS NULL)
        OR undone_ns >= coalesce((SELECT started_ns FROM run WHERE id <= :run ORDER BY id DESC LIMIT 1), 0)
)
"""


def changed_since(connection: sqlite3.Connection, since: int | datetime) -> set[int] | None:
    """Return the rows of the passages that changed after a run or since a moment; None if all may have."""
    run = since if isinstance(since, int) else _run_before(connection, since)
    if connection.execute(_IS_UNKNOWN, {"run": run}).fetchone() == (1,):
        return None
    return {row for (row,) in connection.execute(_CHANGED, {"run": run})}


def _run_before(connection: sqlite3.Connection, moment: datetime) -> int:
    """Return the last run that had ended before a moment; 0 if there is none."""
    # SQLite counts up to the year 2262.
    nanoseconds = max(-_LAST_NS, min(nanoseconds_of(moment), _LAST_NS))
    found = connection.execute(_RUN_BEFORE, {"moment": nanoseconds}).fetchone()
    return int(found[0]) if found is not None else 0
