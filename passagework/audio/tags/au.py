"""The annotation in the header of AU files: a text, in which FFmpeg writes lines of names and values."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from passagework.audio.tags.block import LONGEST_VALUE, BlockBuilder, TagBlock
from passagework.audio.tags.chunks import decode_text
from passagework.audio.tags.names import meaning_of

_HEADER_BYTES: Final = 24


def read_au(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the annotation. A line without a name is kept, and says nothing that is known."""
    header = file.read(_HEADER_BYTES)
    length = int.from_bytes(header[4:8]) - _HEADER_BYTES
    annotation = file.read(min(max(0, length), LONGEST_VALUE)).rstrip(b"\0")
    block = BlockBuilder("au")
    for line in decode_text(annotation).splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip():
            block.add(name.strip(), [value], meaning_of(name))
        else:
            block.add("annotation", [line])
    yield block.build()
