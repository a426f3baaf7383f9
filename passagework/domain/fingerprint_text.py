"""The text form of a fingerprint: compressed, in URL-safe base64."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ALGORITHM: Final = 1
"""TEST2, the only algorithm that AcoustID's database knows."""

_NORMAL_BITS: Final = 3
_EXCEPTION_BITS: Final = 5
_ESCAPE: Final = (1 << _NORMAL_BITS) - 1
_HEADER_BYTES: Final = 4
_ITEM_BITS: Final = 32


_TELLING: Final = 30
"""Distinct items. AcoustID's database takes no fingerprint that has fewer: it would fit all others of the kind."""


def are_telling(items: NDArray[np.uint32]) -> bool:
    """Tell whether items tell one sound from another: enough of them are distinct, of few items a third.

    Of music two thirds or more are; silence, noise below the last bit, a tone and a chord that lasts have one.
    """
    return np.unique(items).size >= min(_TELLING, -(-items.size // 3))


@lru_cache(maxsize=1_024)
def is_telling(text: str) -> bool:
    """Tell it of the text form of a fingerprint. A text that is none is for the service to judge."""
    try:
        return are_telling(decode(text))
    except ValueError:
        return True


def encode(items: NDArray[np.uint32]) -> str:
    """Compress items, shape (count,), to the text that AcoustID expects and ``fpcalc`` prints.

    One byte of algorithm and three of count are followed by the changes from item to item: the distances between
    the bits that change, from the lowest up, terminated by 0 for each item. A distance takes three bits; from 7 on
    these hold 7, and the excess is in the list of five-bit exceptions after all the normal values. Both lists fill
    bytes from the lowest bit up; base64 is without padding.
    """
    header = (_ALGORITHM << 24 | len(items)).to_bytes(4, "big")
    normal, exceptions = _distances(items)
    packed = _pack(normal, _NORMAL_BITS) + _pack(exceptions, _EXCEPTION_BITS)
    return urlsafe_b64encode(header + packed).rstrip(b"=").decode("ascii")


def decode(text: str) -> NDArray[np.uint32]:
    """Return the items that :func:`encode` made this text of. Raises ValueError for any other text."""
    data = np.frombuffer(urlsafe_b64decode(text + "=" * (-len(text) % 4)), np.uint8)
    count = int.from_bytes(data[1:_HEADER_BYTES].tobytes(), "big")
    ends = np.flatnonzero((normal := _unpack(data[_HEADER_BYTES:], _NORMAL_BITS)) == 0)[:count]
    normal = normal[: ends[-1] + 1] if ends.size else normal[:0]
    distances = normal.astype(np.int64)
    escaped = np.flatnonzero(normal == _ESCAPE)
    excess = _unpack(data[_HEADER_BYTES - (-len(normal) * _NORMAL_BITS // 8) :], _EXCEPTION_BITS)[: len(escaped)]
    if len(ends) < count or len(excess) < len(escaped):
        raise ValueError("the fingerprint is shorter than it says")
    distances[escaped] += excess
    reached, item = np.cumsum(distances), np.repeat(np.arange(count), np.diff(ends, prepend=-1))
    bit = reached - np.concatenate([[0], reached[ends[:-1]]])[item] - 1
    is_bit = normal > 0
    if (bit[is_bit] >= _ITEM_BITS).any():
        raise ValueError("the fingerprint changes a bit that no item has")
    changes = np.zeros((count, _ITEM_BITS), np.uint8)
    changes[item[is_bit], bit[is_bit]] = 1
    items = np.bitwise_xor.accumulate(np.packbits(changes, axis=1, bitorder="little").view("<u4").reshape(-1))
    if encode(items) != text:
        raise ValueError("not the text form of a fingerprint")
    return items


def _distances(items: NDArray[np.uint32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the normal values, with the closing zero of each item, and the exceptions."""
    changes = items.copy()
    changes[1:] ^= items[:-1]
    bits = np.unpackbits(changes.astype("<u4").view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    item, bit = np.nonzero(bits)
    first_of_item = np.ones(len(item), np.bool_)
    first_of_item[1:] = item[1:] != item[:-1]
    distances = np.diff(bit, prepend=0)
    distances[first_of_item] = bit[first_of_item] + 1

    normal = np.zeros(len(distances) + len(items), np.uint8)
    # Each item before a distance contributes one terminating zero.
    normal[np.arange(len(distances)) + item] = np.minimum(distances, _ESCAPE)
    return normal, (distances[distances >= _ESCAPE] - _ESCAPE).astype(np.uint8)


def _pack(values: NDArray[np.uint8], width: int) -> bytes:
    """Pack the lowest ``width`` bits of the values into bytes, from the lowest bit up."""
    bits = np.unpackbits(values[:, np.newaxis], axis=1, count=width, bitorder="little")
    return np.packbits(bits, bitorder="little").tobytes()


def _unpack(packed: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Return all values of ``width`` bits that the bytes may hold."""
    bits = np.unpackbits(packed, bitorder="little")
    return np.packbits(bits[: bits.size // width * width].reshape(-1, width), axis=1, bitorder="little").reshape(-1)
