"""What a table holds, as a number of rows and a checksum that do not depend on their order."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_BYTES: Final = 16
_ALL: Final = 1 << (8 * _BYTES)


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows, and the sum of a digest of each, in hexadecimal."""

    rows: int
    checksum: str


def content_of(rows: Iterable[Sequence[object]]) -> Content:
    """Add up rows. Any difference shows: of one bit, of NULL and empty, of letter case or composition, of a last space.

    Values are None, int, float, str and bytes, as both databases give them.
    """
    count, total = 0, 0
    for row in rows:
        digest = hashlib.blake2b(b"".join(map(_bytes_of, row)), digest_size=_BYTES).digest()
        total += int.from_bytes(digest)
        count += 1
    return Content(count, f"{total % _ALL:0{2 * _BYTES}x}")


def _bytes_of(value: object) -> bytes:
    """Write a value with its kind and its length, so that no two rows look the same."""
    match value:
        case None:
            return b"n"
        case int():
            return b"i%d;" % value
        case float():
            # SQLite knows no negative zero in a text, and servers differ: it is the same number.
            return b"f" + struct.pack("<d", value + 0.0)
        case str():
            written = value.encode("utf-8", "surrogatepass")
            return b"t%d:" % len(written) + written
        case bytes() | bytearray() | memoryview():
            return b"b%d:" % len(value) + bytes(value)
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be compared")
