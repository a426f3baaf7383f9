"""The search index: which file, name or title has which words. It follows every write, in the same transaction.

It is a table of FTS5 without content of its own. A file, an artist, a song, an album, and a passage with a title of its
own have an entry each, so a name that thousands of passages share is one entry. Triggers note what changes, and before
COMMIT a few statements bring the index up to date: whatever writes, and however, has nothing to do for it.

The triggers and what they note are temporary, as those of the journal are, so an SQLite without FTS5 can write a
library, too. Then ``library.search_index`` says that the index is not valid; searches do without, and the next writer
with FTS5 makes it again, as it does in a library that has none.
"""

import sqlite3
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final

from passagework.domain.search_words import FOLD, search_words
from passagework.persistence.file.checkpoint import checkpoint_if_long
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.counts import FORGET_COUNTS
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.columns import listed

INDEX: Final = "search_index"
VERSION: Final = f"1 {FOLD}"

_MAKING: Final = f"making {VERSION} "
"""Before the kind and the number up to which the entries are there, while the index is being made."""

KINDS: Final = 8
FILE, ARTIST, SONG, ALBUM, PASSAGE = range(5)
"""An entry has the number of the row, times KINDS, plus its kind."""

_MAKE: Final = """
CREATE VIRTUAL TABLE {} USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii')
"""

# FTS5 drops no table that it cannot read, so it gets what an empty one has.
_EMPTY: Final = (
    _MAKE.format("search_empty"),
    *(
        statement
        for part in ("data", "idx", "config")
        for statement in (
            f"DELETE FROM {INDEX}_{part}",
            f"INSERT INTO {INDEX}_{part} SELECT * FROM search_empty_{part}",
        )
    ),
    "DROP TABLE search_empty",
)

_TEXT: Final = MappingProxyType(
    {
        FILE: ("file_tags", "file_id", ("search_text",)),
        ARTIST: ("artist", "id", ("name", "user_name")),
        SONG: ("song", "id", ("title", "user_title")),
        ALBUM: ("album", "id", ("title", "user_title")),
        PASSAGE: ("passage", "id", ("user_title", "given_title", "given_performer")),
    }
)
"""Of each kind: its table, the column of its number, and the columns whose words are searched."""

SEARCHED: Final = tuple(_TEXT)

AT_ONCE: Final = 5_000

WRONG: Final = "derived_is_wrong"
"""What a check that finds the index or the counts wrong keeps in the lock file: then both are made again."""

_DUE: Final = "CREATE TEMP TABLE search_due (seq INTEGER PRIMARY KEY, entry INTEGER NOT NULL, former TEXT)"


def _text(columns: tuple[str, ...], of: str) -> str:
    if len(columns) == 1:
        return f"{of}.{columns[0]}"
    return " || ' ' || ".join(f"coalesce({of}.{column}, '')" for column in columns)


def _any(columns: tuple[str, ...], of: str) -> str:
    return " OR ".join(f"{of}.{column} IS NOT NULL" for column in columns)


def entries(kind: int, among: str = "") -> str:
    """Select the entries of a kind: number and words. ``among`` is a join in front of the table."""
    table, key, columns = _TEXT[kind]
    text = _text(columns, "t")
    words = text if kind == FILE else f"words({text})"
    return f"SELECT t.{key} * {KINDS} + {kind}, {words} FROM {among}{table} AS t WHERE ({_any(columns, 't')})"


def _trigger(kind: int, event: str, condition: str, former: str) -> str:
    """Write the trigger that notes an entry, with the text that it had before."""
    table, key, _ = _TEXT[kind]
    row = "new" if event == "INSERT" else "old"
    return f"""
CREATE TEMP TRIGGER search_{event[:6].lower()}_{table} AFTER {event} ON main.{table} WHEN {condition} BEGIN
    INSERT INTO search_due (entry, former) VALUES ({row}.{key} * {KINDS} + {kind}, {former});
END
"""


def _triggers(kind: int) -> Iterator[str]:
    _, _, columns = _TEXT[kind]
    # What has no name has no entry that could be deleted: FTS5 counts entries, and finds one less than none malformed.
    former = f"iif({_any(columns, 'old')}, {_text(columns, 'old')}, NULL)"
    # Most passages have no title of their own when they are inserted.
    yield _trigger(kind, "INSERT", _any(columns, "new") if kind == PASSAGE else "true", "NULL")
    changed = f"({listed(columns, 'old')}) IS NOT ({listed(columns, 'new')})"
    yield _trigger(kind, f"UPDATE OF {listed(columns)}", changed, former)
    yield _trigger(kind, "DELETE", _any(columns, "old"), former)


_TRIGGERS: Final = tuple(trigger for kind in _TEXT for trigger in _triggers(kind))

_IS_DUE: Final = "SELECT count(*), count(former) FROM temp.search_due"

# What an entry had at the beginning of the transaction is what its first change found. In the order of the entries:
# FTS5 writes a segment of its own whenever a number is below the previous one.
_DELETE: Final = f"""
INSERT INTO {INDEX} ({INDEX}, rowid, words)
SELECT 'delete', entry, iif(entry % {KINDS} = {FILE}, former, words(former))
FROM (SELECT min(seq), entry, former FROM temp.search_due GROUP BY entry)
WHERE former IS NOT NULL ORDER BY entry
"""

_OF_DUE: Final = " UNION ALL ".join(
    f"{entries(kind, 'due CROSS JOIN ')} AND t.{key} = due.entry / {KINDS} AND due.entry % {KINDS} = {kind}"
    for kind, (_, key, _) in _TEXT.items()
)

_INSERT: Final = f"""
WITH due AS MATERIALIZED (SELECT DISTINCT entry FROM temp.search_due)
INSERT INTO {INDEX} (rowid, words) {_OF_DUE} ORDER BY 1
"""

_DONE: Final = "DELETE FROM temp.search_due"

_VERSION: Final = "SELECT search_index FROM library"
_SET_VERSION: Final = "UPDATE library SET search_index = ? WHERE id = 1 AND search_index IS NOT ?"

# Texts of earlier schemas were not split into words; those in the journal may be restored.
_SPLIT_IMAGES: Final = "UPDATE before_image SET c7 = words(c7) WHERE of_table = 'file_tags'"


def has_fts5(connection: sqlite3.Connection) -> bool:
    """Return whether this SQLite has FTS5."""
    return connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def is_valid(connection: sqlite3.Connection) -> bool:
    """Return whether the library has an index that this program can search."""
    return connection.execute(_VERSION).fetchone() == (VERSION,) and has_fts5(connection)


def follow_words(connection: LibraryConnection) -> None:
    """Keep the index up to date from now on; make it first, if the library has none that is valid."""
    assert connection.lock is not None
    add_words(connection)
    if not has_fts5(connection):
        connection.before_commit = _give_up
        return
    wrong = bool(connection.lock.kept(WRONG))
    if wrong:
        with transaction(connection):
            _give_up(connection)
    make_index(connection)
    if wrong:
        connection.lock.keep(WRONG, value=None)
    connection.execute(_DUE)
    for trigger in _TRIGGERS:
        connection.execute(trigger)
    connection.before_commit = _bring_up_to_date


def add_words(connection: sqlite3.Connection) -> None:
    """Give a connection the function that gives the words of texts."""
    connection.create_function("words", -1, search_words, deterministic=True)


def is_unusable(error: sqlite3.Error) -> bool:
    """Tell whether FTS5 says that its tables do not fit together. The library itself may be whole."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT_VTAB


def _bring_up_to_date(connection: LibraryConnection) -> None:
    due, changed = connection.execute(_IS_DUE).fetchone()
    if not due:
        return
    try:
        if changed:
            connection.execute(_DELETE)
        connection.execute(_INSERT)
    except sqlite3.Error as error:
        if not is_unusable(error):
            raise
        connection.before_commit = _do_without
        _give_up(connection)
    connection.execute(_DONE)


def _do_without(connection: LibraryConnection) -> None:
    _give_up(connection)
    connection.execute(_DONE)


def _give_up(connection: LibraryConnection) -> None:
    """Mark the index as not valid: the next writer makes it again."""
    connection.execute(_SET_VERSION, (None, None))


def make_index(connection: LibraryConnection, heard: Callable[[int, int], None] = lambda _done, _total: None) -> None:
    """Make the index of all that is in the library, unless it is there; continue where an interruption ended it.

    In transactions of bounded size. Whatever writes a library makes its index first, so nothing changes between an
    interruption and the continuation. ``heard`` gets how many rows are done, of all.
    """
    add_words(connection)
    (state,) = connection.execute(_VERSION).fetchone()
    if state == VERSION or not has_fts5(connection):
        return
    if state is None or not state.startswith(_MAKING):
        _begin(connection)
        state = f"{_MAKING}0 0"
    first_kind, reached = map(int, state.removeprefix(_MAKING).split())
    lasts = {
        kind: connection.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()[0]
        for kind, (table, key, _) in _TEXT.items()
    }
    for kind, (table, key, _) in _TEXT.items():
        before = sum(last for former, last in lasts.items() if former < kind)
        for first in range(reached if kind == first_kind else 0, lasts[kind] if kind >= first_kind else 0, AT_ONCE):
            heard(before + first, sum(lasts.values()))
            rows = f"{key} > {first} AND {key} <= {first + AT_ONCE}"
            with transaction(connection):
                if kind == FILE:
                    connection.execute(
                        f"UPDATE {table} SET search_text = words(search_text, title, artist, album) WHERE {rows}"
                    )
                connection.execute(f"INSERT INTO {INDEX} (rowid, words) {entries(kind)} AND {rows}")
                connection.execute(_SET_VERSION, (progress := f"{_MAKING}{kind} {first + AT_ONCE}", progress))
            checkpoint_if_long(connection)
    with transaction(connection):
        connection.execute(_SET_VERSION, (VERSION, VERSION))


def _begin(connection: LibraryConnection) -> None:
    """Make an index without entries, in the place of whatever there is."""
    with transaction(connection):
        connection.execute(_SET_VERSION, (started := f"{_MAKING}0 0", started))
        connection.execute(FORGET_COUNTS)
        try:
            connection.execute(f"DROP TABLE IF EXISTS {INDEX}")
        except sqlite3.Error as error:
            if not is_unusable(error):
                raise
            for statement in _EMPTY:
                connection.execute(statement)
            connection.execute(f"DROP TABLE {INDEX}")
        connection.execute(_MAKE.format(INDEX))
        connection.execute(_SPLIT_IMAGES)
