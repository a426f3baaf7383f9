"""Where the ID3v2 tags at the beginning of a file stand: defective taggers write a new one before the old."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

_HEADER: Final = re.compile(rb"ID3([\2-\4])[^\xff](.)([\0-\x7f]{4})", re.DOTALL)
_HEADER_BYTES: Final = 10
_FOOTER: Final = 0x10

_MOST_TAGS: Final = 16


def behind_id3(file: BinaryIO) -> Iterator[int]:
    """Yield the place behind each of the ID3v2 tags that a file begins with. The position may be moved in between."""
    at = 0
    for _ in range(_MOST_TAGS):
        file.seek(at)
        found = _HEADER.match(file.read(_HEADER_BYTES))
        if found is None:
            return
        version, flags, digits = found.groups()
        size = 0
        for digit in digits:
            size = size << 7 | digit
        at += _HEADER_BYTES + size + (_HEADER_BYTES if version == b"\4" and flags[0] & _FOOTER else 0)
        yield at
