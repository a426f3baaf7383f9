"""The process that runs sqlite3-to-mysql, which changes ``sqlite3`` globally in its process.

Reads one job as JSON from its standard input, because other users can see arguments and environments; reports its
progress in lines of JSON; exits with 0, or with an ``error`` as the last line.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final

import mysql.connector
from sqlite3_to_mysql.transporter import SQLite3toMySQL

from passagework.domain.json_text import read_json, write_json
from passagework.export.mysql.server import is_lost
from passagework.export.mysql.tables import add_functions

MOST_ROWS: Final = 1_000
MOST_BYTES: Final = 2**20
"""The size of one statement: servers refuse more than ``max_allowed_packet``, 16 MB by default."""

COMMITTED_AT_ONCE: Final = 16
"""Statements per commit. A commit waits for the disk; uncommitted rows are sent again if the connection breaks."""

_MODE: Final = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_BACKSLASH_ESCAPES"


def main() -> int:
    """Run the job from standard input."""
    job = read_json(sys.stdin.read())
    try:
        transfer = _Transfer(**job, **OPTIONS)
        transfer.transfer()
    except mysql.connector.Error as error:
        say(error=error.msg or str(error), lost=is_lost(error))
    except (OSError, ConnectionError) as error:
        say(error=str(error), lost=True)
    else:
        return 0
    return 1


OPTIONS: Final = {
    "mysql_create_tables": False,
    "sqlite_views_as_tables": True,
    "mysql_insert_method": "DEFAULT",
    "mysql_charset": "utf8mb4",
    "mysql_collation": "utf8mb4_bin",
    "quiet": True,
}
"""No option of the library creates tables that can store everything, so our own tables are created before."""


def say(**what: object) -> None:
    """Send a line to the parent; if the parent is gone, this ends the process."""
    print(write_json(what), flush=True)  # noqa: T201 - the channel to the parent


class _Transfer(SQLite3toMySQL):
    """Sends many rows per statement, formatted by SQLite itself.

    The library itself prepares a statement and sends it for each row.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the library's arguments
        super().__init__(**options)
        self._uncommitted = 0
        add_functions(self._sqlite)
        self._sqlite.create_function("exact", 1, _exact, deterministic=True)
        self._mysql.cmd_query(f"SET SESSION sql_mode = '{_MODE}', unique_checks = 0")

    def _transfer_table_data(self, sql: str, total_records: int = 0) -> None:
        table = sql.partition("`")[2].partition("`")[0]
        columns = [column[0] for column in self._sqlite_cur.description]
        rows = self._sqlite_cur.execute(f'SELECT {_literal(columns)} FROM "{table}"')
        beginning = f"INSERT INTO `{table}` ({', '.join(f'`{column}`' for column in columns)}) VALUES "
        sent = 0
        # While the server executes one statement, SQLite formats the next.
        with ThreadPoolExecutor(1) as sender:
            sending: Future[int] | None = None
            while some := _some(row[0] for row in rows):
                statement = beginning + ",".join(some)
                if sending is not None:
                    sent += sending.result()
                    say(table=table, rows=sent, of=total_records)
                sending = sender.submit(self._send, statement, len(some))
            if sending is not None:
                sent += sending.result()
        self._commit()
        say(table=table, rows=sent, of=total_records)

    def _send(self, statement: str, rows: int) -> int:
        self._mysql.cmd_query(statement)
        self._uncommitted += 1
        if self._uncommitted == COMMITTED_AT_ONCE:
            self._commit()
        return rows

    def _commit(self) -> None:
        self._mysql.commit()
        self._uncommitted = 0


def _literal(columns: list[str]) -> str:
    """Return the SQL that formats a row for MySQL: SQLite's quote() is right for integers, text and blobs.

    It cuts text at a zero byte, so such text is written in hexadecimal; floats are formatted by Python.
    """
    values = [
        f"CASE typeof({one}) WHEN 'real' THEN exact({one}) "
        f"WHEN 'text' THEN iif(instr({one}, char(0)), '0x' || hex({one}), quote({one})) ELSE quote({one}) END"
        for one in (f'"{column}"' for column in columns)
    ]
    return "'(' || " + " || ',' || ".join(values) + " || ')'"


def _exact(number: float) -> str:
    """Format a float so that it is read back bit by bit; SQLite's quote() is sometimes off by the last bit.

    With an exponent MySQL reads it directly as DOUBLE, not as DECIMAL first.
    """
    text = repr(number)
    return text if "e" in text or "n" in text else text + "e0"


def _some(rows: Iterator[str]) -> list[str]:
    """Take rows for one statement: at least one, at most as many as fit."""
    taken, size = [], 0
    for row in islice(rows, MOST_ROWS):
        taken.append(row)
        size += len(row)
        if size >= MOST_BYTES:
            break
    return taken


if __name__ == "__main__":
    sys.exit(main())
