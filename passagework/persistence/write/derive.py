"""What songs, artists, works and albums are called follows from the statements about them that stand now.

A decision about a passage states titles, names, credits and dates; they are kept with the passage. A statement stands
while its passage is in use and its file is there and not left out (STANDS). An entity has the values of the statements
that stand, each column by itself, in this order:

- what MusicBrainz states goes before what tags state, and of its statements the latest; the smallest of one time;
- of what tags state, what most files state; then the longest, then the smallest.

Where none stands, since all files are gone, all count: a name that only such files state never shows beside one that
stands, since a passage states of all that it names, if only that it has no name. An entity of which nothing is stated
has no values. What a person set has columns of its own, which nothing here touches.

If tags call a song by titles that contradict the one that is shown, the first of these in the same order is its rival.

So a library has the same content in whatever order files come, change and go. The steps, for a batch:

1. NOTE_STANDING, before anything is stored: which passages of the staged files stand.
2. NOTE_STATED, before links are stored: what the passages stated until now.
3. :func:`derive`, after links are stored: finds the entities of which something else is stated, or by passages that
   stand or no longer stand since the first step, and gives them their values.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from passagework.persistence.rows.columns import listed
from passagework.persistence.rows.statements import (
    STANDS,
    STATED,
    STATED_BY,
    STATEMENTS,
    derived,
    in_table,
    settled,
)

_NEWEST_RUN: Final = "(SELECT max(run.id) FROM run)"


def _temporary(kind: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    rival = ("rival_title",) if kind == "song" else ()
    return (
        f"temp.said_{kind} (passage_id INTEGER, entity INTEGER, {listed(columns)}, stated_ns)",
        f"temp.touched_{kind} (id INTEGER PRIMARY KEY)",
        f"temp.derived_{kind} (id INTEGER PRIMARY KEY, {listed((*columns, 'stated_ns', *rival))})",
    )


_TABLES: Final = (
    "temp.stood (passage_id INTEGER PRIMARY KEY, stands)",
    "temp.fallen (passage_id INTEGER PRIMARY KEY)",
    *(table for kind, columns in STATED.items() for table in _temporary(kind, columns)),
)

MAKE_TABLES: Final = tuple(f"CREATE TABLE {table}" for table in _TABLES)
TEMPORARY: Final = tuple(table.partition(" ")[0] for table in _TABLES)

_OF_FILES: Final = f"""
SELECT p.id AS id, {STANDS} AS stands FROM (
    SELECT path FROM temp.staged_file WHERE kind <> 'attempt' UNION SELECT path FROM temp.staged_presence
    UNION SELECT path FROM temp.staged_stamp
    UNION SELECT source FROM temp.staged_move UNION SELECT target FROM temp.staged_move
) AS s
CROSS JOIN file AS f ON f.path = s.path
CROSS JOIN passage AS p ON p.file_id = f.id
"""

NOTE_STANDING: Final = (f"INSERT INTO temp.stood (passage_id, stands) {_OF_FILES}",)


def _said(kind: str) -> str:
    """Write the SELECT of what the staged passages state of the entities of a kind."""
    return f"""
SELECT s.passage_id, s.{kind}_id, {in_table(kind, STATED[kind])}
FROM temp.staged_link AS l CROSS JOIN {STATEMENTS[kind]} AS s ON s.passage_id = l.passage_id
"""


NOTE_STATED: Final = tuple(f"INSERT INTO temp.said_{kind} {_said(kind)}" for kind in STATED)

_FALL: Final = f"""
INSERT INTO temp.fallen (passage_id)
SELECT o.passage_id FROM temp.stood AS o
CROSS JOIN passage AS p ON p.id = o.passage_id
CROSS JOIN file AS f ON f.id = p.file_id
WHERE o.stands <> ({STANDS})
"""


def _touch(kind: str) -> str:
    before, now = f"SELECT * FROM temp.said_{kind}", _said(kind)
    return f"""
INSERT OR IGNORE INTO temp.touched_{kind} (id)
SELECT entity FROM ({before} EXCEPT {now})
UNION SELECT {kind}_id FROM ({now} EXCEPT {before})
UNION SELECT s.{kind}_id FROM temp.fallen AS t CROSS JOIN {STATEMENTS[kind]} AS s ON s.passage_id = t.passage_id
"""


def _settle(kind: str) -> tuple[str, ...]:
    """Write the statements that give the touched entities of a kind their values, except for their lists."""
    columns, source = settled(kind)
    return (
        f"INSERT INTO temp.derived_{kind} {derived(kind, STATED[kind], f'temp.touched_{kind}')}",
        f"""
UPDATE {kind} SET {", ".join(f"{column} = d.{column}" for column in columns)}, {source} = {STATED_BY}
FROM temp.derived_{kind} AS d
WHERE {kind}.id = d.id AND ({listed((*columns, source), kind)}) IS NOT ({listed(columns, "d")}, {STATED_BY})
""",
    )


_WEIGHED: Final = "EXISTS (SELECT 1 FROM song_artist AS k WHERE k.song_id = {song} AND k.weight_source <> 'equal')"

# Artists whose weights a person set stay. A new artist beside them has weight 0 until a person changes it.
_SONG_ARTISTS: Final = (
    f"""
DELETE FROM song_artist
WHERE song_id IN (SELECT id FROM temp.derived_song) AND NOT {_WEIGHED.format(song="song_artist.song_id")}
    AND artist_id NOT IN (
        SELECT o.id FROM temp.derived_song AS d CROSS JOIN json_each(d.artists) AS j
        CROSS JOIN artist AS o ON o.mbid = j.value WHERE d.id = song_artist.song_id
    )
""",
    f"""
INSERT INTO song_artist (song_id, artist_id, position, weight, first_run)
SELECT d.id, o.id, min(j.key), NOT {_WEIGHED.format(song="d.id")}, {_NEWEST_RUN}
FROM temp.derived_song AS d CROSS JOIN json_each(d.artists) AS j CROSS JOIN artist AS o ON o.mbid = j.value
WHERE true GROUP BY d.id, o.id
ON CONFLICT (song_id, artist_id) DO UPDATE SET position = excluded.position
WHERE excluded.position <> song_artist.position
""",
    # After all inserts and deletes: the number of artists is known only then.
    """
UPDATE song_artist SET weight = shares.weight
FROM (
    SELECT k.song_id, 1.0 / count(*) AS weight, max(k.weight_source <> 'equal') AS set_by_somebody
    FROM temp.derived_song AS d CROSS JOIN song_artist AS k ON k.song_id = d.id GROUP BY k.song_id
) AS shares
WHERE song_artist.song_id = shares.song_id AND NOT shares.set_by_somebody AND song_artist.weight <> shares.weight
""",
)


def _list(owner: str, column: str, other: str, table: str, role: str | None = None) -> tuple[str, ...]:
    """Write the statements that make the rows of a list those that are stated, in their order."""
    items = (
        f"temp.derived_{owner} AS d CROSS JOIN json_each(d.{column}) AS j CROSS JOIN {other} AS o ON o.mbid = j.value"
    )
    names, values, is_role = (", role", f", '{role}'", f" AND role = '{role}'") if role else ("", "", "")
    return (
        f"""
DELETE FROM {table} WHERE {owner}_id IN (SELECT id FROM temp.derived_{owner}){is_role}
    AND {other}_id NOT IN (SELECT o.id FROM {items} WHERE d.id = {table}.{owner}_id)
""",
        f"""
INSERT INTO {table} ({owner}_id, {other}_id{names}, position, first_run)
SELECT d.id, o.id{values}, min(j.key), {_NEWEST_RUN} FROM {items} WHERE true GROUP BY d.id, o.id
ON CONFLICT ({owner}_id, {other}_id{names}) DO UPDATE SET position = excluded.position
WHERE excluded.position <> {table}.position
""",
    )


_TOUCH: Final = MappingProxyType({kind: _touch(kind) for kind in STATED})

_DERIVE: Final = MappingProxyType(
    {
        "artist": _settle("artist"),
        "work": (*_settle("work"), *_list("work", "composers", "artist", "work_artist", "composer")),
        "song": (*_settle("song"), *_SONG_ARTISTS, *_list("song", "works", "work", "song_work")),
        "album": (*_settle("album"), *_list("album", "artists", "artist", "album_artist")),
    }
)


def derive(connection: sqlite3.Connection) -> tuple[int, int]:
    """Give all touched entities their values; return the number of statements, and of rows that they changed."""
    connection.execute(_FALL)
    statements, rows = 1 + 2 * len(_TOUCH), 0
    for kind, touch in _TOUCH.items():
        connection.execute(touch)
        if connection.execute(f"SELECT 1 FROM temp.touched_{kind} LIMIT 1").fetchone() is not None:
            into_derived, *others = _DERIVE[kind]
            connection.execute(into_derived)
            rows += sum(connection.execute(other).rowcount for other in others)
            statements += 1 + len(others)
    return statements, rows


def derive_these(connection: sqlite3.Connection, entities: Mapping[str, Iterable[int]]) -> None:
    """Give these entities their values, after rows with statements about them were deleted."""
    for kind, statements in _DERIVE.items():
        # The last batch has left its own there.
        for table in ("touched", "derived"):
            connection.execute(f"DELETE FROM temp.{table}_{kind}")
        numbers = [(number,) for number in entities[kind]]
        connection.executemany(f"INSERT INTO temp.touched_{kind} (id) VALUES (?)", numbers)
        for statement in statements:
            connection.execute(statement)
