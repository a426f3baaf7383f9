"""Vorbis comments, in Ogg streams and in FLAC."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import BinaryIO, Final

import mutagen
from mutagen.flac import FLAC, VCFLACDict
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from passagework.audio.tags.block import BlockBuilder, TagBlock
from passagework.audio.tags.id3_places import behind_id3
from passagework.audio.tags.names import meaning_of

_PICTURES: Final = frozenset({"METADATA_BLOCK_PICTURE", "COVERART"})
"""Comments that contain a picture in base64; the second is unofficial and older."""

_LARGEST_METADATA: Final = 32 << 20
"""Bytes of the metadata of a FLAC file that are read if it does not begin with it."""


def read_flac(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the comments and count the pictures of a FLAC file.

    A file may have one block of comments only; some programs leave an empty or an old one beside it.
    """
    flac = FLAC(_from_marker(file))
    picture_count = len(flac.pictures)
    for block in flac.metadata_blocks:
        if isinstance(block, VCFLACDict):
            yield sort_comments(block, picture_count)
            picture_count = 0
    if picture_count:
        yield sort_comments((), picture_count)


def _from_marker(file: BinaryIO) -> BinaryIO:
    """Return the file; if several ID3v2 tags stand before its metadata, which mutagen does not skip, without them."""
    tags = list(behind_id3(file))
    file.seek(0)
    if len(tags) < 2:  # noqa: PLR2004 - mutagen skips one
        return file
    file.seek(tags[-1])
    return BytesIO(file.read(_LARGEST_METADATA))


def read_ogg(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the comments of the first audio stream with a supported codec in an Ogg file."""
    ogg = mutagen.File(file, options=[OggVorbis, OggOpus, OggSpeex, OggFLAC])
    if ogg is not None and ogg.tags is not None:
        yield sort_comments(ogg.tags, 0)


def sort_comments(comments: Iterable[tuple[str, str]], picture_count: int) -> TagBlock:
    """Make a block of comments; some of them are pictures."""
    block = BlockBuilder("vorbis")
    block.picture_count = picture_count
    for name, value in comments:
        if name.upper() in _PICTURES:
            block.picture_count += 1
        else:
            block.add(name, [value], meaning_of(name))
    return block.build()
