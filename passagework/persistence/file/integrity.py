"""Find damage in a library: everything, or as much as fits into a time, beginning where the last look ended.

SQLite's own check takes seconds for a large table. A quick look first counts the entries of every table and index: that
reads each of their pages once, without the long values, and the counts must agree. Then it looks closer, small tables
with SQLite's check, large ones in ranges of rows: that the rows are in order and each is found, that every value can be
read and is of the type of its column, and that each index has an entry for each row. What only a full look shows:
entries of an index in a wrong order, and pages that nothing refers to.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from typing import Final

from passagework.persistence.file.free_pages import used_free_page
from passagework.persistence.file.sqlite_errors import is_damage, primary_code

SMALL_TABLE_ROWS: Final = 5_000
"""SQLite checks so many rows, their indexes and overflow pages, in a fifth of a second."""

SMALL_LIBRARY_PAGES: Final = 2_000
"""A library of some 250 files: everything is looked at in less time than parts of it one by one."""

ROWS_AT_ONCE: Final = 500
GRACE_SECONDS: Final = 0.2
MOST_FINDINGS: Final = 20
_END: Final = 2**63
"""Behind the last row that a table can have."""

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
_FOUND: Final = "SELECT count(*) FROM {0} AS a NOT INDEXED CROSS JOIN {0} AS b NOT INDEXED ON b.{1} = a.{1}"
_STORED_AS: Final = {"INTEGER": "integer", "REAL": "real", "TEXT": "text", "BLOB": "blob"}
_CHECK: Final = re.compile(r"\bCHECK\s*\(")
_WHERE: Final = re.compile(r"\bWHERE\b", re.IGNORECASE)
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next look begins: behind a row of a table, and the table that was not counted yet."""

    table: str
    row: int
    counting: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: ``damage``, what it did not see (``unseen``), and where the next one begins."""

    damage: tuple[str, ...]
    unseen: tuple[str, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class _Table:
    """A table; ``key`` is the column of its row numbers, ``indexes`` its indexes with the WHERE of partial ones.

    ``rules`` and ``ranges`` are conditions for wrong rows, each with what is wrong: what SQLite's check leaves out for
    a file that it opened read-only, and what replaces its check for a range of rows.
    """

    name: str
    key: str | None
    indexes: dict[str, str]
    rules: tuple[tuple[str, str], ...]
    ranges: tuple[tuple[str, str], ...]


def quick_look(
    connection: sqlite3.Connection, begin: Place | None, seconds: float, free: frozenset[int] = frozenset()
) -> Look:
    """Look at as much as fits into the time: the schema, all counts, then each table, from ``begin`` on.

    ``free`` are the pages that no table may use.
    """
    # Bounds of cells are checked when a page is read, and not only by integrity_check.
    connection.execute("PRAGMA cell_size_check = 1")
    try:
        if connection.execute("PRAGMA page_count").fetchone()[0] <= SMALL_LIBRARY_PAGES:
            return Look(full_look(connection, free), (), None)
        if damage := _said_by_sqlite(connection, "integrity_check('sqlite_schema')"):
            return Look(tuple(damage), (), None)
        if (used := used_free_page(connection, free, all_pages=False)) is not None:
            return Look((used,), (), None)
        tables = _tables(connection)
        with _watched(connection, seconds):
            return _look_at_tables(connection, tables, begin or Place("", 0), monotonic() + seconds)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        return Look((str(error),), (), None)
    finally:
        connection.execute("PRAGMA cell_size_check = 0")


@contextmanager
def _watched(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Interrupt a statement that takes much longer than there is time; SQLite ends it between two pages."""
    watch = Timer(seconds + GRACE_SECONDS, connection.interrupt)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        watch.join()


def _look_at_tables(connection: sqlite3.Connection, tables: list["_Table"], begin: Place, deadline: float) -> Look:
    names = [table.name for table in tables]
    uncounted = _around(tables, names.index(begin.counting) if begin.counting in names else 0)
    damage = _count(connection, uncounted, monotonic() + (deadline - monotonic()) / 2)
    if damage:
        return Look(tuple(damage), (), None)
    counting = uncounted[0].name if uncounted else None
    first, row = (names.index(begin.table), begin.row) if begin.table in names else (0, 0)
    around = _around(tables, first) + (tables[first : first + 1] if row else [])
    return _look_closer(connection, around, row, deadline, counting)


def _count(connection: sqlite3.Connection, tables: list["_Table"], until: float) -> list[str]:
    """Count tables until some time, remove them from the list, and return what is damaged."""
    while tables:
        try:
            if damage := _miscounted(connection, tables[0]):
                return damage
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_INTERRUPT:
                raise
            break
        del tables[0]
        if monotonic() >= until:
            break
    return []


def _look_closer(
    connection: sqlite3.Connection, tables: list["_Table"], row: int, deadline: float, counting: str | None
) -> Look:
    """Look at the tables in turn, at the first from behind ``row`` on."""
    for place, table in enumerate(tables):
        reached = row
        unseen = tuple(dict.fromkeys(each.name for each in tables[place:]))
        try:
            for reached, damage in _looks_at_table(connection, table, row):
                if damage:
                    return Look(tuple(damage[:MOST_FINDINGS]), (), None)
                if monotonic() >= deadline and reached < _END:
                    unseen = (f"{table.name} from row {reached + 1}", *unseen[1:])
                    return Look((), unseen, Place(table.name, reached, counting))
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_INTERRUPT:
                raise
            return Look((), unseen, Place(table.name, reached, counting))
        row = 0
        if monotonic() >= deadline and unseen[1:]:
            return Look((), unseen[1:], Place(unseen[1], 0, counting))
    return Look((), (), None)


def _around(tables: list["_Table"], first: int) -> list["_Table"]:
    return tables[first:] + tables[:first]


def full_look(connection: sqlite3.Connection, free: frozenset[int] = frozenset()) -> tuple[str, ...]:
    """Look at everything: SQLite's integrity check, its check of references, and the texts. Return what is damaged."""
    try:
        damage = _said_by_sqlite(connection, "integrity_check")
        damage += [
            f"row {row} of {table} refers to a row of {parent} that is not there"
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_FINDINGS)
        ]
        if (used := used_free_page(connection, free, all_pages=True)) is not None:
            damage.append(used)
        for table in _tables(connection):
            damage += _wrong_rows(connection, table, table.rules, "WHERE true") or _unreadable(connection, table)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        damage = [str(error)]
    return tuple(damage[:MOST_FINDINGS])


def _miscounted(connection: sqlite3.Connection, table: _Table) -> list[str]:
    """Compare the number of rows with the number of entries of each index."""
    # Also of a table without an index, since counting reads it.
    (every,) = connection.execute(f"SELECT count(*) FROM {table.name} NOT INDEXED").fetchone()
    for index, where in table.indexes.items():
        (entries,) = connection.execute(f"SELECT count(*) FROM {table.name} INDEXED BY {index} {where}").fetchone()
        rows = every
        if where:
            (rows,) = connection.execute(f"SELECT count(*) FROM {table.name} NOT INDEXED {where}").fetchone()
        if entries != rows:
            return [f"the index {index} has {entries} entries for {rows} rows"]
    return []


def _looks_at_table(connection: sqlite3.Connection, table: _Table, after: int) -> Iterator[tuple[int, list[str]]]:
    """Look at the rows behind ``after``, part by part; yield the row that was reached, and what is damaged."""
    largest = 0
    if table.key is not None:
        # An integer by the schema, but a damaged page may say otherwise.
        (found,) = connection.execute(f"SELECT max({table.key}) FROM {table.name}").fetchone()
        largest = found if isinstance(found, int) else 0
    if largest <= SMALL_TABLE_ROWS:
        damage = _said_by_sqlite(connection, f"integrity_check('{table.name}')")
        damage += [
            f"row {row} of {table.name} refers to a row of {parent} that is not there"
            for _, row, parent, _ in connection.execute(f"PRAGMA foreign_key_check('{table.name}')").fetchmany(3)
        ]
        yield (
            _END,
            damage or _wrong_rows(connection, table, table.rules, "WHERE true") or _unreadable(connection, table),
        )
        return
    rows = f"SELECT {table.key} FROM {table.name} WHERE {table.key} > ? ORDER BY {table.key} LIMIT {ROWS_AT_ONCE}"
    while numbers := [number for (number,) in connection.execute(rows, (after,))]:
        between = f"WHERE a.{table.key} BETWEEN {after + 1} AND {numbers[-1]}"
        if any(one >= other for one, other in zip([after, *numbers], numbers, strict=False)):
            yield _END, [f"the rows of {table.name} are not in order behind row {after}"]
            return
        if connection.execute(f"{_FOUND.format(table.name, table.key)} {between}").fetchone() != (len(numbers),):
            yield _END, [f"rows of {table.name} behind row {after} are not where they belong"]
            return
        after = numbers[-1]
        conditions = table.rules + table.ranges
        yield after, _wrong_rows(connection, table, conditions, between) or _unreadable(connection, table, between)


def _wrong_rows(
    connection: sqlite3.Connection, table: _Table, conditions: tuple[tuple[str, str], ...], rows: str
) -> list[str]:
    for what, condition in conditions:
        sql = f"SELECT 1 FROM {table.name} AS a NOT INDEXED {rows} AND {condition} LIMIT 1"
        if connection.execute(sql).fetchone() is not None:
            return [f"a row of {table.name} {what}"]
    return []


def _said_by_sqlite(connection: sqlite3.Connection, pragma: str) -> list[str]:
    said = [str(line) for (line,) in connection.execute(f"PRAGMA {pragma}").fetchmany(MOST_FINDINGS)]
    return [] if said == ["ok"] else said


def _unreadable(connection: sqlite3.Connection, table: _Table, rows: str = "") -> list[str]:
    """Read every text: SQLite does not check that texts are UTF-8, and reads the end of a long one only if asked."""
    texts = [name for name, kind, _ in connection.execute(_COLUMNS, (table.name,)) if kind == "TEXT"]
    if not texts:
        return []
    listed = ", ".join(f"a.{name}" for name in texts)
    try:
        for _ in connection.execute(f"SELECT {listed} FROM {table.name} AS a {rows}"):
            pass
    except sqlite3.OperationalError as error:
        if not is_damage(error):
            raise
        return [f"{table.name}: {error}"]
    return []


def _tables(connection: sqlite3.Connection) -> list[_Table]:
    found = [
        (name, None if without_rowid else next((key for (key,) in connection.execute(_KEY_OF, (name,))), None), sql)
        for name, without_rowid, sql in connection.execute(_TABLES).fetchall()
        if _WORD.fullmatch(name)
    ]
    found.sort(key=lambda one: one[0] in _LAST)
    return [
        _Table(
            name=name,
            key=key,
            indexes={
                index: f"WHERE {_WHERE.split(text, maxsplit=1)[1]}" if partial else ""
                for index, partial, text in connection.execute(_INDEXES, (name,)).fetchall()
            },
            rules=tuple((f"breaks the rule {rule}", f"NOT ({rule})") for rule in _rules(sql)),
            ranges=tuple(_conditions(connection, name, key)) if key else (),
        )
        for name, key, sql in found
    ]


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
