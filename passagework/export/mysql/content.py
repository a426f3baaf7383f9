"""The content of a table as a number of rows and a checksum, independent of their order."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_BYTES: Final = 16
_ALL: Final = 1 << (8 * _BYTES)


@dataclass(frozen=True, slots=True)
class Content:
    """The number of rows, and the sum of their digests in hexadecimal."""

    rows: int
    checksum: str


def content_of(rows: Iterable[Sequence[object]]) -> Content:
    """Sum up rows. Detects any difference: one bit, NULL or empty, letter case, composition, a trailing space.

    Values are None, int, float, str and bytes, as both databases return them.
    """
    count, total = 0, 0
    for row in rows:
        digest = hashlib.blake2b(b"".join(map(_bytes_of, row)), digest_size=_BYTES).digest()
        total += int.from_bytes(digest)
        count += 1
    return Content(count, f"{total % _ALL:0{2 * _BYTES}x}")


def _bytes_of(value: object) -> bytes:
    """Encode a value with its kind and its length, so that different rows differ."""
    match value:
        case None:
            return b"n"
        case int():
            return b"i%d;" % value
        case float():
            # SQLite cannot write a negative zero as text, and servers differ: treat it as zero.
            return b"f" + struct.pack("<d", value + 0.0)
        case str():
            written = value.encode("utf-8", "surrogatepass")
            return b"t%d:" % len(written) + written
        case bytes() | bytearray() | memoryview():
            return b"b%d:" % len(value) + bytes(value)
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be compared")
