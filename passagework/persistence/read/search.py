"""Find the passages that have all words of a text, in the order of path and start.

Whether a passage is found is decided by its words, as they are read with it (_PASSAGES). The search index only narrows
down which files are looked at, so a library without one gives the same passages, later.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from passagework.domain.json_text import write_json
from passagework.domain.search_words import contains_words, query_words, search_words
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

MOST_ENTRIES: Final = 60_000
"""A word with more entries is not looked up: passages that have it are soon met on the way through all files."""

FEW_FILES: Final = 4_000
"""So many are sorted in less time than it takes to go through the files of a large library in their order."""

AT_ONCE: Final = 500

_ENTRIES: Final = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :word LIMIT {MOST_ENTRIES}"

# FTS5 collects all entries of a beginning before it gives the first, those of a whole word one by one.
_IS_FREQUENT: Final = f"SELECT count(*) >= {MOST_ENTRIES} FROM ({_ENTRIES})"

_FILES_OF_NAMES: Final = f"""
WITH named AS MATERIALIZED (SELECT value / {KINDS} AS id, value % {KINDS} AS kind FROM json_each(:entries))
SELECT p.file_id FROM named CROSS JOIN passage_song AS ps ON ps.song_id = named.id
    CROSS JOIN passage AS p ON p.id = ps.passage_id WHERE named.kind = {SONG}
UNION ALL SELECT p.file_id FROM named CROSS JOIN song_artist AS sa ON sa.artist_id = named.id
    CROSS JOIN passage_song AS ps ON ps.song_id = sa.song_id
    CROSS JOIN passage AS p ON p.id = ps.passage_id WHERE named.kind = {ARTIST}
UNION ALL SELECT p.file_id FROM named CROSS JOIN passage_album AS pa ON pa.album_id = named.id
    CROSS JOIN passage AS p ON p.id = pa.passage_id WHERE named.kind = {ALBUM}
UNION ALL SELECT p.file_id FROM named CROSS JOIN passage AS p ON p.id = named.id WHERE named.kind = {PASSAGE}
LIMIT {MOST_ENTRIES}
"""

_SORTED: Final = """
SELECT id FROM file WHERE id IN (SELECT value FROM json_each(:files)) AND path >= :path ORDER BY path
"""

_ALL_FILES: Final = "SELECT id FROM file WHERE path >= :path ORDER BY path"

# Names that are those of the tags have no words that the text of the file lacks.
_PASSAGES: Final = """
SELECT p.id, t.search_text, p.user_title,
    (SELECT group_concat(iif(s.title IS t.title, '', coalesce(s.title, '')) || ' ' || coalesce(s.user_title, ''), '')
        FROM passage_song AS ps CROSS JOIN song AS s ON s.id = ps.song_id WHERE ps.passage_id = p.id),
    (SELECT group_concat(iif(a.name IS t.artist, '', coalesce(a.name, '')) || ' ' || coalesce(a.user_name, ''), '')
        FROM passage_song AS ps CROSS JOIN song_artist AS sa ON sa.song_id = ps.song_id
        CROSS JOIN artist AS a ON a.id = sa.artist_id WHERE ps.passage_id = p.id),
    (SELECT group_concat(iif(a.title IS t.album, '', coalesce(a.title, '')) || ' ' || coalesce(a.user_title, ''), '')
        FROM passage_album AS pa CROSS JOIN album AS a ON a.id = pa.album_id WHERE pa.passage_id = p.id)
FROM json_each(:files) AS j CROSS JOIN file AS f ON f.id = j.value
CROSS JOIN passage AS p ON p.file_id = f.id AND p.retired_ns IS NULL
LEFT JOIN file_tags AS t ON t.file_id = f.id
WHERE f.path > :path OR (p.start_ticks, p.id) > (:start, :id)
ORDER BY j.key, p.start_ticks, p.id
"""


def found_passages(connection: sqlite3.Connection, text: str, place: dict[str, object], limit: int) -> list[int]:
    """Return the rows of the next passages that have all words of a text; none if it has no words."""
    words = query_words(text)
    return list(islice(_passages(connection, words, place), limit)) if words else []


def _passages(connection: sqlite3.Connection, words: Sequence[str], place: dict[str, object]) -> Iterator[int]:
    has_index = is_valid(connection)
    files = _files(connection, _looked_up(connection, words) if has_index else None, place)
    while chosen := list(islice(files, AT_ONCE)):
        for number, of_file, *names in connection.execute(_PASSAGES, {**place, "files": write_json(chosen)}):
            # Without an index the texts may be those of an earlier schema, which are not split into words.
            text = f" {of_file if has_index else search_words(of_file)}"
            if not contains_words(words, text):
                text += f" {search_words(*names)}"
            if contains_words(words, text):
                yield number


def _files(connection: sqlite3.Connection, found: set[int] | None, place: dict[str, object]) -> Iterator[int]:
    """Iterate in order over those files, or over all if there are None, of which some passage may have all words."""
    if found is not None and len(found) <= FEW_FILES:
        listed = {**place, "files": write_json(sorted(found))}
        return (file for (file,) in connection.execute(_SORTED, listed).fetchall())
    in_order = connection.execute(_ALL_FILES, place)
    return (file for (file,) in in_order if found is None or file in found)


def _looked_up(connection: sqlite3.Connection, words: Sequence[str]) -> set[int] | None:
    """Look up which files may have all words; None if that is not worth it, or the index cannot be read."""
    try:
        return _files_with_words(connection, words)
    except sqlite3.Error as error:
        if not is_unusable(error):
            raise
        return None


def _files_with_words(connection: sqlite3.Connection, words: Sequence[str]) -> set[int] | None:
    """Look words up until few files are left; None if each is too frequent for that. Long words are rare."""
    found: set[int] | None = None
    for word in sorted(words, key=len, reverse=True):
        if found is not None and len(found) <= FEW_FILES:
            break
        if (of_word := _files_with_word(connection, word)) is not None:
            found = of_word if found is None else found & of_word
    return found


def _files_with_word(connection: sqlite3.Connection, word: str) -> set[int] | None:
    if connection.execute(_IS_FREQUENT, {"word": f'"{word}"'}).fetchone() == (1,):
        return None
    entries = [entry for (entry,) in connection.execute(_ENTRIES, {"word": f'"{word}"*'})]
    if len(entries) == MOST_ENTRIES:
        return None
    files = {entry // KINDS for entry in entries if entry % KINDS == FILE}
    named = [entry for entry in entries if entry % KINDS != FILE]
    of_names = [file for (file,) in connection.execute(_FILES_OF_NAMES, {"entries": write_json(named)})]
    return files.union(of_names) if len(of_names) < MOST_ENTRIES else None
