"""The process in which sqlite3-to-mysql works: it changes ``sqlite3`` for the whole of the process that it is in.

Reads one job as JSON from its standard input, since others can see arguments and environments; says how far it is in
lines of JSON; leaves with 0, or with an ``error`` as the last line.
"""

import json
import sys
from itertools import islice
from typing import Any, Final

import mysql.connector
from sqlite3_to_mysql.transporter import SQLite3toMySQL

from passagework.export.mysql.server import is_lost
from passagework.export.mysql.tables import add_hash

MOST_ROWS: Final = 1_000
MOST_BYTES: Final = 4 * 2**20
"""What goes into one statement: servers refuse more than ``max_allowed_packet``, 16 MB by default."""


def main() -> int:
    """Do the job that comes on standard input."""
    job = json.load(sys.stdin)
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
"""No options of the library make tables that hold everything: ours are made before."""


def say(**what: object) -> None:
    """Tell the parent; without one there is nobody to work for, and this ends the process."""
    print(json.dumps(what), flush=True)  # noqa: T201 - the way to the parent


class _Transfer(SQLite3toMySQL):
    """Sends many rows in a statement. As it comes the library prepares a statement and sends it for each row."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of the library
        super().__init__(**options)
        add_hash(self._sqlite)
        self._mysql.cmd_query("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', unique_checks = 0")

    def _transfer_table_data(self, sql: str, total_records: int = 0) -> None:
        table = sql.partition("`")[2].partition("`")[0]
        cursor = self._mysql.cursor()
        rows = map(tuple, self._sqlite_cur)
        sent = 0
        while some := _some(rows):
            cursor.executemany(sql, some)
            self._mysql.commit()
            sent += len(some)
            say(table=table, rows=sent, of=total_records)
        cursor.close()


def _some(rows: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - an iterator of what SQLite gives
    """Take rows for one statement: at least one, and no more than fit."""
    taken, size = [], 0
    for row in islice(rows, MOST_ROWS):
        taken.append(row)
        size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
        if size >= MOST_BYTES:
            break
    return taken


if __name__ == "__main__":
    sys.exit(main())
