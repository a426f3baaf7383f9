"""Parquet: typed columns in groups of rows, with pyarrow (the extra ``parquet``)."""

from collections.abc import Iterable
from dataclasses import fields
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import BinaryIO, Final

from passagework.export.files.errors import ExtraMissingError
from passagework.export.files.row import ExportRow

ROWS_OF_GROUP: Final = 10_000

_LISTS: Final = frozenset({"song_mbids", "artists", "artist_mbids", "works", "work_mbids"})
_FLOATS: Final = frozenset(
    {"start", "end", "lead_in", "lead_out", "fade_in", "fade_out", "confidence", "loudness_lufs", "loudness_range_lu"}
    | {"true_peak_dbtp", "sample_peak_dbfs"}
)
_INTEGERS: Final = frozenset({"medium", "track"})
_NEVER_NULL: Final = frozenset({"guid", "path", "start", "end", "lead_in", "lead_out", "state"})


def load_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Load pyarrow. Raises ExtraMissingError, which names the extra to install."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExtraMissingError("Parquet needs pyarrow: pip install 'passagework[parquet]'") from error


def write_parquet(rows: Iterable[ExportRow], file: BinaryIO) -> int:
    """Write groups of ROWS_OF_GROUP rows, one in memory at a time. Returns the number of rows.

    Raises ExtraMissingError without pyarrow.
    """
    arrow, parquet = load_pyarrow()
    schema = arrow.schema(
        [
            arrow.field(field.name, _type(arrow, field.name), field.name not in _NEVER_NULL)
            for field in fields(ExportRow)
        ]
    )
    count, left = 0, iter(rows)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(left, ROWS_OF_GROUP)):
            table = arrow.Table.from_pylist([row.values() for row in group], schema=schema)
            writer.write_table(table, row_group_size=ROWS_OF_GROUP)
            count += len(group)
    return count


def _type(arrow: ModuleType, name: str) -> object:
    if name in _LISTS:
        return arrow.list_(arrow.string())
    if name in _INTEGERS:
        return arrow.int64()
    return arrow.float64() if name in _FLOATS else arrow.string()
