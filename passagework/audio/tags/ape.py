"""APEv2, at the end of Monkey's Audio, WavPack, Musepack and other files, also of MP3."""

from collections.abc import Iterator
from typing import BinaryIO

from mutagen.apev2 import APEBinaryValue, APENoHeaderError, APEv2

from passagework.audio.tags.block import BlockBuilder, TagBlock
from passagework.audio.tags.names import meaning_of


def read_ape(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the APEv2 tag of a file."""
    try:
        tag = APEv2(file)
    except APENoHeaderError:
        return
    block = BlockBuilder("ape")
    for name, value in tag.items():
        if not isinstance(value, APEBinaryValue):
            block.add(name, [str(value)], meaning_of(name))
        elif name.lower().startswith("cover art"):
            block.picture_count += 1
    yield block.build()
