"""JSON Lines and CSV."""

import csv
import io
from collections.abc import Iterable
from operator import itemgetter
from typing import BinaryIO, Final

from passagework.domain.json_text import write_spaced_unicode_json as _encode
from passagework.export.files.row import COLUMNS, ExportRow, Kind

FORMAT: Final = 2
"""The version of the names and units of a line of JSON. 2: every time says its unit in its name."""

_NOT_ONE_VALUE: Final = frozenset({Kind.SHARES, Kind.VALUES})


def write_json(rows: Iterable[ExportRow], file: BinaryIO) -> int:
    """Write one JSON object per line, in UTF-8. Returns the number of rows."""
    count = 0
    for row in rows:
        file.write(_encode({"format": FORMAT, **row.values()}).encode() + b"\n")
        count += 1
    return count


def write_csv(rows: Iterable[ExportRow], file: BinaryIO) -> int:
    """Write CSV (RFC 4180) in UTF-8 with a header line; lists, true and false are JSON. Returns the number of rows.

    Shares and what extensions say are left out: they are not one value.

    Texts are not changed, also not those that a spreadsheet would read as formulas.
    """
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        names = tuple(column.name for column in COLUMNS if column.kind not in _NOT_ONE_VALUE)
        values_of = itemgetter(*names)
        writer.writerow(names)
        for row in rows:
            writer.writerow(map(_cell, values_of(row.values())))
            count += 1
        text.flush()
    finally:
        text.detach()
    return count


def _cell(value: object) -> object:
    return _encode(value) if isinstance(value, tuple | bool) else value
