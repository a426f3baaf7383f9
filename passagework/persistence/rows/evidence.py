"""The evidence of a passage as it is stored: one JSON text, a list of [source, kind, value, strength].

The list is in the order of the statements, and of equal ones the first is kept. A statement without a strength has
three items. Equal evidence gives equal texts, so texts are compared to find out whether anything has changed.
"""

from collections.abc import Iterable
from typing import Final

from passagework.domain.evidence import Statement, open_source
from passagework.domain.json_text import read_json, write_unicode_json

_STRONGEST: Final = 1e9
"""Beyond it, and below its negative, a strength is a mistake, which must not be stored."""

NO_EVIDENCE: Final = "[]"
"""What no statements are encoded as. A passage without any has no document."""

StatedRow = tuple[str, str, str, float | None]
"""Source, kind, value, strength."""


def encode_statements(rows: Iterable[StatedRow]) -> str:
    """Encode statements.

    NUL is replaced: SQLite would end the value there.

    Raises:
        ValueError: the strength of a statement is infinite, not a number, or absurd.

    """
    stated: dict[tuple[str, str, str], float | None] = {}
    for source, kind, value, strength in rows:
        if strength is not None and not -_STRONGEST <= strength <= _STRONGEST:
            raise ValueError(f"{strength} is no strength of evidence")
        stated.setdefault((source, kind, value.replace("\0", "\N{REPLACEMENT CHARACTER}")), strength)
    return write_unicode_json([what if strength is None else (*what, strength) for what, strength in stated.items()])


def decode_statements(text: str) -> tuple[Statement, ...]:
    """Decode what :func:`encode_statements` made, also by a newer version with other sources."""
    return tuple(Statement(open_source(source), *rest) for source, *rest in read_json(text))
