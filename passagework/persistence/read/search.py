"""Find the passages that have all words of a text, in the order of path and start.

Whether a passage is found is decided by its words, as they are read with it (_PASSAGES). The search index only narrows
down which files are looked at, so a library without one gives the same passages, later.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from passagework.domain.json_text import write_json
from passagework.domain.search_words import having_words, query_words, search_words
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
from passagework.persistence.rows.playable import PLAYABLE

AT_FIRST: Final = 100
AT_ONCE: Final = 500
"""So many files are compared, and then so many at once."""

PATIENCE: Final = 8_000
LUCK: Final = 3
"""A page is looked up if it would not be full after so many files, also with a few more found than were."""

RARE: Final = 0.1
"""A word that more of the compared texts have is looked up only if all have: it would leave most files."""

MOST_ENTRIES: Final = 100_000
"""A word with more entries is not looked up: the set of its files would take much memory."""

FEW_FILES: Final = 10_000
"""So many are sorted in less time than it takes to go through the files of a large library in their order."""

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

_NONE: Final = [None, None, None]

_ALL_FILES: Final = "SELECT id FROM file WHERE path >= :path ORDER BY path"

_SORTED: Final = """
SELECT id FROM file
WHERE id IN (SELECT value FROM json_each(:files)) AND path > (SELECT path FROM file WHERE id = :last) ORDER BY path
"""

_PASSAGES: Final = f"""
SELECT p.id, t.search_text, p.user_title, p.given_title, p.given_performer
FROM json_each(:files) AS j CROSS JOIN file AS f ON f.id = j.value
CROSS JOIN passage AS p ON p.file_id = f.id AND p.retired_ns IS NULL AND (NOT :playable OR ({PLAYABLE}))
LEFT JOIN file_tags AS t ON t.file_id = j.value
WHERE j.value <> :file OR (p.start_ticks, p.id) > (:start, :id)
ORDER BY j.key, p.start_ticks, p.id
"""

_THESE_PASSAGES: Final = """
SELECT p.id, t.search_text, p.user_title, p.given_title, p.given_performer
FROM json_each(:passages) AS j CROSS JOIN passage AS p ON p.id = j.value
LEFT JOIN file_tags AS t ON t.file_id = p.file_id
"""

# Names that are those of the tags have no words that the text of the file lacks.
_NAMES: Final = """
SELECT p.id, s.title, s.user_title, a.name, a.user_name, b.title, b.user_title
FROM json_each(:passages) AS j CROSS JOIN passage AS p ON p.id = j.value
LEFT JOIN file_tags AS t ON t.file_id = p.file_id
LEFT JOIN passage_song AS ps ON ps.passage_id = p.id LEFT JOIN song AS s ON s.id = ps.song_id
LEFT JOIN song_artist AS sa ON sa.song_id = s.id LEFT JOIN artist AS a ON a.id = sa.artist_id
LEFT JOIN passage_album AS pa ON pa.passage_id = p.id LEFT JOIN album AS b ON b.id = pa.album_id
WHERE (s.title, a.name, b.title) IS NOT (t.title, t.artist, t.album)
    OR coalesce(s.user_title, a.user_name, b.user_title) IS NOT NULL
"""


def found_passages(connection: sqlite3.Connection, text: str, place: dict[str, object], limit: int) -> list[int]:
    """Return the rows of the next passages that have all words of a text; none if it has no words."""
    words = query_words(text)
    return list(islice(_passages(connection, words, place, limit), limit)) if words else []


def files_with_words(connection: sqlite3.Connection, text: str) -> set[int] | None:
    """Return files among which are all that have passages with the words of a text, if they are few; None otherwise."""
    words = sorted(query_words(text), key=len, reverse=True)
    if not words:
        return set()
    found = _looked_up(connection, words) if is_valid(connection) else None
    return found if found is not None and len(found) <= FEW_FILES else None


def having_text(connection: sqlite3.Connection, text: str, passages: Sequence[int]) -> set[int]:
    """Return those of these passages that have all words of a text; none if it has no words."""
    if not (words := query_words(text)):
        return set()
    rows = connection.execute(_THESE_PASSAGES, {"passages": write_json(passages)})
    return _having(connection, words, _texts(rows, folded=is_valid(connection)))


def _passages(
    connection: sqlite3.Connection, words: Sequence[str], place: dict[str, object], limit: int
) -> Iterator[int]:
    """Iterate over the passages in order: first of files as they come, then of those that are looked up.

    Only this tells without counting whether words are frequent, alone and together, where the page begins. Words that
    are fill the page soon. The others are looked up, and so are words that are frequent elsewhere.
    """
    has_index = is_valid(connection)
    files: Iterator[int] = (file for (file,) in connection.execute(_ALL_FILES, place))
    compared = found = 0
    while some := list(islice(files, AT_ONCE if compared else AT_FIRST)):
        having, texts = _compared(connection, words, some, place, folded=has_index)
        yield from having
        compared, found = compared + len(some), found + len(having)
        if has_index and (not found or (found + LUCK) * PATIENCE < compared * limit):
            break
    else:
        return
    candidates = _looked_up(connection, _worth_looking_up(words, texts))
    if candidates is not None:
        if len(candidates) <= FEW_FILES:
            listed = {"files": write_json(sorted(candidates)), "last": some[-1]}
            files = iter([file for (file,) in connection.execute(_SORTED, listed)])
        else:
            files = filter(candidates.__contains__, files)
    while some := list(islice(files, AT_ONCE)):
        yield from _compared(connection, words, some, place, folded=True)[0]


def _compared(
    connection: sqlite3.Connection,
    words: Sequence[str],
    files: Sequence[int],
    place: dict[str, object],
    *,
    folded: bool,
) -> tuple[list[int], list[str]]:
    """Return those passages of files that have all words, and the texts of all."""
    texts = _texts(connection.execute(_PASSAGES, {**place, "files": write_json(files)}), folded=folded)
    having = _having(connection, words, texts)
    return [number for number in texts if number in having], list(texts.values())


def _texts(
    rows: Iterable[tuple[int, str | None, str | None, str | None, str | None]], *, folded: bool
) -> dict[int, str]:
    """Return the words of passages, with a space before each. ``folded``: the text of the file consists of words."""
    texts: dict[int, str] = {}
    for number, of_file, *own in rows:
        # Without an index the texts may be those of an earlier schema, which are not split into words.
        texts[number] = f" {of_file if folded else search_words(of_file)}"
        if own != _NONE:
            texts[number] += f" {search_words(*own)}"
    return texts


def _having(connection: sqlite3.Connection, words: Sequence[str], texts: dict[int, str]) -> set[int]:
    """Return the passages that have all words; those that lack some get the words of linked names first."""
    having = having_words(words, texts)
    if lacking := [number for number in texts if number not in having]:
        for number, *names in connection.execute(_NAMES, {"passages": write_json(lacking)}):
            texts[number] += f" {search_words(*names)}"
        having |= having_words(words, {number: texts[number] for number in lacking})
    return having


def _worth_looking_up(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Sort words: those first that few of some texts have, then long ones. Leave out those that would not help."""
    share = {word: sum(f" {word}" in text for text in texts) / max(1, len(texts)) for word in words}
    first, *others = sorted(words, key=lambda word: (share[word], -len(word)))
    return [first, *(word for word in others if share[word] <= RARE)]


def _looked_up(connection: sqlite3.Connection, words: Sequence[str]) -> set[int] | None:
    """Look up which files may have all words; None if that is not worth it, or the index cannot be read."""
    try:
        return _files_with_words(connection, words)
    except sqlite3.Error as error:
        if not is_unusable(error):
            raise
        return None


def _files_with_words(connection: sqlite3.Connection, words: Sequence[str]) -> set[int] | None:
    """Look words up in this order until few files are left; None if each is too frequent for that."""
    found: set[int] | None = None
    for word in words:
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
