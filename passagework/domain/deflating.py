"""The code in which values are packed: deflate (RFC 1951) without a header, at its quickest."""

import zlib
from typing import Final

_RAW: Final = -zlib.MAX_WBITS
"""No header and no checksum."""


def deflate(values: bytes) -> bytes:
    """Code values by how frequent they are, and runs of one value by their length."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return packer.compress(values) + packer.flush()


def inflate(packed: bytes) -> bytes:
    """Return the values. Raises ValueError if there are none."""
    try:
        return zlib.decompress(packed, _RAW)
    except zlib.error as error:
        raise ValueError(str(error)) from error
