"""Columns by name: rows, and the lists of columns in SQL, are derived from one table."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from passagework.domain.measured import MeasuredColumn, Unit

Value = str | int | float | bytes | None
Row = Mapping[str, Value]


OWN_OF_PASSAGE: Final = (
    "user_title",
    "probability",
    "approval",
    "user_recording",
    "user_lead_in_ticks",
    "user_lead_out_ticks",
    "user_flavor",
)
"""The columns of passages with what a person set on them."""


class Columns:
    """Columns with the path through attributes to the value of each: ``{"codec": "format.codec", ...}``.

    ``names`` and ``values_of`` have the same order, so no other code depends on it.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.names: Final = tuple(paths)
        self._values_of = attrgetter(*paths.values())

    def values_of(self, value: object) -> tuple[Value, ...]:
        """Return the values of the columns, in the order of their names."""
        values: tuple[Value, ...] = self._values_of(value)
        return values


def named_rows(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object] | Sequence[object]
) -> list[dict[str, Any]]:
    """Return all rows of a statement by the names of its columns."""
    return list(each_named_row(connection, sql, values))


def each_named_row(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object] | Sequence[object]
) -> Iterator[dict[str, Any]]:
    """Yield the rows as :func:`named_rows` returns them, where there may be more than should be in memory at once."""
    cursor = connection.execute(sql, values)
    names = tuple(column[0] for column in cursor.description)
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def listed(names: Iterable[str], of: str = "") -> str:
    """List columns, each with the name of its table where that is given: ``n.start_ticks, n.end_ticks``."""
    return ", ".join(f"{of}.{name}" if of else name for name in names)


def has_values(passage: str) -> str:
    """Return the condition that a person has set something on a passage."""
    return f"coalesce({listed(OWN_OF_PASSAGE, passage)}) IS NOT NULL"


def has_values_or_plays(passage: str) -> str:
    """Return the condition that a person has set something on a passage, or a host has played it."""
    return f"({has_values(passage)} OR EXISTS (SELECT 1 FROM play WHERE play.passage_id = {passage}.id))"


def assigned(names: Iterable[str], source: str) -> str:
    """Assign columns from those of the same names in another table: ``codec = a.codec, ...``."""
    return ", ".join(f"{name} = {source}.{name}" for name in names)


def differs(names: Iterable[str], one: str, other: str) -> str:
    """Compare the columns of two tables; NULL equals NULL."""
    names = tuple(names)
    return f"({listed(names, one)}) IS NOT ({listed(names, other)})"


def kept(columns: Iterable[MeasuredColumn], new: str, known: str) -> str:
    """Assign the measurements that can be switched off: the new value, or the stored one where it is NULL."""
    return ", ".join(f"{one} = coalesce({new}.{one}, {known}.{one})" for one in _can_be_off(columns))


def lacks_some_that_can_be_off(columns: Iterable[MeasuredColumn], new: str) -> str:
    """Return the condition that a measurement was switched off.

    Where no level was measured at all, as in a file with invalid samples, the reason is another.
    """
    columns = tuple(columns)
    lacks = " OR ".join(f"{new}.{one} IS NULL" for one in _can_be_off(columns))
    measured = listed((one.column for one in columns if one.unit is not Unit.TICKS), new)
    return f"({lacks}) AND coalesce({measured}) IS NOT NULL"


def _can_be_off(columns: Iterable[MeasuredColumn]) -> tuple[str, ...]:
    return tuple(one.column for one in columns if one.can_be_off)


def upsert(
    table: str, keys: Iterable[str], values: Iterable[str], source: str, *, compared: Iterable[str] | None = None
) -> str:
    """Return the statement that stores rows by their key, and changes none that are already equal.

    ``source`` gives ``{keys}``, ``{values}`` and ``run_id``: a SELECT from :func:`listed` columns, with a WHERE, which
    SQLite needs to tell its ON from that of a join. A row with equal values keeps its run.
    ``compared`` are the columns to compare, by default all values.
    """
    keys, values = tuple(keys), tuple(values)
    return f"""
INSERT INTO {table} ({listed(keys)}, {listed(values)}, run_id)
{source}
ON CONFLICT ({listed(keys)}) DO UPDATE SET {assigned(values, "excluded")}, run_id = excluded.run_id
WHERE {differs(compared or values, table, "excluded")}
"""
