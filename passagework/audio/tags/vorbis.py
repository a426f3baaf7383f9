"""Vorbis comments, in Ogg streams and in FLAC."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

import mutagen
from mutagen.flac import FLAC
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from passagework.audio.tags.block import BlockBuilder, TagBlock
from passagework.audio.tags.names import meaning_of

_PICTURES: Final = frozenset({"METADATA_BLOCK_PICTURE", "COVERART"})
"""Comments that contain a picture in base64; the second is unofficial and older."""


def read_flac(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the comments and count the pictures of a FLAC file."""
    flac = FLAC(file)
    yield _sort_comments(flac.tags if isinstance(flac.tags, list) else (), len(flac.pictures))


def read_ogg(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the comments of the first audio stream with a supported codec in an Ogg file."""
    ogg = mutagen.File(file, options=[OggVorbis, OggOpus, OggSpeex, OggFLAC])
    if ogg is not None and ogg.tags is not None:
        yield _sort_comments(ogg.tags, 0)


def _sort_comments(comments: Iterable[tuple[str, str]], picture_count: int) -> TagBlock:
    block = BlockBuilder("vorbis")
    block.picture_count = picture_count
    for name, value in comments:
        if name.upper() in _PICTURES:
            block.picture_count += 1
        else:
            block.add(name, [value], meaning_of(name))
    return block.build()
