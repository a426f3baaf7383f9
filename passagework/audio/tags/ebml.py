"""The elements of EBML, of which Matroska files are made (RFC 8794)."""

from collections.abc import Iterator
from typing import BinaryIO, Final

_MOST_ELEMENTS: Final = 100_000
"""On one level: a cluster of audio is some seconds long."""

_LARGEST: Final = 1 << 18
"""Bytes of a number or text that are read: more characters than of any value are kept."""


def texts(file: BinaryIO, wanted: int, first: int, behind: int) -> Iterator[str]:
    """Yield the texts of one kind among the elements between two places."""
    for element, inside, after in elements(file, first, behind):
        if element == wanted:
            yield content(file, inside, after).decode("utf-8", "replace")


def content(file: BinaryIO, first: int, behind: int) -> bytes:
    """Read what is between two places, or the beginning of it."""
    file.seek(first)
    return file.read(min(behind - first, _LARGEST))


def elements(file: BinaryIO, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the identifier of each element, and where its content begins and ends.

    One of unknown size, as in a recording of a broadcast, is taken to reach to the end.
    """
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            return
        file.seek(at)
        header = file.read(12)
        id_bytes = 9 - header[0].bit_length() if header else 9
        size_at = header[id_bytes : id_bytes + 1]
        size_bytes = 9 - size_at[0].bit_length() if size_at else 9
        first = at + id_bytes + size_bytes
        if id_bytes + size_bytes > len(header):
            return
        unknown = (1 << 7 * size_bytes) - 1
        size = int.from_bytes(header[id_bytes : id_bytes + size_bytes]) & unknown
        behind = end if size == unknown else min(first + size, end)
        yield int.from_bytes(header[:id_bytes]), first, behind
        at = behind
