"""Compare what is derived from the library with it: the counts, and each entry of the search index."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.counts import counts_are_wrong
from passagework.persistence.file.search_index import INDEX, SEARCHED, add_words, entries, is_unusable, is_valid

_VOCABULARY: Final = f"CREATE VIRTUAL TABLE temp.search_vocabulary USING fts5vocab (main, {INDEX}, instance)"
_INDEXED: Final = "SELECT term, doc FROM temp.search_vocabulary"
_HASHES: Final = 1 << 64


def wrong_parts(connection: LibraryConnection) -> tuple[str, ...]:
    """Name what says something else than the library; what is not there, or not valid, is not wrong.

    The caller sees to it that all of it is of one state of the library.
    """
    checks = {"counts": counts_are_wrong, "search index": _index_is_wrong}
    return tuple(part for part, is_wrong in checks.items() if is_wrong(connection))


def _index_is_wrong(connection: sqlite3.Connection) -> bool:
    if not is_valid(connection):
        return False
    add_words(connection)
    wanted = (
        (word, entry)
        for kind in SEARCHED
        for entry, words in connection.execute(entries(kind))
        for word in words.split()
    )
    try:
        connection.execute(_VOCABULARY)
        return _digest(wanted) != _digest(connection.execute(_INDEXED))
    except sqlite3.Error as error:
        if not is_unusable(error):
            raise
        return True


def _digest(pairs: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Return the number of pairs, and a sum that does not depend on their order: there are millions."""
    count = total = 0
    for pair in pairs:
        count += 1
        total += hash(pair)
    return count, total % _HASHES
