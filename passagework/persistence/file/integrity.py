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
from threading import Event, Thread
from time import monotonic
from typing import Final

from passagework.persistence.file.checked_tables import CheckedTable, checked_tables
from passagework.persistence.file.free_pages import used_free_page
from passagework.persistence.file.sqlite_errors import PRIMARY_CODE, SQLITE_ERRORS, is_damage, primary_code

SMALL_TABLE_ROWS: Final = 5_000
"""SQLite checks so many rows, their indexes and overflow pages, in a fifth of a second."""

SMALL_LIBRARY_PAGES: Final = 2_000
"""A library of some 250 files: everything is looked at in less time than parts of it one by one."""

ROWS_AT_ONCE: Final = 500
GRACE_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 0.05
MOST_FINDINGS: Final = 20
_END: Final = 2**63
"""Behind the last row that a table can have."""

_ERROR_CODE: Final = re.compile(r"error code=(\d+)")
"""In the words of SQLite's check, for a page that it could not read."""

_FOUND: Final = "SELECT count(*) FROM {0} AS a NOT INDEXED CROSS JOIN {0} AS b NOT INDEXED ON b.{1} = a.{1}"


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
        tables = checked_tables(connection)
        return _look_at_tables(connection, tables, begin or Place("", 0), seconds)
    except SQLITE_ERRORS as error:
        if not is_damage(error):
            raise
        return Look((str(error),), (), None)
    finally:
        connection.execute("PRAGMA cell_size_check = 0")


@contextmanager
def _watched(connection: sqlite3.Connection, until: float) -> Iterator[None]:
    """Interrupt every statement that runs much longer than until some time; SQLite ends it between two pages."""
    done = Event()

    def watch() -> None:
        wait = max(until - monotonic(), 0) + GRACE_SECONDS
        # Again and again: an interrupt between two statements does not count for the second.
        while not done.wait(wait):
            connection.interrupt()
            wait = _AGAIN_SECONDS

    watching = Thread(target=watch, name="watch of a look for damage", daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()


def _look_at_tables(
    connection: sqlite3.Connection, tables: tuple[CheckedTable, ...], begin: Place, seconds: float
) -> Look:
    names = [table.name for table in tables]
    deadline = monotonic() + seconds
    uncounted = _around(tables, names.index(begin.counting) if begin.counting in names else 0)
    if damage := _count(connection, uncounted, monotonic() + seconds / 2):
        return Look(tuple(damage), (), None)
    counting = uncounted[0].name if uncounted else None
    first, row = (names.index(begin.table), begin.row) if begin.table in names else (0, 0)
    around = _around(tables, first) + ([tables[first]] if row else [])
    with _watched(connection, deadline):
        return _look_closer(connection, around, row, deadline, counting)


def _count(connection: sqlite3.Connection, tables: list[CheckedTable], until: float) -> list[str]:
    """Count tables until some time, remove them from the list, and return what is damaged.

    The first of those that are left is where the next look begins. That is never the one where this look began: a table
    that takes longer to count than there is time would be the only one for ever.
    """
    began_with = tables[0]
    with _watched(connection, until):
        while tables:
            try:
                if damage := _miscounted(connection, tables[0]):
                    return damage
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_INTERRUPT:
                    raise
                if tables[0] is began_with:
                    tables.append(tables.pop(0))
                break
            del tables[0]
            if monotonic() >= until:
                break
    return []


def _look_closer(
    connection: sqlite3.Connection, tables: list[CheckedTable], row: int, deadline: float, counting: str | None
) -> Look:
    """Look at the tables in turn, at the first from behind ``row`` on.

    The next look begins where this one ended, with one exception: if the time is not enough for the very part where it
    began, with the table behind that. A table whose parts all take too long is never seen, and named each time.
    """
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
            if (place, reached) == (0, row):
                return Look((), unseen, Place(tables[1 % len(tables)].name, 0, counting))
            return Look((), unseen, Place(table.name, reached, counting))
        row = 0
        if monotonic() >= deadline and unseen[1:]:
            return Look((), unseen[1:], Place(unseen[1], 0, counting))
    return Look((), (), None)


def _around(tables: tuple[CheckedTable, ...], first: int) -> list[CheckedTable]:
    return [*tables[first:], *tables[:first]]


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
        for table in checked_tables(connection):
            damage += _wrong_rows(connection, table, table.rules, "WHERE true") or _unreadable(connection, table)
    except SQLITE_ERRORS as error:
        if not is_damage(error):
            raise
        damage = [str(error)]
    return tuple(damage[:MOST_FINDINGS])


def _miscounted(connection: sqlite3.Connection, table: CheckedTable) -> list[str]:
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


def _looks_at_table(connection: sqlite3.Connection, table: CheckedTable, after: int) -> Iterator[tuple[int, list[str]]]:
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
    connection: sqlite3.Connection, table: CheckedTable, conditions: tuple[tuple[str, str], ...], rows: str
) -> list[str]:
    for what, condition in conditions:
        sql = f"SELECT 1 FROM {table.name} AS a NOT INDEXED {rows} AND {condition} LIMIT 1"
        if connection.execute(sql).fetchone() is not None:
            return [f"a row of {table.name} {what}"]
    return []


def _said_by_sqlite(connection: sqlite3.Connection, pragma: str) -> list[str]:
    said = [str(line) for (line,) in connection.execute(f"PRAGMA {pragma}").fetchmany(MOST_FINDINGS)]
    for code in (int(found) for line in said for found in _ERROR_CODE.findall(line)):
        # Where a file is too short for a page, the disk is not the cause.
        if code & PRIMARY_CODE == sqlite3.SQLITE_IOERR and code != sqlite3.SQLITE_IOERR_SHORT_READ:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_IOERR"
            if not is_damage(error):
                raise error
    # The search index can be made again, so what newer versions of SQLite say of its content is no damage.
    return [line for line in said if line != "ok" and "inverted index" not in line]


def _unreadable(connection: sqlite3.Connection, table: CheckedTable, rows: str = "") -> list[str]:
    """Read every text: SQLite does not check that texts are UTF-8, and reads the end of a long one only if asked."""
    if not table.texts:
        return []
    listed = ", ".join(f"a.{name}" for name in table.texts)
    try:
        for _ in connection.execute(f"SELECT {listed} FROM {table.name} AS a {rows}"):
            pass
    except sqlite3.OperationalError as error:
        if not is_damage(error):
            raise
        return [f"{table.name}: {error}"]
    return []
