"""The tables of a library as a look for damage sees them: what no row of theirs may be.

All of it follows from the text of the schema, so it is worked out once for each text.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from passagework.persistence.file.schema_shape import schema_digest

_LAST: Final = ("file_curves", "answer", "before_image")
"""Tables with most of the bytes of a library: what follows from them can be made again."""

_TABLES: Final = """
SELECT l.name, l.wr, s.sql FROM pragma_table_list AS l JOIN sqlite_schema AS s ON s.name = l.name
WHERE l.schema = 'main' AND l.type = 'table' ORDER BY s.rowid
"""
_KEY_OF: Final = "SELECT name FROM pragma_table_info(?) WHERE pk = 1 AND type = 'INTEGER'"
_COLUMNS: Final = 'SELECT name, type, "notnull" FROM pragma_table_info(?)'
_INDEXES: Final = """
SELECT l.name, l.partial, s.sql FROM pragma_index_list(?) AS l LEFT JOIN sqlite_schema AS s ON s.name = l.name
"""
_COLUMNS_OF_INDEX: Final = "SELECT name FROM pragma_index_info(?) ORDER BY seqno"
_STORED_AS: Final = {"INTEGER": "integer", "REAL": "real", "TEXT": "text", "BLOB": "blob"}
_CHECK: Final = re.compile(r"\bCHECK\s*\(")
_WHERE: Final = re.compile(r"\bWHERE\b", re.IGNORECASE)
_WORD: Final = re.compile(r"\w+")


_MOST_SCHEMAS: Final = 8
_KNOWN: Final[dict[str, tuple["CheckedTable", ...]]] = {}


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table: ``key`` is the column of its row numbers, ``texts`` are those with texts.

    ``indexes`` are its indexes, with the WHERE of partial ones.

    ``rules`` and ``ranges`` are conditions for wrong rows, each with what is wrong: what SQLite's check leaves out for
    a file that it opened read-only, and what replaces its check for a range of rows.
    """

    name: str
    key: str | None
    texts: tuple[str, ...]
    indexes: dict[str, str]
    rules: tuple[tuple[str, str], ...]
    ranges: tuple[tuple[str, str], ...]


def checked_tables(connection: sqlite3.Connection) -> tuple[CheckedTable, ...]:
    """Return the tables of a library; those with most of its bytes are last."""
    digest = schema_digest(connection)
    if digest not in _KNOWN:
        if len(_KNOWN) >= _MOST_SCHEMAS:
            _KNOWN.clear()
        _KNOWN[digest] = _tables(connection)
    return _KNOWN[digest]


def _tables(connection: sqlite3.Connection) -> tuple[CheckedTable, ...]:
    found = [
        (name, None if without_rowid else next((key for (key,) in connection.execute(_KEY_OF, (name,))), None), sql)
        for name, without_rowid, sql in connection.execute(_TABLES).fetchall()
        if _WORD.fullmatch(name)
    ]
    found.sort(key=lambda one: one[0] in _LAST)
    return tuple(
        CheckedTable(
            name=name,
            key=key,
            texts=tuple(column for column, kind, _ in connection.execute(_COLUMNS, (name,)) if kind == "TEXT"),
            indexes={
                index: f"WHERE {_WHERE.split(text, maxsplit=1)[1]}" if partial else ""
                for index, partial, text in connection.execute(_INDEXES, (name,)).fetchall()
            },
            rules=tuple((f"breaks the rule {rule}", f"NOT ({rule})") for rule in _rules(sql)),
            ranges=tuple(_conditions(connection, name, key)) if key else (),
        )
        for name, key, sql in found
    )


def _rules(sql: str) -> Iterator[str]:
    """Yield the conditions of CHECK in the text of a table; they contain texts without parentheses."""
    for found in _CHECK.finditer(sql):
        depth, end = 1, found.end()
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield " ".join(sql[found.end() : end - 1].split())


def _conditions(connection: sqlite3.Connection, table: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield the conditions of SQL for rows that are wrong."""
    wrong = []
    for name, kind, required in connection.execute(_COLUMNS, (table,)):
        if kind in _STORED_AS:
            types = [_STORED_AS[kind], *([] if required or name == key else ["null"])]
            wrong.append(f"typeof(a.{name}) NOT IN ({', '.join(map(repr, types))})")
        if kind == "BLOB":
            # The last byte is only there if every page of a long value is.
            wrong.append(f"(length(a.{name}) > 0 AND length(substr(a.{name}, -1)) = 0)")
    yield "has a value of a wrong type", f"({' OR '.join(wrong) or '0'})"
    for index, partial, _ in connection.execute(_INDEXES, (table,)).fetchall():
        columns = [name for (name,) in connection.execute(_COLUMNS_OF_INDEX, (index,))]
        if not partial and columns and None not in columns:
            same = " AND ".join(f"b.{column} IS a.{column}" for column in columns)
            yield (
                f"is missing in the index {index}",
                f"NOT EXISTS (SELECT 1 FROM {table} AS b INDEXED BY {index} WHERE {same} AND b.{key} = a.{key})",
            )
