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

from passagework.domain.identification.evidence.likeness import titles_contradict
from passagework.persistence.rows.columns import listed
from passagework.persistence.rows.encoded import DESCRIBED

STANDS: Final = "p.retired_ns IS NULL AND f.missing_run IS NULL AND f.excluded_run IS NULL"
"""The condition that the statements of passage ``p`` of file ``f`` stand."""

_COLUMNS: Final = MappingProxyType(
    {
        "artist": ("name",),
        "work": ("title", "composers"),
        "song": ("title", "artists", "works"),
        "album": (*DESCRIBED, "artists"),
    }
)
"""What is stated of each kind of entity."""

_TABLE: Final = MappingProxyType(
    {"artist": "artist_statement", "work": "work_statement", "song": "passage_song", "album": "passage_album"}
)

NAMELESS: Final = ""
"""The name in ``artist_statement`` of an artist who has an MBID and no name: it is a part of the key, so not NULL."""

STATED_AT: Final = "stated_at_ns"
"""When MusicBrainz stated what the row says; NULL: tags state it."""


def stated(columns: Iterable[str]) -> tuple[str, ...]:
    """Name the columns that say, beside the link to a song or an album, what is stated of it."""
    return tuple(f"stated_{column}" for column in columns)


_LISTS: Final = frozenset({"artists", "works", "composers"})

_COMPARED: Final = 50
"""The number of titles of a song, the first ones, that are searched for a rival."""

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
    *(table for kind, columns in _COLUMNS.items() for table in _temporary(kind, columns)),
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


def _in_table(kind: str, columns: tuple[str, ...]) -> str:
    """List the columns of a statement, from the table ``s`` that has them, under their own names."""
    names = stated(columns) if _TABLE[kind].startswith("passage_") else columns
    found = [
        f"nullif(s.{name}, '{NAMELESS}') AS {column}" if kind == "artist" else f"s.{name} AS {column}"
        for name, column in zip(names, columns, strict=True)
    ]
    return ", ".join((*found, f"s.{STATED_AT} AS stated_ns"))


def _said(kind: str) -> str:
    """Write the SELECT of what the staged passages state of the entities of a kind."""
    return f"""
SELECT s.passage_id, s.{kind}_id, {_in_table(kind, _COLUMNS[kind])}
FROM temp.staged_link AS l CROSS JOIN {_TABLE[kind]} AS s ON s.passage_id = l.passage_id
"""


NOTE_STATED: Final = tuple(f"INSERT INTO temp.said_{kind} {_said(kind)}" for kind in _COLUMNS)

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
UNION SELECT s.{kind}_id FROM temp.fallen AS t CROSS JOIN {_TABLE[kind]} AS s ON s.passage_id = t.passage_id
"""


def _derived(kind: str, asked: tuple[str, ...], touched: str) -> str:
    """Write the SELECT of id, values and source of some entities, and of the rivals of songs where titles are asked."""
    columns = (*asked, "stated_ns")
    votes = " UNION ALL ".join(
        f"SELECT id, '{column}' AS what, {column} AS value, stated_ns, file_id FROM standing WHERE {column} IS NOT NULL"
        for column in columns
    )
    rivals = f"""
UNION ALL SELECT id, 'rival_title', value FROM (
    SELECT id, value, row_number() OVER (PARTITION BY id ORDER BY place) AS place FROM (
        SELECT id, value, stated_ns, place, first_value(value) OVER (PARTITION BY id ORDER BY place) AS shown
        FROM best WHERE what = 'title' AND place <= {_COMPARED}
    ) WHERE stated_ns IS NULL AND place > 1 AND titles_contradict(shown, value)
) WHERE place = 1
"""
    has_rival = kind == "song" and "title" in columns
    filled = (*columns, "rival_title") if has_rival else columns
    return f"""
WITH stated AS MATERIALIZED (
    SELECT t.id, {_in_table(kind, asked)}, p.file_id, {STANDS} AS stands
    FROM {touched} AS t
    CROSS JOIN {_TABLE[kind]} AS s ON s.{kind}_id = t.id
    CROSS JOIN passage AS p ON p.id = s.passage_id
    CROSS JOIN file AS f ON f.id = p.file_id
), standing AS MATERIALIZED (
    SELECT * FROM (SELECT *, max(stands) OVER (PARTITION BY id) AS some_stand FROM stated) WHERE stands = some_stand
), vote AS (
    SELECT id, what, value, stated_ns, iif(stated_ns IS NULL, count(DISTINCT file_id), 0) AS files,
        iif(stated_ns IS NULL, length(value), 0) AS letters
    FROM ({votes}) GROUP BY id, what, value, stated_ns
), best AS MATERIALIZED (
    SELECT id, what, value, stated_ns, row_number() OVER (
        PARTITION BY id, what ORDER BY stated_ns DESC NULLS LAST, files DESC, letters DESC, value
    ) AS place FROM vote
)
SELECT id, {", ".join(f"max(iif(what = '{column}', value, NULL)) AS {column}" for column in filled)}
FROM (
    SELECT id, NULL AS what, NULL AS value FROM {touched}
    UNION ALL SELECT id, what, value FROM best WHERE place = 1 {rivals if has_rival else ""}
)
GROUP BY id
"""


def _settle(kind: str) -> tuple[str, ...]:
    """Write the statements that give the touched entities of a kind their values, except for their lists."""
    source = "name_source" if kind == "artist" else "title_source"
    columns = tuple(column for column in _COLUMNS[kind] if column not in _LISTS)
    columns += ("stated_ns", "rival_title") if kind == "song" else ("stated_ns",)
    stated_by = "iif(d.stated_ns IS NULL, 'tags', 'musicbrainz')"
    return (
        f"INSERT INTO temp.derived_{kind} {_derived(kind, _COLUMNS[kind], f'temp.touched_{kind}')}",
        f"""
UPDATE {kind} SET {", ".join(f"{column} = d.{column}" for column in columns)}, {source} = {stated_by}
FROM temp.derived_{kind} AS d
WHERE {kind}.id = d.id AND ({listed((*columns, source), kind)}) IS NOT ({listed(columns, "d")}, {stated_by})
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


STATED_CREDIT: Final = f"""
SELECT j.value FROM ({_derived("song", ("artists",), "(SELECT :song AS id)")}) AS d CROSS JOIN json_each(d.artists) AS j
ORDER BY j.key
"""
"""The MBIDs of the artists that a song has if nobody set their weights."""

_TOUCH: Final = MappingProxyType({kind: _touch(kind) for kind in _COLUMNS})

_DERIVE: Final = MappingProxyType(
    {
        "artist": _settle("artist"),
        "work": (*_settle("work"), *_list("work", "composers", "artist", "work_artist", "composer")),
        "song": (*_settle("song"), *_SONG_ARTISTS, *_list("song", "works", "work", "song_work")),
        "album": (*_settle("album"), *_list("album", "artists", "artist", "album_artist")),
    }
)


def add_comparison(connection: sqlite3.Connection) -> None:
    """Let SQL call ``titles_contradict``."""
    connection.create_function("titles_contradict", 2, titles_contradict, deterministic=True)


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
