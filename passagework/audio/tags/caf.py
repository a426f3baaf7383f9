"""The text in the information chunk of CAF files (Apple Core Audio Format Specification 1.0)."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from passagework.audio.tags.block import MOST_VALUES, BeyondBoundsError, BlockBuilder, Field, TagBlock
from passagework.audio.tags.names import meaning_of

_MOST_CHUNKS: Final = 4_096
_LARGEST: Final = 1 << 20
"""Bytes of the chunk that are read: more characters than of any block are kept."""

_TOO_LONG: Final = 1 << 62
"""No file is so long. The audio may have the largest number as its length: it goes on to the end."""

_NAMES: Final = {"recorded date": (Field.DATE, 2)}
"""What CAF calls otherwise than all others."""


def read_caf(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the information chunk: texts that end in 0, names and values in turn."""
    file.seek(8)
    for _ in range(_MOST_CHUNKS):
        header = file.read(12)
        length = int.from_bytes(header[4:])
        if len(header) < 12 or length >= _TOO_LONG:  # noqa: PLR2004 - name and size
            return
        behind = file.tell() + length
        if header.startswith(b"info"):
            yield _block(file.read(min(length, _LARGEST))[4:])
            if length > _LARGEST:
                raise BeyondBoundsError(f"an information chunk of {length} bytes")
        file.seek(behind)


def _block(content: bytes) -> TagBlock:
    block = BlockBuilder("caf")
    texts = content.split(b"\0", 2 * MOST_VALUES)[: 2 * MOST_VALUES]
    for name, value in zip(texts[::2], texts[1::2], strict=False):
        key = name.decode("utf-8", "replace")
        block.add(key, [value.decode("utf-8", "replace")], _NAMES.get(key) or meaning_of(key))
    return block.build()
