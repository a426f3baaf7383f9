"""Tags behind a stream of audio that others stand behind: Lyrics3, and an ID3v1 tag that is not the last one."""

import re
from collections.abc import Iterator
from io import BytesIO
from types import MappingProxyType
from typing import BinaryIO, Final

from passagework.audio.tags.block import LONGEST_TEXT, BlockBuilder, Field, TagBlock
from passagework.audio.tags.chunks import decode_text
from passagework.audio.tags.id3 import read_id3
from passagework.audio.tags.tail_places import TailKind, tags_before

_FIELD: Final = re.compile(rb"([A-Z]{3})(\d{5})")
_BEGIN: Final = len(b"LYRICSBEGIN")

_NAMES: Final = MappingProxyType(
    {"ETT": (Field.TITLE, 0), "EAR": (Field.ARTIST, 0), "EAL": (Field.ALBUM, 0), "AUT": (Field.COMPOSER, 0)}
)
"""Lyrics3 2.00 (id3.org/Lyrics3v2). The first three go on where those of ID3v1 end, at 30 letters."""


def read_tail(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the fields of Lyrics3, and the ID3v1 tags that do not stand at the end, where all look for them."""
    size = file.seek(0, 2)

    def read(at: int, count: int) -> bytes:
        file.seek(at)
        return file.read(count)

    for tag in tags_before(read, 0, size):
        content = read(tag.begin, min(tag.end - tag.begin, LONGEST_TEXT))
        if tag.kind is TailKind.LYRICS:
            yield _lyrics(content)
        elif tag.kind is TailKind.ID3V1 and tag.end < size:
            yield from read_id3(BytesIO(content))


def _lyrics(content: bytes) -> TagBlock:
    block = BlockBuilder("lyrics3")
    at = _BEGIN
    while found := _FIELD.match(content, at):
        name, end = found[1].decode("ascii"), found.end() + int(found[2])
        if name != "IND":
            block.add(name, [decode_text(content[found.end() : end])], _NAMES.get(name))
        at = end
    return block.build()
