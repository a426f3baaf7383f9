"""Compare the search index with the library: each entry must have the words of its file or name, and no others."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.search_index import INDEX, SEARCHED, add_words, entries, is_valid
from passagework.persistence.file.transaction import snapshot

_VOCABULARY: Final = f"CREATE VIRTUAL TABLE temp.search_vocabulary USING fts5vocab (main, {INDEX}, instance)"
_INDEXED: Final = "SELECT term, doc FROM temp.search_vocabulary"
_HASHES: Final = 1 << 64


def index_is_wrong(connection: LibraryConnection) -> bool:
    """Return whether the index says something else than the library; False where there is none that is valid."""
    with snapshot(connection):
        if not is_valid(connection):
            return False
        add_words(connection)
        connection.execute(_VOCABULARY)
        wanted = (
            (word, entry)
            for kind in SEARCHED
            for entry, words in connection.execute(entries(kind))
            for word in words.split()
        )
        return _digest(wanted) != _digest(connection.execute(_INDEXED))


def _digest(pairs: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Return the number of pairs, and a sum that does not depend on their order: there are millions."""
    count = total = 0
    for pair in pairs:
        count += 1
        total += hash(pair)
    return count, total % _HASHES
