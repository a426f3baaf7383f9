"""JSON Lines and CSV."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import fields
from typing import BinaryIO

from passagework.export.files.row import ExportRow


def write_json(rows: Iterable[ExportRow], file: BinaryIO) -> int:
    """Write one JSON object per line, in UTF-8. Returns the number of rows."""
    count = 0
    for row in rows:
        file.write(json.dumps(row.values(), ensure_ascii=False, allow_nan=False).encode() + b"\n")
        count += 1
    return count


def write_csv(rows: Iterable[ExportRow], file: BinaryIO) -> int:
    """Write CSV (RFC 4180) in UTF-8 with a header line; lists are JSON. Returns the number of rows.

    Texts are not changed, also not those that a spreadsheet would read as formulas.
    """
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(field.name for field in fields(ExportRow))
        for row in rows:
            writer.writerow(map(_cell, row.values().values()))
            count += 1
        text.flush()
    finally:
        text.detach()
    return count


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
