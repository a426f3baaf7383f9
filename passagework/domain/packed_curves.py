"""Pack curves without losing a bit: what can be told from the values before is left out, the rest is Huffman-coded.

zlib looks for repetitions, of which measured curves have none, and codes values by how frequent they are, which tells
little where a curve wanders. So a curve is turned into small numbers around 0 first, and deflate is told to look for
nothing but runs of one value (``Z_RLE``), which is quicker, too. All is counted modulo 256, so any
values can be packed.
"""

from typing import Final

import numpy as np

from passagework.domain.deflating import deflate, inflate

PACKING: Final = 1
"""Stored beside what is packed. Whoever changes the format gives it another number, and goes on reading this one."""


def pack_levels(levels: bytes) -> bytes:
    """Pack a curve of unsigned bytes: of each the difference from the mean of the two before, rounded up."""
    values = np.frombuffer(levels, np.uint8).astype(np.int16)
    before = np.concatenate([np.zeros(2, np.int16), values])
    return deflate((values - ((before[1:-1] + before[:-2] + 1) >> 1)).astype(np.uint8).tobytes())


def unpack_levels(packed: bytes) -> bytes:
    """Return what :func:`pack_levels` was given."""
    levels = bytearray()
    last = last_but_one = 0
    for difference in inflate(packed):
        last, last_but_one = (difference + ((last + last_but_one + 1) >> 1)) & 255, last
        levels.append(last)
    return bytes(levels)


def pack_extrema(extrema: bytes) -> bytes:
    """Pack pairs of signed bytes: how the second ones change, then the sums of all pairs, which are nearly 0."""
    lows, highs = np.frombuffer(extrema, np.uint8).reshape(-1, 2).T
    return deflate(np.concatenate([np.diff(highs, prepend=np.uint8(0)), lows + highs]).tobytes())


def unpack_extrema(packed: bytes) -> bytes:
    """Return what :func:`pack_extrema` was given."""
    changes, sums = np.frombuffer(inflate(packed), np.uint8).reshape(2, -1)
    highs = np.cumsum(changes, dtype=np.uint8)
    return np.stack([sums - highs, highs], axis=1).tobytes()
