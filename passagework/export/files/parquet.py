"""Parquet: typed columns in groups of rows, with pyarrow (the extra ``parquet``)."""

from collections.abc import Iterable
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import BinaryIO, Final, assert_never

from passagework.domain.installing import install_words
from passagework.export.files.errors import ExtraMissingError
from passagework.export.files.row import COLUMNS, ExportRow, Kind
from passagework.persistence.rows.passage_values import VALUE

ROWS_OF_GROUP: Final = 10_000

_SHARES: Final = tuple(column.name for column in COLUMNS if column.kind is Kind.SHARES)
"""Columns with maps, which are given to pyarrow as pairs."""


def load_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Load pyarrow. Raises ExtraMissingError, which names the extra to install."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExtraMissingError(f"Parquet needs pyarrow; install it: {install_words('pyarrow')}") from error


def write_parquet(rows: Iterable[ExportRow], file: BinaryIO) -> int:
    """Write groups of ROWS_OF_GROUP rows, one in memory at a time. Returns the number of rows.

    Raises ExtraMissingError without pyarrow.
    """
    arrow, parquet = load_pyarrow()
    schema = arrow.schema(
        [
            arrow.field(column.name, _type(arrow, column.kind), column.optional or column.kind is Kind.TEXTS)
            for column in COLUMNS
        ]
    )
    count, left = 0, iter(rows)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(left, ROWS_OF_GROUP)):
            table = arrow.Table.from_pylist([_values(row) for row in group], schema=schema)
            writer.write_table(table, row_group_size=ROWS_OF_GROUP)
            count += len(group)
    return count


def _values(row: ExportRow) -> dict[str, object]:
    values = row.values()
    for name in _SHARES:
        if (groups := values[name]) is not None:
            values[name] = [(group, list(members.items())) for group, members in groups.items()]
    return values


def _type(arrow: ModuleType, kind: Kind) -> object:
    simple = {
        Kind.TEXT: arrow.string(),
        Kind.INTEGER: arrow.int64(),
        Kind.NUMBER: arrow.float64(),
        Kind.BOOLEAN: arrow.bool_(),
    }
    match kind:
        case Kind.TEXTS:
            return arrow.list_(arrow.string())
        case Kind.SHARES:
            return arrow.map_(arrow.string(), arrow.map_(arrow.string(), arrow.float64()))
        case Kind.VALUES:
            numbers = {"value": arrow.float64()}
            return arrow.list_(arrow.struct([(name, numbers.get(name, arrow.string())) for name in VALUE]))
        case Kind.TEXT | Kind.INTEGER | Kind.NUMBER | Kind.BOOLEAN:
            return simple[kind]
        case _:
            assert_never(kind)
