"""Pack fingerprints in two thirds of the room that their text takes, without losing a bit.

Each of the sixteen classifiers of a fingerprint has a value of two bits in each item, which stays the same most of the
time. Where the text has the items one after the other, what is packed has the classifiers: the changes of four items in
a byte, coded by how frequent they are.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.deflating import deflate, inflate
from passagework.domain.fingerprint_text import decode, encode
from passagework.domain.packed_curves import PACKING

_COUNT_BYTES: Final = 3
_CLASSIFIERS: Final = np.arange(0, 32, 2, dtype=np.uint32)
"""The first of the two bits of each."""

_IN_A_BYTE: Final = np.array([6, 4, 2, 0], np.uint8)


def pack_fingerprint(text: str) -> bytes | None:
    """Pack the text form of a fingerprint; None if it is no such text."""
    try:
        items = decode(text)
    except ValueError:
        return None
    changes = items.copy()
    changes[1:] ^= items[:-1]
    values = (changes[:, np.newaxis] >> _CLASSIFIERS & 3).astype(np.uint8).T
    fours = np.pad(values, ((0, 0), (0, -items.size % 4))).reshape(-1, 4)
    header = bytes([PACKING]) + int(items.size).to_bytes(_COUNT_BYTES, "big")
    return header + deflate(np.bitwise_or.reduce(fours << _IN_A_BYTE, axis=1).tobytes())


def unpack_fingerprint(packed: bytes) -> str:
    """Return the text form. Raises ValueError if it is packed in another way."""
    count, fours = changes_of(packed)
    values = (fours[:, np.newaxis] >> _IN_A_BYTE & 3).reshape(_CLASSIFIERS.size, -1)[:, :count].astype(np.uint32)
    changes = np.bitwise_or.reduce(values.T << _CLASSIFIERS, axis=1)
    return encode(np.bitwise_xor.accumulate(changes))


def changes_of(packed: bytes) -> tuple[int, NDArray[np.uint8]]:
    """Return the number of items, and the changes of all classifiers, four items in a byte; raises ValueError."""
    if packed[:1] != bytes([PACKING]):
        raise ValueError("the fingerprint is packed by a newer version")
    count = int.from_bytes(packed[1 : 1 + _COUNT_BYTES], "big")
    fours = np.frombuffer(inflate(packed[1 + _COUNT_BYTES :]), np.uint8)
    if fours.size != _CLASSIFIERS.size * -(-count // _IN_A_BYTE.size):
        raise ValueError("the fingerprint is shorter or longer than it says")
    return count, fours
