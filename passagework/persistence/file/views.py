"""The views of a library: the names to show and what can be played, defined once for all readers.

Lists, exports and the views on a MySQL server use them, so that all agree on these rules:

- What a person set goes before what imports found, that before the text of the tags, and that before what the names of
  the file and its folders say.
- Passages with the same ``album_group`` are of one album, whether that has an MBID or not.
- If the tags of its file alone say what a passage is, it is named as the file prints it; artists that have no name are
  shown by the printed credit.
- Songs of a passage are in the order in which they begin, then of their MBIDs; artists, works and composers in that of
  their songs, then in that of the credit, each once, where it comes first.
- A passage with several songs has the title of each: ``One / Two``.
- Of several albums, the one with the last MBID counts.

Views hold no data. They are created again whenever the schema changes, with the measured columns of that time.
"""

import sqlite3
from collections.abc import Iterable
from enum import Enum
from types import MappingProxyType
from typing import Final

from passagework.domain.measured import MeasuredColumn, PassageMeasures, Unit, measured_columns
from passagework.domain.units import TICKS_PER_SECOND
from passagework.persistence.rows.analysis import in_effect
from passagework.persistence.rows.playable import CONDITIONS, PLAYABLE

View = tuple[str, str]
"""A view: its name, and the SELECT that it stands for."""


class Dialect(Enum):
    """Whose SQL a view is written in."""

    SQLITE = "sqlite"
    MYSQL = "mysql"


ORDER: Final = MappingProxyType(
    {
        "passage_song_name": "start_ticks, mbid",
        "passage_artist_name": "start_ticks, song_mbid, position, mbid",
        "passage_work_name": "start_ticks, song_mbid, position, mbid",
        "passage_composer_name": "start_ticks, song_mbid, work_position, work_mbid, position, mbid",
    }
)
"""How the rows of a passage are sorted in each view of names."""

_SONG_NAME: Final = """
SELECT ps.passage_id AS passage_id, s.id AS song_id, s.mbid AS mbid, COALESCE(s.user_title, s.title) AS title,
    s.user_title IS NOT NULL AS set_by_user, ps.start_ticks AS start_ticks, ps.end_ticks AS end_ticks
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
"""

_ARTIST_NAME: Final = """
SELECT ps.passage_id AS passage_id, a.id AS artist_id, a.mbid AS mbid, COALESCE(a.user_name, a.name) AS name,
    a.user_name IS NOT NULL AS set_by_user, ps.start_ticks AS start_ticks, s.mbid AS song_mbid, sa.position AS position
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_artist AS sa ON sa.song_id = s.id
JOIN artist AS a ON a.id = sa.artist_id
WHERE NOT EXISTS (
    SELECT 1 FROM passage_song AS ps2
    JOIN song AS s2 ON s2.id = ps2.song_id
    JOIN song_artist AS sa2 ON sa2.song_id = s2.id
    WHERE ps2.passage_id = ps.passage_id AND sa2.artist_id = sa.artist_id
        AND (ps2.start_ticks, s2.mbid) < (ps.start_ticks, s.mbid)
)
"""

_WORK_NAME: Final = """
SELECT ps.passage_id AS passage_id, w.id AS work_id, w.mbid AS mbid, COALESCE(w.user_title, w.title) AS title,
    w.user_title IS NOT NULL AS set_by_user, ps.start_ticks AS start_ticks, s.mbid AS song_mbid, sw.position AS position
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_work AS sw ON sw.song_id = s.id
JOIN work AS w ON w.id = sw.work_id
WHERE NOT EXISTS (
    SELECT 1 FROM passage_song AS ps2
    JOIN song AS s2 ON s2.id = ps2.song_id
    JOIN song_work AS sw2 ON sw2.song_id = s2.id
    WHERE ps2.passage_id = ps.passage_id AND sw2.work_id = sw.work_id
        AND (ps2.start_ticks, s2.mbid) < (ps.start_ticks, s.mbid)
)
"""

_COMPOSER_NAME: Final = """
SELECT ps.passage_id AS passage_id, a.id AS artist_id, a.mbid AS mbid, COALESCE(a.user_name, a.name) AS name,
    a.user_name IS NOT NULL AS set_by_user, ps.start_ticks AS start_ticks, s.mbid AS song_mbid,
    sw.position AS work_position, w.mbid AS work_mbid, wa.position AS position
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_work AS sw ON sw.song_id = s.id
JOIN work AS w ON w.id = sw.work_id
JOIN work_artist AS wa ON wa.work_id = w.id AND wa.role = 'composer'
JOIN artist AS a ON a.id = wa.artist_id
WHERE NOT EXISTS (
    SELECT 1 FROM passage_song AS ps2
    JOIN song AS s2 ON s2.id = ps2.song_id
    JOIN song_work AS sw2 ON sw2.song_id = s2.id
    JOIN work AS w2 ON w2.id = sw2.work_id
    JOIN work_artist AS wa2 ON wa2.work_id = w2.id AND wa2.role = 'composer'
    WHERE ps2.passage_id = ps.passage_id AND wa2.artist_id = wa.artist_id
        AND (ps2.start_ticks, s2.mbid, sw2.position, w2.mbid) < (ps.start_ticks, s.mbid, sw.position, w.mbid)
)
"""

_PASSAGE_ARTIST: Final = """
SELECT ps.passage_id AS passage_id, s.id AS song_id, s.mbid AS recording_mbid, a.id AS artist_id, a.mbid AS artist_mbid,
    COALESCE(a.user_name, a.name) AS name, sa.weight AS weight, sa.position AS position
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_artist AS sa ON sa.song_id = s.id
JOIN artist AS a ON a.id = sa.artist_id
"""

# With json_each alone: where trusted_schema is off, many versions of SQLite take json_extract in a view as unsafe.
_EVIDENCE: Final = MappingProxyType(
    {
        Dialect.SQLITE: """
SELECT d.passage_id AS passage_id, (SELECT value FROM json_each(s.value) WHERE key = 0) AS source,
    (SELECT value FROM json_each(s.value) WHERE key = 1) AS kind,
    (SELECT value FROM json_each(s.value) WHERE key = 2) AS value, s.key AS position, d.run_id AS run_id,
    (SELECT value FROM json_each(s.value) WHERE key = 3) AS strength
FROM passage_evidence AS d, json_each(d.statements) AS s
""",
        Dialect.MYSQL: """
SELECT d.passage_id AS passage_id, s.source AS source, s.kind AS kind, s.value AS value, s.place - 1 AS position,
    d.run_id AS run_id, s.strength AS strength
FROM passage_evidence AS d, JSON_TABLE(d.statements, '$[*]' COLUMNS (
    place FOR ORDINALITY, source VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
    kind VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
    value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]', strength DOUBLE PATH '$[3]'
)) AS s
""",
    }
)

_CHARACTER: Final = MappingProxyType(
    {
        Dialect.SQLITE: """
SELECT h.passage_id AS passage_id, c.key AS characteristic, n.key AS name, n.value AS share
FROM passage_flavor AS h, json_each(h.shares) AS c, json_each(c.value) AS n
""",
        Dialect.MYSQL: """
SELECT h.passage_id AS passage_id, c.characteristic AS characteristic, n.name AS name,
    JSON_EXTRACT(h.shares, CONCAT('$."', c.characteristic, '"."', n.name, '"')) + 0e0 AS share
FROM passage_flavor AS h, JSON_TABLE(JSON_KEYS(h.shares), '$[*]' COLUMNS (
    characteristic VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$'
)) AS c, JSON_TABLE(JSON_KEYS(h.shares, CONCAT('$."', c.characteristic, '"')), '$[*]' COLUMNS (
    name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$'
)) AS n
""",
    }
)


def views(dialect: Dialect) -> tuple[View, ...]:
    """Give the views, each after those that it uses."""
    return (
        ("passage_song_name", _SONG_NAME),
        ("passage_artist_name", _ARTIST_NAME),
        ("passage_work_name", _WORK_NAME),
        ("passage_composer_name", _COMPOSER_NAME),
        ("passage_name", _passage_name(dialect)),
        ("passage_artist", _PASSAGE_ARTIST),
        ("playable_passage", _PLAYABLE_PASSAGE),
        ("unplayable_passage", _UNPLAYABLE_PASSAGE),
        ("evidence", _EVIDENCE[dialect]),
        ("passage_character", _CHARACTER[dialect]),
    )


def make_views() -> str:
    """Give the script that makes the views of a library."""
    return "\n".join(f"CREATE VIEW {name} AS {select};" for name, select in views(Dialect.SQLITE))


def drop_views(connection: sqlite3.Connection) -> str:
    """Give the script that drops the views that a library has: while they are there, columns cannot be dropped."""
    # In older schemas the evidence is a table, which is no view to drop.
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    return "\n".join(f"DROP VIEW {name};" for name, _ in reversed(views(Dialect.SQLITE)) if name in there)


def _passage_name(dialect: Dialect) -> str:
    titles = _joined(dialect, "title", "passage_song_name", " / ")
    artists = _joined(dialect, "name", "passage_artist_name", " & ")
    order = ORDER["passage_song_name"]
    # What is said about a piece goes before what is said about its file.
    of_file, credit = "COALESCE(p.given_title, t.title)", "COALESCE(p.given_performer, t.artist)"
    printed_title = f"CASE WHEN o.id IS NOT NULL THEN {of_file} END"
    of_artists = "FROM passage_artist_name AS n WHERE n.passage_id = p.id AND"
    printed_artists = f"""CASE WHEN (o.id IS NOT NULL AND NOT EXISTS (SELECT 1 {of_artists} n.set_by_user))
        OR EXISTS (SELECT 1 {of_artists} n.name IS NULL) THEN {credit} END"""
    return f"""
SELECT p.id AS passage_id,
    COALESCE(p.user_title, {printed_title}, {titles}, {of_file}, t.path_title) AS title,
    CASE WHEN p.user_title IS NOT NULL THEN 'user'
        WHEN o.id IS NOT NULL AND {of_file} <> COALESCE(o.title, '') THEN 'tags' ELSE
        CASE (SELECT MAX(set_by_user) FROM passage_song_name AS n WHERE n.passage_id = p.id AND n.title IS NOT NULL)
            WHEN 1 THEN 'user' WHEN 0 THEN 'song'
            ELSE CASE WHEN {of_file} IS NOT NULL THEN 'tags' WHEN t.path_title IS NOT NULL THEN 'file-name' END
        END
    END AS title_source,
    (SELECT mbid FROM passage_song_name AS n WHERE n.passage_id = p.id ORDER BY {order} LIMIT 1) AS recording_mbid,
    COALESCE({printed_title}, {titles}, {of_file}, t.path_title) AS imported_title,
    COALESCE({printed_artists}, {artists}, {credit}, t.path_artist) AS artists,
    CASE WHEN {printed_artists} IS NOT NULL THEN 'tags' WHEN {artists} IS NOT NULL THEN 'song'
        WHEN {credit} IS NOT NULL THEN 'tags' WHEN t.path_artist IS NOT NULL THEN 'file-name' END AS artists_source,
    COALESCE(b.user_title, b.title, t.album, t.path_album) AS album,
    CASE WHEN b.user_title IS NOT NULL THEN 'user' WHEN b.title IS NOT NULL THEN 'album'
        WHEN t.album IS NOT NULL THEN 'tags' WHEN t.path_album IS NOT NULL THEN 'file-name' END AS album_source,
    b.mbid AS album_mbid,
    CASE WHEN b.id IS NULL THEN COALESCE(t.medium, t.path_medium) ELSE pa.medium END AS medium,
    CASE WHEN b.id IS NULL THEN COALESCE(p.given_track, t.track, t.path_track) ELSE pa.track END AS track,
    COALESCE(b.mbid, t.album_group) AS album_group
FROM passage AS p
LEFT JOIN file_tags AS t ON t.file_id = p.file_id
LEFT JOIN passage_song AS po ON po.passage_id = p.id AND NOT EXISTS (
    SELECT 1 FROM passage_song AS po2
    WHERE po2.passage_id = p.id AND (po2.song_id <> po.song_id OR po2.start_ticks <> po.start_ticks)
)
LEFT JOIN song AS o ON o.id = po.song_id AND o.user_title IS NULL AND o.stated_ns IS NULL
    AND INSTR(t.fields, o.mbid) > 0
LEFT JOIN passage_album AS pa ON pa.passage_id = p.id AND pa.album_id = (
    SELECT pa2.album_id FROM passage_album AS pa2 JOIN album AS b2 ON b2.id = pa2.album_id
    WHERE pa2.passage_id = p.id ORDER BY b2.mbid DESC LIMIT 1
)
LEFT JOIN album AS b ON b.id = pa.album_id
"""


def machine_columns(table: str) -> str:
    """List the measured columns of passages under the names that machines read; times in seconds and in ticks."""
    return ", ".join(_machine_names(table, measured_columns(PassageMeasures)))


def _machine_names(table: str, columns: Iterable[MeasuredColumn]) -> Iterable[str]:
    for one in columns:
        column = in_effect(one.column, table)
        if one.unit is Unit.TICKS:
            in_seconds, in_ticks = one.names
            # With an exponent the number is a float for MySQL, too, and not a decimal of some digits.
            yield f"({column}) / {TICKS_PER_SECOND}e0 AS {in_seconds}"
            yield f"{column} AS {in_ticks}"
        else:
            (name,) = one.names
            yield f"{column} AS {name}"


def _joined(dialect: Dialect, column: str, view: str, separator: str) -> str:
    """Join the names of a passage in their order."""
    order = ORDER[view]
    match dialect:
        case Dialect.SQLITE:
            rows = f"SELECT {column} FROM {view} AS n WHERE n.passage_id = p.id ORDER BY {order}"
            return f"(SELECT GROUP_CONCAT({column}, '{separator}') FROM ({rows}))"
        case Dialect.MYSQL:
            joined = f"GROUP_CONCAT({column} ORDER BY {order} SEPARATOR '{separator}')"
            return f"(SELECT {joined} FROM {view} AS n WHERE n.passage_id = p.id)"


# passage_name stands first: SQLite would not look into it behind a JOIN, and make all of its rows.
_PLAYABLE_PASSAGE: Final = f"""
SELECT p.id AS passage_id, p.guid AS guid, f.id AS file_id, f.path AS path, f.path_text AS path_text,
    {machine_columns("p")},
    (p.end_ticks - p.start_ticks) / {TICKS_PER_SECOND}e0 AS duration_seconds,
    n.title AS title, n.artists AS artists, n.album AS album, n.medium AS medium, n.track AS track,
    p.link_state AS link_state, p.link_confidence AS confidence, p.approval AS approval, p.probability AS probability
FROM passage_name AS n
JOIN passage AS p ON p.id = n.passage_id
JOIN file AS f ON f.id = p.file_id
WHERE {PLAYABLE}
"""

_UNPLAYABLE_PASSAGE: Final = " UNION ALL ".join(
    f"""
SELECT p.id AS passage_id, p.guid AS guid, f.id AS file_id, f.path AS path, f.path_text AS path_text,
    '{reason}' AS reason
FROM passage AS p JOIN file AS f ON f.id = p.file_id
WHERE {condition}
"""
    for reason, condition in CONDITIONS.items()
)
