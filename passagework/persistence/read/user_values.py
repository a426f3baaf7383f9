"""User values of passages, and of the songs, artists, works and albums that they are linked to."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from passagework.domain.edits import Subject, UserValue
from passagework.domain.units import TICKS_PER_SECOND

_FIELDS: Final = (
    "title",
    "name",
    "date",
    "probability",
    "approval",
    "cooldown_seconds",
    "ramp_seconds",
    "weight",
    "recording",
    "lead_in",
    "lead_out",
)

_HAS_NONE: Final = "SELECT max(id) IS NULL FROM edit"

# After passage, rank, key and part, every branch has the columns of _FIELDS in their order, and then the flavor.
# UNION, not UNION ALL, for artists and works: one may belong to several songs of a passage. Rows without values are
# left out by the program: for a condition on a table that is looked up row by row, SQLite may read all of that table
# first (a Bloom filter).
_OWN_VALUES: Final = f"""
WITH linked_song AS MATERIALIZED (
    SELECT DISTINCT passage_id, song_id FROM passage_song WHERE passage_id IN (SELECT value FROM json_each(:ids))
)
SELECT p.id, 0, p.guid, NULL, p.user_title, NULL, NULL, p.probability, p.approval, NULL, NULL, NULL,
    p.user_recording, p.user_lead_in_ticks / {TICKS_PER_SECOND}e0, p.user_lead_out_ticks / {TICKS_PER_SECOND}e0,
    p.user_flavor
FROM passage AS p
WHERE p.id IN (SELECT value FROM json_each(:ids))
UNION ALL
SELECT l.passage_id, 1, s.mbid, NULL, s.user_title, NULL, NULL, s.probability, NULL, s.cooldown_seconds, s.ramp_seconds,
    NULL, NULL, NULL, NULL, NULL
FROM linked_song AS l CROSS JOIN song AS s ON s.id = l.song_id
UNION ALL
SELECT l.passage_id, 1, s.mbid, a.mbid, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    iif(sa.weight_source = 'user', sa.weight, NULL), NULL, NULL, NULL, NULL
FROM linked_song AS l CROSS JOIN song_artist AS sa ON sa.song_id = l.song_id
CROSS JOIN song AS s ON s.id = l.song_id CROSS JOIN artist AS a ON a.id = sa.artist_id
UNION
SELECT l.passage_id, 2, a.mbid, NULL, NULL, a.user_name, NULL, a.probability, NULL, a.cooldown_seconds, a.ramp_seconds,
    NULL, NULL, NULL, NULL, NULL
FROM linked_song AS l CROSS JOIN song_artist AS sa ON sa.song_id = l.song_id
CROSS JOIN artist AS a ON a.id = sa.artist_id
UNION
SELECT l.passage_id, 3, w.mbid, NULL, w.user_title, NULL, NULL, w.probability, NULL, w.cooldown_seconds, w.ramp_seconds,
    NULL, NULL, NULL, NULL, NULL
FROM linked_song AS l CROSS JOIN song_work AS sw ON sw.song_id = l.song_id CROSS JOIN work AS w ON w.id = sw.work_id
UNION ALL
SELECT pa.passage_id, 4, a.mbid, NULL, a.user_title, NULL, a.user_date, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL
FROM passage_album AS pa CROSS JOIN album AS a ON a.id = pa.album_id
WHERE pa.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY 1, 2, 3, 4
"""

_SUBJECTS: Final = (Subject.PASSAGE, Subject.SONG, Subject.ARTIST, Subject.WORK, Subject.ALBUM)


def user_values(connection: sqlite3.Connection, ids: Mapping[str, str]) -> dict[int, list[UserValue]]:
    """Return user values by the row ids of passages; ``ids`` binds them as a JSON array. Two statements."""
    found: defaultdict[int, list[UserValue]] = defaultdict(list)
    if connection.execute(_HAS_NONE).fetchone() == (1,):
        # Nobody has set anything in this library, as in most.
        return found
    for passage, rank, key, part, *values in connection.execute(_OWN_VALUES, ids):
        found[passage] += [
            UserValue(_SUBJECTS[rank], key, field, part, value)
            for field, value in zip(_FIELDS, values[:-1], strict=True)
            if value is not None
        ]
        if values[-1] is not None:
            found[passage] += _characteristics(key, values[-1])
    return found


def _characteristics(passage: str, stored: str) -> Iterator[UserValue]:
    """Give each characteristic, as a person writes it."""
    from passagework.domain.flavor.written_shares import written_groups  # noqa: PLC0415 - most libraries have none
    from passagework.persistence.rows.flavor import readable_shares  # noqa: PLC0415 - as above

    for name, shares in written_groups(readable_shares(stored) or ()).items():
        yield UserValue(Subject.PASSAGE, passage, "flavor", name, shares)
