"""Copy a finished library, attached as ``finished``, in transactions of a number of files: nothing but SQLite's work.

Row ids are kept, so nothing is looked up. Files and passages are numbered without gaps, in the order of the messages,
and entities in the order of the batches; so every transaction takes a range of ids of each table. The ranges are found
before anything is timed. The WAL is copied into the library when it has the length at which the product does so.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

from seams.persistence import INDEX, INDEXED, checkpoint_if_long, search_entries

Copy = tuple[str, str, int, int]
"""A table, its column that is cut into ranges, and the first and last value of the range."""

_OF_FILE = ("file_tags", "file_curves", "passage", "run_file")
_OF_PASSAGE = ("passage_song", "passage_album", "artist_statement", "work_statement", "passage_evidence")
_OF_SONG = ("song_artist", "song_work")

# The highest id of each kind that the passages up to one need, themselves or through their songs and albums.
_NEEDED = {
    "song": "SELECT max(song_id) FROM finished.passage_song WHERE passage_id <= :passage",
    "album": "SELECT max(album_id) FROM finished.passage_album WHERE passage_id <= :passage",
    "work": "SELECT max(work_id) FROM finished.song_work WHERE song_id <= :song",
    "artist": """SELECT max(artist_id) FROM (
        SELECT artist_id FROM finished.song_artist WHERE song_id <= :song
        UNION ALL SELECT artist_id FROM finished.album_artist WHERE album_id <= :album
    )""",
}


# In the order of the entries: FTS5 writes a segment of its own whenever a number is below the one before.
_WORDS = """
CREATE TEMP TABLE copied_words (number INTEGER, entry INTEGER, words TEXT, PRIMARY KEY (number, entry)) WITHOUT ROWID
"""
_INDEX = f"INSERT INTO main.{INDEX} (rowid, words) SELECT entry, words FROM temp.copied_words WHERE number = ?"


def copy(connection: sqlite3.Connection, finished: Path, files: int, batch: int, passages: int, *, link: bool) -> float:
    """Copy ``files`` of ``passages`` each, and what they are linked to if ``link``; give the seconds."""
    connection.execute("ATTACH ? AS finished", (str(finished),))
    seconds = _timed(connection, _transactions(connection, files, batch, passages, link=link), finished)
    connection.execute("DETACH finished")
    return seconds


def _transactions(
    connection: sqlite3.Connection, files: int, batch: int, passages: int, *, link: bool
) -> list[list[Copy]]:
    """Say what each transaction copies."""
    transactions, folders = [], 0
    known = dict.fromkeys(_NEEDED, 0)
    for first, last in _batches(files, batch):
        query = "SELECT max(folder_id) FROM finished.file WHERE id <= ?"
        (folder,) = connection.execute(query, (last,)).fetchone()
        copies: list[Copy] = [("folder", "id", folders + 1, folder), ("file", "id", first, last)]
        copies += [(table, "file_id", first, last) for table in _OF_FILE]
        of_passages = (first - 1) * passages + 1, last * passages
        copies += [(table, "passage_id", *of_passages) for table in ("passage_fingerprint", "passage_flavor")]
        if link:
            copies += _links(connection, known, *of_passages)
        transactions.append(copies)
        folders = folder
    return transactions


def _links(connection: sqlite3.Connection, known: dict[str, int], first: int, last: int) -> list[Copy]:
    """Give what to copy of entities, junctions and evidence for some passages; ``known`` was copied before."""
    needed = {"passage": last}
    for kind, query in _NEEDED.items():
        (needed[kind],) = connection.execute(query, needed).fetchone()
    copies: list[Copy] = [(kind, "id", known[kind] + 1, needed[kind]) for kind in _NEEDED]
    copies += [(table, "song_id", known["song"] + 1, needed["song"]) for table in _OF_SONG]
    copies.append(("album_artist", "album_id", known["album"] + 1, needed["album"]))
    copies += [(table, "passage_id", first, last) for table in _OF_PASSAGE]
    known.update({kind: max(known[kind], needed[kind]) for kind in _NEEDED})
    return copies


def _batches(rows: int, batch: int) -> list[tuple[int, int]]:
    return [(first, min(first + batch - 1, rows)) for first in range(1, rows + 1, batch)]


def _note_words(connection: sqlite3.Connection, transactions: Sequence[Sequence[Copy]], finished: Path) -> None:
    """Make a table of the words that each transaction brings."""
    with closing(sqlite3.connect(finished)) as library:
        entries = search_entries(library)
    connection.execute(_WORDS)
    for number, copies in enumerate(transactions):
        named = [(table, row) for table, _, first, last in copies if table in INDEXED for row in range(first, last + 1)]
        words = [(number, *entries[one]) for one in named if one in entries]
        connection.executemany("INSERT INTO temp.copied_words VALUES (?, ?, ?)", words)


def _timed(connection: sqlite3.Connection, transactions: Sequence[Sequence[Copy]], finished: Path) -> float:
    _note_words(connection, transactions, finished)
    began = perf_counter()
    for number, copies in enumerate(transactions):
        connection.execute("BEGIN IMMEDIATE")
        for table, column, first, last in copies:
            select = f"SELECT * FROM finished.{table} WHERE {column} BETWEEN ? AND ?"
            connection.execute(f"INSERT INTO main.{table} {select}", (first, last))
        connection.execute(_INDEX, (number,))
        connection.execute("COMMIT")
        checkpoint_if_long(connection)
    return perf_counter() - began
