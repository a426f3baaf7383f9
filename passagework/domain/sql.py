"""A host's own SQL: what is asked, what is answered, and why it may be refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode

SqlValue = str | int | float | bytes | None

Parameters = tuple[SqlValue, ...] | tuple[tuple[str, SqlValue], ...]
"""By place, or by name with the names."""

MOST_ROWS: Final = 1_000_000
LONGEST_SECONDS: Final = 600.0
LONGEST_SQL: Final = 100_000
MOST_PARAMETERS: Final = 1_000
LARGEST_VALUE: Final = 16 * 2**20
LARGEST_RESULT: Final = 32 * 2**20
"""Bytes of all values together."""

_LARGEST: Final = 1 << 63


class QueryRefusedError(PassageworkError):
    """The SQL is none, does something else than to read the library, or has parameters that it cannot have."""

    code = "query-refused"
    exit_code = ExitCode.USAGE


class QueryTooLongError(PassageworkError):
    """The query took longer than it was given. Nothing of its result is kept."""

    code = "query-too-long"
    exit_code = ExitCode.FAILED


class QueryTooLargeError(PassageworkError):
    """The query, or its result, takes more memory than a query may."""

    code = "query-too-large"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class SqlResult:
    """The rows of a query. ``more``: there are more rows than the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[SqlValue, ...], ...]
    more: bool


def checked_sql(sql: object) -> str:
    """Return the text of a query. Raises QueryRefusedError for what can be none."""
    if type(sql) is not str or not sql.strip() or len(sql) > LONGEST_SQL or not _is_text(sql):
        raise QueryRefusedError(f"a query is a text of 1 to {LONGEST_SQL} characters")
    return sql


def checked_parameters(parameters: Sequence[object] | Mapping[str, object]) -> Parameters:
    """Return parameters by place or by name. Raises QueryRefusedError for what SQLite cannot have."""
    if isinstance(parameters, str | bytes) or not isinstance(parameters, Sequence | Mapping):
        raise QueryRefusedError("parameters are a list by place, or a dict by name")
    if len(parameters) > MOST_PARAMETERS:
        raise QueryRefusedError(f"a query has at most {MOST_PARAMETERS} parameters")
    if isinstance(parameters, Mapping):
        if not all(type(name) is str and _is_text(name) for name in parameters):
            raise QueryRefusedError("the names of parameters are texts")
        return tuple((name, _value(value)) for name, value in parameters.items())
    return tuple(_value(value) for value in parameters)


def _value(value: object) -> SqlValue:
    match value:
        case None:
            return None
        case bool():
            return int(value)
        case str() if len(value) <= LARGEST_VALUE and _is_text(value):
            return str(value)
        case bytes() if len(value) <= LARGEST_VALUE:
            return bytes(value)
        case int() if -_LARGEST <= value < _LARGEST:
            return int(value)
        case float() if isfinite(value):
            return float(value)
    raise QueryRefusedError(
        "a parameter is a text, a whole number of 64 bits, a finite number, bytes or None; one of these is none"
    )


def _is_text(text: str) -> bool:
    """Return whether SQLite can have a text: no half of a surrogate pair, and no zero."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
