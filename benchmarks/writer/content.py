"""What a library says, without what depends on the order in which it was told: for comparing libraries.

Row ids are resolved to natural keys (paths, MBIDs, bounds). Left out: row ids, guids, and moments of the import.
"""

import sqlite3
from hashlib import blake2b
from pathlib import Path

KEYS = {
    "folder": "SELECT hex(path) FROM folder WHERE id = {}",
    "file": "SELECT hex(path) FROM file WHERE id = {}",
    "passage": "SELECT hex(f.path) || ' ' || p.start_ticks || ' ' || p.end_ticks "
    "FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE p.id = {}",
    "artist": "SELECT mbid FROM artist WHERE id = {}",
    "work": "SELECT mbid FROM work WHERE id = {}",
    "song": "SELECT mbid FROM song WHERE id = {}",
    "album": "SELECT mbid FROM album WHERE id = {}",
    "run": "{}",
}
LEFT_OUT = {"id", "guid", "created_ns", "started_ns", "ended_ns", "begun_ns", "retired_ns", "at_ns", "accounts"}

Content = dict[str, tuple[int, str]]


def content(library: Path) -> Content:
    """Give the number of rows and a digest of each table."""
    connection = sqlite3.connect(f"file:{library}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: _digest(connection, table) for table in sorted(tables) if not table.startswith("sqlite_")}
    finally:
        connection.close()


def differences(one: Content, other: Content) -> list[str]:
    """Name the tables that differ."""
    return [
        f"{table}: {one.get(table)} and {other.get(table)}"
        for table in sorted({*one, *other})
        if one.get(table) != other.get(table)
    ]


def _digest(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    referenced = {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in LEFT_OUT]
    keyed = [
        f"({KEYS[referenced[column]].format(f't.{column}')})" if column in referenced else f"t.{column}"
        for column in columns
    ]
    digest, rows = blake2b(digest_size=16), 0
    for row in connection.execute(f"SELECT {', '.join(keyed) or '1'} FROM {table} AS t ORDER BY {_all(len(keyed))}"):
        digest.update(repr(row).encode())
        rows += 1
    return rows, digest.hexdigest()


def _all(columns: int) -> str:
    return ", ".join(str(number) for number in range(1, columns + 1)) or "1"
