"""Whether names are those that follow from what is kept: of entities from statements, of files from tags and paths."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from passagework.persistence.rows.columns import listed
from passagework.persistence.rows.json_texts import decode_tags
from passagework.persistence.rows.statements import STATED, STATED_BY, STATEMENTS, add_comparison, derived, settled
from passagework.persistence.rows.tag_rows import tag_row

# Of a person's weights the artists are, too, that a song had when they were set.
_LISTED: Final = {
    "song": (("artists", "artist", "song_artist", ""), ("works", "work", "song_work", "")),
    "album": (("artists", "artist", "album_artist", ""),),
    "work": (("composers", "artist", "work_artist", " AND k.role = 'composer'"),),
    "artist": (),
}
"""By the kind of the owner: what is stated, the kind of its items, the table that has them, and which of its rows."""

_WEIGHED: Final = (
    "EXISTS (SELECT 1 FROM song_artist AS w WHERE w.song_id = e.id AND w.weight_source <> 'equal') AND {of} = 'artist'"
)

# Of a passage that is decided again, undo may have put back what was linked before statements were kept.
_STATING: Final = """
(
    SELECT s.{kind}_id AS id FROM {table} AS s CROSS JOIN passage AS p ON p.id = s.passage_id
    GROUP BY s.{kind}_id HAVING NOT max(p.link_state = 'waiting')
)
"""

_OF_TAGS: Final = ("title", "artist", "album", "medium", "track")
_OF_PATH: Final = ("path_title", "path_artist", "path_album", "path_medium", "path_track", "album_group")

# A file that was overwritten has the names of its former path.
_FILES: Final = f"""
SELECT f.path_text, t.fields, iif(
        substr(f.path, -2 - length(f.guid)) = CAST('//' || f.guid AS BLOB),
        substr(f.path, 1, length(f.path) - 2 - length(f.guid)),
        f.path
    ), {listed(_OF_TAGS, "t")}, {listed(_OF_PATH, "t")}
FROM file_tags AS t JOIN file AS f ON f.id = t.file_id WHERE json_valid(t.fields) ORDER BY f.path
"""


def entities_named_otherwise(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the entities whose names, dates, artists or works are not those that are stated."""
    add_comparison(connection)
    for kind in STATED:
        for (mbid,) in connection.execute(_otherwise(kind)):
            yield f"{kind} {mbid}"


def files_named_otherwise(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the files whose columns of names are not what their tags and their path say."""
    for shown, fields, path, *columns in connection.execute(_FILES):
        row = tag_row(decode_tags(fields, None), path)
        of_tags, of_path = columns[: len(_OF_TAGS)], columns[len(_OF_TAGS) :]
        # Rows of earlier versions lack what the path says.
        names = zip(of_path, _OF_PATH, strict=True)
        if of_tags != [row[name] for name in _OF_TAGS] or any(has not in {None, row[name]} for has, name in names):
            yield shown


def _otherwise(kind: str) -> str:
    columns, source = settled(kind)
    differ = [f"({listed((*columns, source), 'e')}) IS NOT ({listed(columns, 'd')}, {STATED_BY})"]
    differ += (_other_list(kind, *one) for one in _LISTED[kind])
    stating = _STATING.format(kind=kind, table=STATEMENTS[kind])
    return f"""
SELECT e.mbid FROM ({derived(kind, STATED[kind], stating)}) AS d CROSS JOIN {kind} AS e ON e.id = d.id
WHERE {" OR ".join(differ)} ORDER BY e.id
"""


def _other_list(owner: str, stated: str, of: str, table: str, which: str) -> str:
    has = f"SELECT k.{of}_id AS id, k.position AS place FROM {table} AS k WHERE k.{owner}_id = e.id{which} ORDER BY 1"
    wanted = f"""
SELECT o.id AS id, min(j.key) AS place FROM json_each(d.{stated}) AS j CROSS JOIN {of} AS o ON o.mbid = j.value
GROUP BY o.id ORDER BY 1
"""
    as_text = "(SELECT group_concat(id || ' ' || place) FROM ({}))"
    differ = f"{as_text.format(has)} IS NOT {as_text.format(wanted)}"
    return f"(NOT ({_WEIGHED.format(of=repr(of))}) AND {differ})" if owner == "song" else f"({differ})"
