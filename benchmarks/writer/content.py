"""What a library says, without what depends on the order in which it was told: for comparing libraries.

Row ids are resolved to natural keys (paths, MBIDs, bounds). Left out: row ids, guids, moments of the import, and the
count of its transactions. Of the search index its words count, and in which entries they are, not how they are spread
over its tables.
"""

import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

from seams.persistence import INDEX, INDEXED, KINDS

KEYS = {
    "folder": "SELECT hex(path) FROM folder WHERE id = {}",
    "file": "SELECT hex(path) FROM file WHERE id = {}",
    "passage": "SELECT hex(f.path) || ' ' || p.start_ticks || ' ' || p.end_ticks "
    "FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE p.id = {}",
    **{entity: f"SELECT mbid FROM {entity} WHERE id = {{}}" for entity in ("artist", "work", "song", "album")},
    "run": "{}",
    "run_settings": "SELECT text FROM run_settings WHERE id = {}",
    "provenance": "SELECT parts FROM provenance WHERE id = {}",
}
LEFT_OUT = {
    *("id", "guid", "accounts"),
    "changes",  # a count of the transactions
    *("created_ns", "started_ns", "ended_ns", "begun_ns", "retired_ns", "at_ns"),
}

Content = dict[str, tuple[int, str]]


def content(library: Path) -> Content:
    """Give the number of rows and a digest of each table."""
    with closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True)) as connection:
        query = f"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '{INDEX}%'"
        tables = [name for (name,) in connection.execute(query) if not name.startswith("sqlite_")]
        return {table: _digest(connection, table) for table in tables} | {INDEX: _words(connection)}


def must_equal(expected: Content, found: Content, whose: str) -> None:
    """End loudly, and name the tables that differ."""
    tables = sorted({*expected, *found})
    different = [f"{t}: {expected.get(t)} and {found.get(t)}" for t in tables if expected.get(t) != found.get(t)]
    if different:
        raise SystemExit(f"THE CONTENTS DIFFER after {whose}: {'; '.join(different)}")


def _digest(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    referenced = {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in LEFT_OUT]
    keyed = [
        f"({KEYS[referenced[name]].format(f't.{name}')})" if name in referenced else f"t.{name}" for name in columns
    ]
    order = ", ".join(str(number) for number in range(1, len(keyed) + 1)) or "1"
    return _digest_of(connection, f"SELECT {', '.join(keyed) or '1'} FROM {table} AS t ORDER BY {order}")


def _words(connection: sqlite3.Connection) -> tuple[int, str]:
    """Give the words of the search index, each with the entry that has it."""
    connection.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, {INDEX}, instance)")
    keys = " ".join(f"WHEN {kind} THEN ({KEYS[table].format(f'w.doc / {KINDS}')})" for table, kind in INDEXED.items())
    return _digest_of(connection, f"SELECT w.term, CASE w.doc % {KINDS} {keys} END FROM temp.words AS w ORDER BY 1, 2")


def _digest_of(connection: sqlite3.Connection, query: str) -> tuple[int, str]:
    digest, rows = blake2b(digest_size=16), 0
    for row in connection.execute(query):
        digest.update(repr(row).encode())
        rows += 1
    return rows, digest.hexdigest()
