"""The rows of a finished library, file by file: what a rival has at hand when it is given a file.

They are read from a library that Passagework has written, with all their columns and ids. So a rival's rows are
complete whatever the schema has become, and it has no ids to look up: in its favour.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from seams.persistence import INDEX, search_entries

Row = tuple[object, ...]
Rows = dict[str, list[Row]]
"""Rows by table."""

_FILE = {
    "folder": "id = (SELECT folder_id FROM file WHERE id = :id)",
    "file": "id = :id",
    **dict.fromkeys(("file_tags", "file_curves", "run_file"), "file_id = :id"),
}

_SONGS = "(SELECT song_id FROM passage_song WHERE passage_id = :id)"
_ALBUMS = "(SELECT album_id FROM passage_album WHERE passage_id = :id)"
_PASSAGE = {
    "passage": "id = :id",
    **dict.fromkeys(("passage_fingerprint", "passage_flavor"), "passage_id = :id"),
    **dict.fromkeys(("passage_song", "passage_album", "passage_evidence"), "passage_id = :id"),
    **dict.fromkeys(("artist_statement", "work_statement"), "passage_id = :id"),
    "song": f"id IN {_SONGS}",
    "work": f"id IN (SELECT work_id FROM song_work WHERE song_id IN {_SONGS})",
    "artist": f"id IN (SELECT artist_id FROM song_artist WHERE song_id IN {_SONGS} "
    f"UNION SELECT artist_id FROM album_artist WHERE album_id IN {_ALBUMS})",
    "album": f"id IN {_ALBUMS}",
    **dict.fromkeys(("song_artist", "song_work"), f"song_id IN {_SONGS}"),
    "album_artist": f"album_id IN {_ALBUMS}",
}

ENTITIES = ("song", "work", "artist", "album")
SHARED = (*ENTITIES, "folder", "song_artist", "song_work", "album_artist", INDEX)
"""Rows that several files have in common: whoever comes first writes them."""

IN_ORDER = (
    *_FILE,
    *ENTITIES,
    *("song_artist", "song_work", "album_artist"),
    *("passage", "passage_fingerprint", "passage_flavor", "passage_song", "passage_album"),
    *("artist_statement", "work_statement", "passage_evidence", INDEX),
)
"""All tables, each after those that its rows refer to."""


@dataclass(frozen=True)
class FileRows:
    """What the library is to hold of one file, and of each of its passages with what it is linked to."""

    path: bytes
    of_file: Rows
    passages: Sequence[Rows]


@dataclass(frozen=True)
class Finished:
    """All files of a library, and how a row of each table is inserted."""

    files: dict[bytes, FileRows]
    insert: dict[str, str]
    mbid: dict[str, Callable[[Row], object]]


def read_finished(library: Path) -> Finished:
    """Read everything beforehand."""
    with closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True)) as connection:

        def rows(where: dict[str, str], number: int) -> Rows:
            return {
                table: connection.execute(f"SELECT * FROM {table} WHERE {condition}", {"id": number}).fetchall()
                for table, condition in where.items()
            }

        columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in (*_FILE, *_PASSAGE)
        }
        indexed = search_entries(connection)
        files = {}
        for number, path in connection.execute("SELECT id, path FROM file").fetchall():
            passages = connection.execute("SELECT id FROM passage WHERE file_id = ?", (number,)).fetchall()
            files[path] = FileRows(path, rows(_FILE, number), [rows(_PASSAGE, passage) for (passage,) in passages])
            files[path].of_file[INDEX] = [indexed["file", number]]
            for of_passage in files[path].passages:
                named = [(kind, row[0]) for kind in ("artist", "song", "album") for row in of_passage[kind]]
                of_passage[INDEX] = [indexed[one] for one in named if one in indexed]
    insert = {
        table: f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})"
        + (" ON CONFLICT DO NOTHING" if table in SHARED else "")
        for table, names in columns.items()
    }
    insert[INDEX] = f"INSERT INTO {INDEX} (rowid, words) VALUES (?, ?)"
    places = {table: columns[table].index("mbid") for table in ENTITIES}
    return Finished(files, insert, {table: lambda row, at=at: row[at] for table, at in places.items()})
