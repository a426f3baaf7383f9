"""Find the passages that have an artist, album, song or work of a name, or of an MBID.

A name is compared as a whole with every name that the library has: what people set, what was imported, what the tags
print, and what the names of file and folders say where the tags say nothing. The search index only narrows down which
names are looked at.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.domain.ids import parse_mbid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.search_words import folded_name, search_words
from passagework.persistence.file.search_index import (
    ALBUM,
    ARTIST,
    FILE,
    INDEX,
    KINDS,
    PASSAGE,
    SONG,
    is_unusable,
    is_valid,
)

_MOST_ENTRIES: Final = 100_000
"""With more entries nothing is narrowed down: a list of them takes longer than a look at all."""

_ENTRIES: Final = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :words LIMIT {_MOST_ENTRIES + 1}"

# An MBID that was merged into another one still names what it did.
_OF_MBID: Final = """
WITH RECURSIVE named (mbid) AS (
    SELECT :mbid UNION SELECT m.new FROM named AS n CROSS JOIN merged_mbid AS m ON m.old = n.mbid
)
SELECT e.id FROM named AS n CROSS JOIN {entity} AS e ON e.mbid = n.mbid
"""

# The rows are looked up one by one: the other way round, each row of a table would be compared with all of these.
_AMONG: Final = "json_each(:among) AS j CROSS JOIN"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where names stand: the rows of a kind of the search index, and how passages follow from their numbers.

    ``names`` selects a number and names, and has two places for what narrows the rows down.
    """

    kind: int | None
    names: str
    key: str
    passages: str


_OF_THESE: Final = "FROM json_each(:these) AS j"

_SONG_OF: Final = "CROSS JOIN passage_song AS ps ON ps.song_id = "


def _entity(entity: str, name: str, kind: int | None, passages: str) -> _Place:
    names = f"SELECT e.id, e.{name}, e.user_{name} FROM {{among}} {entity} AS e {{on}}"
    return _Place(kind, names, "e.id", f"SELECT ps.passage_id {_OF_THESE} {passages}")


def _of_passages(*columns: str) -> _Place:
    names = f"SELECT p.id, {', '.join(f'p.{column}' for column in columns)} FROM {{among}} passage AS p {{on}}"
    return _Place(PASSAGE, names, "p.id", f"SELECT j.value {_OF_THESE}")


def _of_files(of_tags: str, *, listed: str = "NULL", unless: str = "NULL") -> _Place:
    """Name what tags say; ``unless`` is what is said of a passage itself, and goes before that."""
    names = f"""
SELECT t.file_id, t.{of_tags}, iif(t.{of_tags} IS NULL, t.path_{of_tags}, NULL), {listed}
FROM {{among}} file_tags AS t {{on}}
"""
    passages = f"SELECT p.id {_OF_THESE} CROSS JOIN passage AS p ON p.file_id = j.value WHERE {unless} IS NULL"
    return _Place(FILE, names, "t.file_id", passages)


_ENTITIES: Final = MappingProxyType(
    {
        "artist": _entity(
            "artist",
            "name",
            ARTIST,
            f"CROSS JOIN song_artist AS sa ON sa.artist_id = j.value {_SONG_OF} sa.song_id",
        ),
        "album": _entity("album", "title", ALBUM, "CROSS JOIN passage_album AS ps ON ps.album_id = j.value"),
        "song": _entity("song", "title", SONG, f"{_SONG_OF} j.value"),
        "work": _entity(
            "work", "title", None, f"CROSS JOIN song_work AS sw ON sw.work_id = j.value {_SONG_OF} sw.song_id"
        ),
    }
)

_OTHERS: Final = MappingProxyType(
    {
        "artist": (_of_passages("given_performer"), _of_files("artist", listed="t.fields", unless="p.given_performer")),
        "album": (_of_files("album"),),
        "song": (_of_passages("user_title", "given_title"), _of_files("title", unless="p.given_title")),
        "work": (),
    }
)

NAMED: Final = tuple(_ENTITIES)
"""What may be named."""

# Of the passages that are linked to an album, that one says of which album they are.
_OF_GROUP: Final = """
SELECT p.id FROM file_tags AS t INDEXED BY file_tags_album_group CROSS JOIN passage AS p ON p.file_id = t.file_id
WHERE t.album_group = :group AND NOT EXISTS (SELECT 1 FROM passage_album AS pa WHERE pa.passage_id = p.id)
"""


def named_passages(connection: sqlite3.Connection, what: str, name: str) -> set[int]:
    """Return the rows of the passages, retired ones too, with ``what`` (one of NAMED) of this name or MBID."""
    entity = _ENTITIES[what]
    if (mbid := parse_mbid(name)) is not None:
        rows = connection.execute(_OF_MBID.format(entity=what), {"mbid": mbid})
        return _passages(connection, entity, [row for (row,) in rows])
    wanted = folded_name(name)
    entries = _entries(connection, wanted)
    found = set[int]()
    for place in (entity, *_OTHERS[what]):
        found |= _passages(connection, place, list(_named_so(connection, place, wanted, entries)))
    if what == "album":
        found |= {row for (row,) in connection.execute(_OF_GROUP, {"group": name.lower()})}
    return found


def _passages(connection: sqlite3.Connection, place: _Place, these: Sequence[int]) -> set[int]:
    return {row for (row,) in connection.execute(place.passages, {"these": write_json(these)})} if these else set()


def _named_so(
    connection: sqlite3.Connection, place: _Place, wanted: str, entries: Sequence[int] | None
) -> Iterable[int]:
    if entries is None or place.kind is None:
        rows = connection.execute(place.names.format(among="", on=""))
    else:
        among = [entry // KINDS for entry in entries if entry % KINDS == place.kind]
        statement = place.names.format(among=_AMONG, on=f"ON {place.key} = j.value")
        rows = connection.execute(statement, {"among": write_json(among)})
    # Many rows have one and the same name.
    same: dict[str | None, bool] = {None: False}
    for number, *names in rows:
        if place.kind == FILE and (fields := names.pop()) is not None and '"artists"' in fields:
            names += [one for one in read_json(fields).get("artists") or () if isinstance(one, str)]
        for one in names:
            if one not in same:
                same[one] = folded_name(one) == wanted
        if any(same[one] for one in names):
            yield number


def _entries(connection: sqlite3.Connection, wanted: str) -> Sequence[int] | None:
    """Return the entries of the search index with all words of a name; None if it does not help."""
    words = search_words(wanted).split()
    # The word of a name that is nothing but signs is lacking where it stands beside another name.
    if not words or not any(character.isalnum() for character in wanted) or not is_valid(connection):
        return None
    try:
        match = {"words": " ".join(f'"{word}"' for word in words)}
        entries = [entry for (entry,) in connection.execute(_ENTRIES, match)]
    except sqlite3.Error as error:
        if not is_unusable(error):
            raise
        return None
    return entries if len(entries) <= _MOST_ENTRIES else None
