"""The search index: which file, name or title has which words. It follows every write, in the same transaction.

It is a table of FTS5 without content of its own. A file, an artist, a song, an album and a passage with a title of its own
have an entry each, so a name that thousands of passages share is one entry. Triggers note what changes; before COMMIT
a few statements bring the index up to date. The triggers are temporary, as the journal's are, so a library can be written
by an SQLite without FTS5: then ``library.search_index`` says that the index is not valid, searches do without, and the
next writer that has FTS5 makes it again, as it does in a library that has none.

There are two kinds of wrong index. Where its tables cannot be read, SQLite says so, and the library is damaged. Where
they hold something else than the library, ``passagework check`` says so.
"""

import sqlite3
from types import MappingProxyType
from typing import Final

from passagework.domain.search_words import FOLD, search_words
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import transaction

INDEX: Final = "search_index"
VERSION: Final = f"1 {FOLD}"

KINDS: Final = 8
FILE, ARTIST, SONG, ALBUM, PASSAGE = range(5)
"""An entry has the number of the row, times KINDS, plus its kind."""

_MAKE: Final = f"""
CREATE VIRTUAL TABLE {INDEX} USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii')
"""

_TEXT: Final = MappingProxyType(
    {
        FILE: ("file_tags", "file_id", ("search_text",)),
        ARTIST: ("artist", "id", ("name", "user_name")),
        SONG: ("song", "id", ("title", "user_title")),
        ALBUM: ("album", "id", ("title", "user_title")),
        PASSAGE: ("passage", "id", ("user_title",)),
    }
)
"""Of each kind: its table, the column of its number, and the columns whose words are searched."""

_DUE: Final = "CREATE TEMP TABLE search_due (seq INTEGER PRIMARY KEY, entry INTEGER NOT NULL, former TEXT)"


def _text(columns: tuple[str, ...], of: str) -> str:
    if len(columns) == 1:
        return f"{of}.{columns[0]}"
    return " || ' ' || ".join(f"coalesce({of}.{column}, '')" for column in columns)


def _entries(kind: int, which: str = "") -> str:
    """Select the entries of a kind: number and words."""
    table, key, columns = _TEXT[kind]
    any_text = f"coalesce({', '.join(f't.{column}' for column in columns)}, NULL) IS NOT NULL"
    return f"SELECT t.{key} * {KINDS} + {kind}, words({_text(columns, 't')}) FROM {table} AS t {which} WHERE {any_text}"


_TRIGGERS: Final = tuple(
    trigger
    for kind, (table, key, columns) in _TEXT.items()
    for trigger in (
        # Passages are inserted without a title of their own, nearly always.
        f"CREATE TEMP TRIGGER search_insert_{table} AFTER INSERT ON main.{table} "
        f"WHEN new.{columns[-1] if kind == PASSAGE else key} IS NOT NULL "
        f"BEGIN INSERT INTO search_due (entry) VALUES (new.{key} * {KINDS} + {kind}); END",
        f"CREATE TEMP TRIGGER search_update_{table} AFTER UPDATE OF {', '.join(columns)} ON main.{table} "
        f"WHEN ({', '.join(f'old.{c}' for c in columns)}) IS NOT ({', '.join(f'new.{c}' for c in columns)}) "
        f"BEGIN INSERT INTO search_due (entry, former) "
        f"VALUES (old.{key} * {KINDS} + {kind}, {_text(columns, 'old')}); END",
        f"CREATE TEMP TRIGGER search_delete_{table} AFTER DELETE ON main.{table} "
        f"WHEN coalesce({', '.join(f'old.{c}' for c in columns)}, NULL) IS NOT NULL "
        f"BEGIN INSERT INTO search_due (entry, former) "
        f"VALUES (old.{key} * {KINDS} + {kind}, {_text(columns, 'old')}); END",
    )
)

_IS_DUE: Final = "SELECT 1 FROM temp.search_due LIMIT 1"

# What an entry had at the beginning of the transaction is what its first change found. In the order of the entries: FTS5
# writes a segment of its own whenever a number is below the previous one.
_DELETE: Final = f"""
INSERT INTO {INDEX} ({INDEX}, rowid, words)
SELECT 'delete', entry, words(former) FROM (SELECT min(seq), entry, former FROM temp.search_due GROUP BY entry)
WHERE former IS NOT NULL ORDER BY entry
"""

_INSERT: Final = f"""
WITH due AS MATERIALIZED (SELECT DISTINCT entry / {KINDS} AS id, entry % {KINDS} AS kind FROM temp.search_due)
INSERT INTO {INDEX} (rowid, words)
{" UNION ALL ".join(_entries(kind, f"JOIN due ON due.id = t.{of[1]} AND due.kind = {kind}") for kind, of in _TEXT.items())}
ORDER BY 1
"""

_DONE: Final = "DELETE FROM temp.search_due"

_VERSION: Final = "SELECT search_index FROM library"
_SET_VERSION: Final = "UPDATE library SET search_index = ? WHERE search_index IS NOT ?"


def has_fts5(connection: sqlite3.Connection) -> bool:
    """Return whether this SQLite has FTS5."""
    return connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def is_valid(connection: sqlite3.Connection) -> bool:
    """Return whether the library has an index that this program can search."""
    return connection.execute(_VERSION).fetchone() == (VERSION,) and has_fts5(connection)


def follow_words(connection: LibraryConnection) -> None:
    """Keep the index up to date from now on; make it first, if the library has none that is valid."""
    if not has_fts5(connection):
        with transaction(connection):
            connection.execute(_SET_VERSION, (None, None))
        return
    connection.create_function("words", 1, search_words, deterministic=True)
    if connection.execute(_VERSION).fetchone() != (VERSION,):
        _make(connection)
    connection.execute(_DUE)
    for trigger in _TRIGGERS:
        connection.execute(trigger)
    connection.before_commit = _bring_up_to_date


def _bring_up_to_date(connection: LibraryConnection) -> None:
    if connection.execute(_IS_DUE).fetchone() is not None:
        for statement in (_DELETE, _INSERT, _DONE):
            connection.execute(statement)


AT_ONCE: Final = 5_000


def _make(connection: LibraryConnection) -> None:
    """Make the index of all that is in the library, in transactions of bounded size; an interruption begins it again."""
    with transaction(connection):
        connection.execute(f"DROP TABLE IF EXISTS {INDEX}")
        connection.execute(_MAKE)
    for kind, (table, key, _) in _TEXT.items():
        (last,) = connection.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()
        for first in range(0, last, AT_ONCE):
            with transaction(connection):
                if kind == FILE:
                    connection.execute(
                        f"UPDATE file_tags SET search_text = words(search_text) WHERE file_id > {first} AND file_id <= {first + AT_ONCE}"
                    )
                connection.execute(
                    f"INSERT INTO {INDEX} (rowid, words) {_entries(kind)} "
                    f"AND t.{key} > {first} AND t.{key} <= {first + AT_ONCE}"
                )
    with transaction(connection):
        connection.execute(_SET_VERSION, (VERSION, VERSION))
