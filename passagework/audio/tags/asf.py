"""The attributes of ASF files (WMA)."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from mutagen.asf import ASF

from passagework.audio.tags.block import BlockBuilder, Field, TagBlock
from passagework.audio.tags.names import meaning_of

_ZERO_BASED_TRACK: Final = "WM/Track"
"""Deprecated by Microsoft in favour of WM/TrackNumber; counts from 0, so it is not read as a track number."""


def read_asf(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the attributes of an ASF file."""
    block = BlockBuilder("asf")
    for name, value in ASF(file).tags or ():
        if name == "WM/Picture":
            block.picture_count += 1
        elif not isinstance(value.value, bytes):
            block.add(name, [str(value)], _meaning_of(name))
    yield block.build()


def _meaning_of(name: str) -> tuple[Field, int] | None:
    if name == "Author":
        return Field.ARTIST, 0
    if name == _ZERO_BASED_TRACK:
        return None
    return meaning_of(name.removeprefix("WM/"))
