"""Vorbis comments, in Ogg streams and in FLAC."""

import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import BinaryIO, Final

import mutagen
from mutagen.flac import FLAC, CueSheet, MetadataBlock, VCFLACDict
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from passagework.audio.tags.block import BlockBuilder, TagBlock
from passagework.audio.tags.id3_places import behind_id3
from passagework.audio.tags.names import meaning_of
from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import valid_isrc
from passagework.domain.units import ticks_from_samples

_PICTURES: Final = frozenset({"METADATA_BLOCK_PICTURE", "COVERART"})
"""Comments that contain a picture in base64; the second is unofficial and older."""

_AUDIO: Final = 0
_LEAD_OUTS: Final = frozenset({170, 255})
"""The numbers of the track behind the last one, of a CD and otherwise."""

_LARGEST_METADATA: Final = 32 << 20
"""Bytes of the metadata of a FLAC file that are read if it does not begin with it."""


class _Flac(FLAC):
    """A FLAC file whose CUESHEET block is not parsed with the others: a broken one would cost all of them."""

    METADATA_BLOCKS = [None if kind is CueSheet else kind for kind in FLAC.METADATA_BLOCKS]  # noqa: RUF012 - mutagen's


def read_flac(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the comments and count the pictures of a FLAC file.

    A file may have one block of comments only; some programs leave an empty or an old one beside it.
    """
    flac = _Flac(_from_marker(file))  # type: ignore[no-untyped-call] # mutagen has no annotation for it
    picture_count = len(flac.pictures)
    sheets = (block for block in flac.metadata_blocks if block.code == CueSheet.code)
    given = next((_tracks(sheet, flac.info.sample_rate) for sheet in sheets), None)
    for block in flac.metadata_blocks:
        if isinstance(block, VCFLACDict):
            yield sort_comments(block, picture_count, given)
            picture_count, given = 0, None
    if picture_count or given is not None:
        yield sort_comments((), picture_count, given)


def _tracks(block: MetadataBlock, sample_rate: int) -> GivenCuts:
    """Return the tracks of a CUESHEET block (RFC 9639, 8.7), none if it is broken.

    It has places to the sample, and no titles.
    """
    pieces: list[GivenPiece] = []
    try:
        sheet = CueSheet(block.write())
    except (mutagen.MutagenError, struct.error):
        return GivenCuts(source=CutSource.EMBEDDED_SHEET, pieces=())
    for track in sheet.tracks:
        if track.type == _AUDIO and track.track_number not in _LEAD_OUTS:
            indexes = {index.index_number: index.index_offset for index in track.indexes}
            start = track.start_offset + indexes.get(1, 0)
            isrc = valid_isrc(track.isrc.decode("ascii", "replace"))
            pieces.append(GivenPiece(start=ticks_from_samples(start, sample_rate), track=track.track_number, isrc=isrc))
    return GivenCuts(source=CutSource.EMBEDDED_SHEET, pieces=tuple(pieces))


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


def sort_comments(comments: Iterable[tuple[str, str]], picture_count: int, given: GivenCuts | None = None) -> TagBlock:
    """Make a block of comments; some of them are pictures."""
    block = BlockBuilder("vorbis")
    block.given = given
    block.picture_count = picture_count
    for name, value in comments:
        if name.upper() in _PICTURES:
            block.picture_count += 1
        else:
            block.add(name, [value], meaning_of(name))
    return block.build()
