"""Write checkpoints as TensorFlow does, small enough to be read by eye."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")


def checkpoint_of(arrays: Mapping[str, NDArray[np.float32]], keys_in_block: int = 5) -> tuple[bytes, bytes]:
    """Return the contents of the index and of the data file."""
    entries: list[tuple[bytes, bytes]] = [(b"", _field(1, 1))]
    data = b""
    for name, array in sorted(arrays.items()):
        dimensions = b"".join(_text(2, _field(1, size)) for size in array.shape)
        entry = _field(1, 1) + _text(2, dimensions) + _field(4, len(data)) + _field(5, array.nbytes)
        entries.append((name.encode(), entry + _varint(6 << 3 | 5) + bytes(4)))
        data += array.astype("<f4").tobytes()
    return table_of(entries, keys_in_block), data


def table_of(entries: list[tuple[bytes, bytes]], keys_in_block: int = 5) -> bytes:
    """Return a table with these sorted keys and values."""
    table, blocks = b"", []
    for first in range(0, len(entries), keys_in_block):
        group = entries[first : first + keys_in_block]
        block = _block(group)
        blocks.append((group[-1][0], _varint(len(table)) + _varint(len(block))))
        table += block + bytes(5)
    index = _block(blocks)
    footer = _varint(0) + _varint(0) + _varint(len(table)) + _varint(len(index))
    return table + index + bytes(5) + footer.ljust(40, b"\0") + _MAGIC


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Write every key without the prefix that it shares with the one before; only the first is written out."""
    block, before = b"", b""
    for key, value in entries:
        shared = next((n for n in range(min(len(key), len(before))) if key[n] != before[n]), min(len(key), len(before)))
        block += _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value
        before = key
    return block + bytes(4) + (1).to_bytes(4, "little")


def _field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _text(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = b""
    while value > 0x7F:
        found, value = found + bytes([value & 0x7F | 0x80]), value >> 7
    return found + bytes([value])
