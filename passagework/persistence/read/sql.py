"""Run a host's own SQL: it reads the library, and can do nothing else.

It has a connection of its own, which is closed afterwards, and which an authorizer keeps from all but reading. This is
for a process of its own: what takes too long there, or too much memory, is ended with the process.
"""

import sqlite3
import time
from contextlib import closing
from typing import Final

from passagework.domain.sql import (
    LARGEST_RESULT,
    LARGEST_VALUE,
    LONGEST_SQL,
    MOST_PARAMETERS,
    QueryRefusedError,
    QueryTooLargeError,
    QueryTooLongError,
    SqlResult,
    SqlValue,
)
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.sqlite_errors import primary_code
from passagework.persistence.read.queries import RunSql

_HEAP_BYTES: Final = 256 * 2**20

_BETWEEN_LOOKS: Final = 1_000
"""Instructions of SQLite, a fraction of a millisecond."""

_READS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)

_OUTSIDE: Final = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "sqlite_log"})
"""Functions that reach outside of the library, where SQLite was built with them."""

_TELLING: Final = frozenset({"table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"})
"""Pragmas that tell something, and set nothing whatever they are given."""

_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: LARGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4 * LONGEST_SQL,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: MOST_PARAMETERS,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

_OF_OTHERS: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""Errors that the query is not to blame for."""


def run_sql(connection: LibraryConnection, query: RunSql) -> SqlResult:
    """Run a query. Raises QueryRefusedError, QueryTooLongError or QueryTooLargeError."""
    give_up_at = time.monotonic() + query.seconds
    with closing(open_readonly(connection.path)) as own:
        for which, most in _LIMITS.items():
            own.setlimit(which, most)
        own.execute("PRAGMA temp_store = 2")
        own.execute(f"PRAGMA hard_heap_limit = {_HEAP_BYTES}").fetchall()
        own.set_authorizer(_authorized)
        own.set_progress_handler(lambda: time.monotonic() >= give_up_at, _BETWEEN_LOOKS)
        try:
            return _rows(own, query)
        except MemoryError:
            raise QueryTooLargeError("the query takes more memory than a query may") from None
        except sqlite3.Error as error:
            raise _error(error, too_long=time.monotonic() >= give_up_at) from error
        except (OverflowError, UnicodeError, ValueError) as error:
            raise QueryRefusedError(f"the query cannot be run: {error}") from error
        finally:
            own.set_progress_handler(None, 0)
            own.set_authorizer(None)


def _rows(connection: LibraryConnection, query: RunSql) -> SqlResult:
    named = {part[0]: part[1] for part in query.parameters if isinstance(part, tuple)}
    cursor = connection.execute(query.sql, named or query.parameters)
    if cursor.description is None:
        raise QueryRefusedError("the query is no SELECT: it has no columns")
    rows: list[tuple[SqlValue, ...]] = []
    size = 0
    for row in cursor:
        if len(rows) == query.limit:
            return SqlResult(tuple(column[0] for column in cursor.description), tuple(rows), more=True)
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if size > LARGEST_RESULT:
            raise QueryTooLargeError(f"the result has more than {LARGEST_RESULT >> 20} MB; ask for less of it at once")
        rows.append(row)
    return SqlResult(tuple(column[0] for column in cursor.description), tuple(rows), more=False)


def _authorized(action: int, first: str | None, second: str | None, _schema: str | None, _inner: str | None) -> int:
    """Permit what reads. SQLite names a function and its pragma in the arguments."""
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (second or "").lower() in _OUTSIDE else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if (first or "").lower() in _TELLING else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _error(error: sqlite3.Error, *, too_long: bool) -> Exception:
    code = primary_code(error)
    if code == sqlite3.SQLITE_INTERRUPT or (too_long and code not in _OF_OTHERS):
        return QueryTooLongError("the query takes longer than it was given; ask for less, or give it more seconds")
    if code in {sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_FULL}:
        return QueryTooLargeError(f"the query takes more memory than a query may: {error}")
    return error if code in _OF_OTHERS else QueryRefusedError(f"the query cannot be run: {error}")
