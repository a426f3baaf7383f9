"""Read the arrays of a TensorFlow checkpoint, which is a table of names and one file of their bytes.

The table has the format of LevelDB (its doc/table_format.md), and its values are ``BundleEntryProto`` of TensorFlow
(tensor_bundle.proto). Files may be damaged: nothing is read outside of them, and nothing is allocated by a size that
they only claim.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FOOTER: Final = 48
_MAGIC: Final = (0xDB4775248B80FB57).to_bytes(8, "little")
_TRAILER: Final = 5
"""Bytes behind a block: how it is compressed, and its checksum."""

_COUNT: Final = 4
"""Bytes at the end of a block: how many keys are written out; before it stands where."""

_FLOAT32: Final = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""The kinds of fields of a protocol buffer."""

_LONGEST_VARINT: Final = 70
"""Bits."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an array is in the file of their bytes."""

    shape: tuple[int, ...]
    offset: int
    size: int


def read_checkpoint(index: bytes, data: bytes, names: frozenset[str]) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of these names, from the files ``.index`` and ``.data-00000-of-00001``.

    ValueError if they are damaged, lack one of the names, or have another type than float32 under it.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for key, value in _entries_of_table(index):
        name = key.decode("utf-8", "replace")
        if name not in names:
            continue
        place = _place_of(value)
        if place.size != 4 * math.prod(place.shape) or place.offset + place.size > len(data):
            raise ValueError(f"the checkpoint is damaged: {name} is not where its table says")
        found[name] = np.frombuffer(data, "<f4", place.size // 4, place.offset).reshape(place.shape)
    if missing := sorted(names - found.keys()):
        raise ValueError(f"the checkpoint lacks {missing[0]}")
    return found


def _entries_of_table(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = table[-_FOOTER:]
    if len(footer) < _FOOTER or not footer.endswith(_MAGIC):
        raise ValueError("the index is no table of a checkpoint")
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    for _, handle in _entries_of_block(table, index):
        block, _ = _handle(handle, 0)
        yield from _entries_of_block(table, block)


def _handle(buffer: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Read where a block is: its offset and its size."""
    offset, at = _varint(buffer, at)
    size, at = _varint(buffer, at)
    return (offset, size), at


def _entries_of_block(table: bytes, handle: tuple[int, int]) -> Iterator[tuple[bytes, bytes]]:
    """Yield its keys, each of which shares a prefix with the one before, and their values."""
    offset, size = handle
    if offset + size + _TRAILER > len(table) or size < _COUNT or table[offset + size]:
        raise ValueError("the index is damaged, or compressed")
    block = table[offset : offset + size]
    end = size - _COUNT - 4 * int.from_bytes(block[-_COUNT:], "little")
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + own + length > end:
            raise ValueError("the index is damaged")
        key = key[:shared] + block[at : at + own]
        at += own + length
        yield key, block[at - length : at]


def _place_of(entry: bytes) -> _Place:
    """Read a BundleEntryProto: type 1, shape 2, shard 3, offset 4, size 5, and others."""
    numbers = {1: 0, 3: 0, 4: 0, 5: 0}
    shape: list[int] = []
    for field, value in _fields(entry):
        if field == 2 and isinstance(value, bytes):  # noqa: PLR2004 - the numbers of fields are in the docstring
            shape = [_size_of(dimension) for number, dimension in _fields(value) if number == 2]  # noqa: PLR2004
        elif field in numbers and isinstance(value, int):
            numbers[field] = value
    if numbers[1] != _FLOAT32 or numbers[3]:
        raise ValueError("the checkpoint has another form: its arrays are not float32 in one file")
    return _Place(tuple(shape), numbers[4], numbers[5])


def _size_of(dimension: int | bytes) -> int:
    """Read a dimension of a TensorShapeProto; protocol buffers leave out what is 0."""
    if isinstance(dimension, int):
        raise ValueError("the index is damaged")  # noqa: TRY004 - of a file, not of an argument
    return next((size for number, size in _fields(dimension) if number == 1 and isinstance(size, int)), 0)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the numbers and values of the fields of a protocol buffer."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        if tag & 7 == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        match tag & 7:
            case 1 | 5 as kind:
                length = 8 if kind == _FIXED64 else 4
            case 2:
                length, at = _varint(message, at)
            case _:
                raise ValueError("the index is damaged")
        if at + length > len(message):
            raise ValueError("the index is damaged")
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(buffer) and shift < _LONGEST_VARINT:
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value, at
        shift += 7
    raise ValueError("the index is damaged")
