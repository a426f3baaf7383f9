"""What is stated of songs, artists, works and albums, and the SELECT of the values that follow from it.

write/derive.py says what follows, and gives entities their values; file/derived_names.py looks whether they have them.
"""

import sqlite3
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from passagework.domain.identification.evidence.likeness import titles_contradict
from passagework.persistence.rows.encoded import DESCRIBED

STANDS: Final = "p.retired_ns IS NULL AND f.missing_run IS NULL AND f.excluded_run IS NULL"
"""The condition that the statements of passage ``p`` of file ``f`` stand."""

STATED: Final = MappingProxyType(
    {
        "artist": ("name",),
        "work": ("title", "composers"),
        "song": ("title", "artists", "works"),
        "album": (*DESCRIBED, "artists"),
    }
)
"""What is stated of each kind of entity."""

STATEMENTS: Final = MappingProxyType(
    {"artist": "artist_statement", "work": "work_statement", "song": "passage_song", "album": "passage_album"}
)

NAMELESS: Final = ""
"""The name in ``artist_statement`` of an artist who has an MBID and no name: it is a part of the key, so not NULL."""

STATED_AT: Final = "stated_at_ns"
"""When MusicBrainz stated what the row says; NULL: tags state it."""


def stated(columns: Iterable[str]) -> tuple[str, ...]:
    """Name the columns that say, beside the link to a song or an album, what is stated of it."""
    return tuple(f"stated_{column}" for column in columns)


LISTS: Final = frozenset({"artists", "works", "composers"})

STATED_BY: Final = "iif(d.stated_ns IS NULL, 'tags', 'musicbrainz')"
"""The source of the values ``d`` of an entity."""

_COMPARED: Final = 50
"""The number of titles of a song, the first ones, that are searched for a rival."""


def in_table(kind: str, columns: tuple[str, ...]) -> str:
    """List the columns of a statement, from the table ``s`` that has them, under their own names."""
    names = stated(columns) if STATEMENTS[kind].startswith("passage_") else columns
    found = [
        f"nullif(s.{name}, '{NAMELESS}') AS {column}" if kind == "artist" else f"s.{name} AS {column}"
        for name, column in zip(names, columns, strict=True)
    ]
    return ", ".join((*found, f"s.{STATED_AT} AS stated_ns"))


def settled(kind: str) -> tuple[tuple[str, ...], str]:
    """Name the columns of an entity that follow from statements, without its lists, and the column of their source."""
    columns = tuple(column for column in STATED[kind] if column not in LISTS)
    columns += ("stated_ns", "rival_title") if kind == "song" else ("stated_ns",)
    return columns, "name_source" if kind == "artist" else "title_source"


def derived(kind: str, asked: tuple[str, ...], touched: str) -> str:
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
    SELECT t.id, {in_table(kind, asked)}, p.file_id, {STANDS} AS stands
    FROM {touched} AS t
    CROSS JOIN {STATEMENTS[kind]} AS s ON s.{kind}_id = t.id
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


STATED_CREDIT: Final = f"""
SELECT j.value FROM ({derived("song", ("artists",), "(SELECT :song AS id)")}) AS d CROSS JOIN json_each(d.artists) AS j
ORDER BY j.key
"""
"""The MBIDs of the artists that a song has if nobody set their weights."""


def add_comparison(connection: sqlite3.Connection) -> None:
    """Let SQL call ``titles_contradict``."""
    connection.create_function("titles_contradict", 2, titles_contradict, deterministic=True)
