"""Insert many rows with few statements.

SQLite starts a statement (cursors on the table and its indexes, checks of the schema) for as much as it inserts a small
row. So rows go in groups, with one VALUES list for each.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Final

from passagework.persistence.rows.columns import listed

GROUPS: Final = (64, 16, 4, 1)
"""Rows in a statement. Larger groups gain little, and every prepared statement takes memory."""


class ManyRows:
    """The statements that insert rows into a table: the values of ``columns``, and ``constants`` as SQL."""

    def __init__(self, table: str, *columns: str, **constants: str) -> None:
        self._width: Final = len(columns)
        row = f"({listed((*'?' * len(columns), *constants.values()))})"
        head = f"INSERT INTO {table} ({listed((*columns, *constants))}) VALUES "
        self._statements: Final = tuple((rows, head + listed([row] * rows)) for rows in GROUPS)

    def insert(self, connection: sqlite3.Connection, rows: Sequence[Sequence[object]]) -> int:
        """Insert rows; return their number.

        Raises sqlite3.ProgrammingError if one has too many values, or too few: the next one's would fill it up.
        """
        if not set(map(len, rows)) <= {self._width}:
            raise sqlite3.ProgrammingError(f"a row has not the {self._width} values of its table")
        done = 0
        for size, statement in self._statements:
            end = len(rows) - (len(rows) - done) % size
            if done < end:
                groups = [list(chain.from_iterable(rows[at : at + size])) for at in range(done, end, size)]
                connection.executemany(statement, groups)
                done = end
        return len(rows)
