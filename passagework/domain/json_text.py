"""The form of every JSON text, read or written: RFC 8259, so without NaN and without infinite numbers.

Python's own reader and writer allow both by default. Other readers do not: SQLite finds such a text malformed, and one
number that a service sent would stop all later imports. A test keeps every other module from importing ``json``.

Each reader and writer raises ValueError for what is no JSON, and for numbers that are not finite; readers also for what
is nested deeper than Python can read.
"""

import json
import math
from typing import Any, Final


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    """Read a number with a fraction or an exponent; Python takes one beyond the range of a float as infinite."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number


_FINITE: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_OF_ANY_SIZE: Final = json.JSONDecoder(parse_constant=_refuse)


def read_json(text: str) -> Any:  # noqa: ANN401 - whatever the text says
    """Read a text."""
    return _read(_FINITE, text)


def read_json_of_any_size(text: str) -> Any:  # noqa: ANN401 - as above
    """Read a text with numbers that may be infinite.

    For a reader that finds the part of the text that is to blame, and goes on with the rest.
    """
    return _read(_OF_ANY_SIZE, text)


def _read(decoder: json.JSONDecoder, text: str) -> Any:  # noqa: ANN401 - as above
    try:
        return decoder.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


write_json: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
"""In ASCII, without spaces."""

write_unicode_json: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
).encode
"""In few bytes of UTF-8, without spaces."""

write_sorted_json: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"), sort_keys=True).encode
"""In ASCII, without spaces; equal values give equal texts."""

write_spaced_json: Final = json.JSONEncoder(allow_nan=False).encode
"""In ASCII, with spaces, in one line."""

write_spaced_unicode_json: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode
"""In UTF-8, with spaces, in one line."""

write_indented_json: Final = json.JSONEncoder(allow_nan=False, indent=2).encode
"""In ASCII, one value in a line."""
