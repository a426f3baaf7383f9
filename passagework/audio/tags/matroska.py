"""The tags of Matroska files (RFC 9559, and the Matroska tags of draft-ietf-cellar-tags)."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from passagework.audio.tags.block import BlockBuilder, Field, TagBlock
from passagework.audio.tags.ebml import content, elements, texts
from passagework.audio.tags.matroska_chapters import CHAPTERS, chapters_of
from passagework.audio.tags.names import meaning_of

_SEGMENT: Final = 0x18538067
_INFO: Final = 0x1549A966
_TITLE: Final = 0x7BA9
_ATTACHMENTS: Final = 0x1941A469
_ATTACHED_FILE: Final = 0x61A7
_MEDIA_TYPE: Final = 0x4660
_TAGS: Final = 0x1254C367
_TAG: Final = 0x7373
_TARGETS: Final = 0x63C0
_TARGET_LEVEL: Final = 0x68CA
_TARGET_PARTS: Final = frozenset({0x63C4, 0x63C6, 0x63C9})
"""A chapter, an attached file, an edition."""

_SIMPLE_TAG: Final = 0x67C8
_TAG_NAME: Final = 0x45A3
_TAG_STRING: Final = 0x4487

_ALBUM: Final = 50
_SONG: Final = 30

_NAMES: Final = {
    "PARTNUMBER": (Field.TRACK, 2),
    "TOTALPARTS": (Field.TRACK_TOTAL, 2),
    "DATERELEASED": (Field.DATE, 2),
    "DATERECORDED": (Field.DATE, 3),
}
"""What Matroska calls otherwise than all others, behind the names of the others."""

_OF_THE_ALBUM: Final = {Field.TITLE: Field.ALBUM, Field.ARTIST: Field.ALBUM_ARTIST}
"""What a name says of the album where the same file has tags of the song, too."""


def read_matroska(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the title of the segment, its tags and its chapters, and count the pictures that are attached."""
    block = BlockBuilder("matroska")
    tags: list[tuple[int, int, int]] = []
    for element, inside, after in _in_segments(file):
        if element == _INFO:
            block.add("TITLE", texts(file, _TITLE, inside, after), (Field.TITLE, 1))
        elif element == _ATTACHMENTS:
            block.picture_count += _count_pictures(file, inside, after)
        elif element == _TAGS:
            tags += _tags(file, inside, after)
        elif element == CHAPTERS and block.given is None:
            block.given = chapters_of(file, inside, after)
    has_song = any(level == _SONG for level, _, _ in tags)
    for level, first, behind in tags:
        for element, inside, after in elements(file, first, behind):
            if element == _SIMPLE_TAG and (name := next(texts(file, _TAG_NAME, inside, after), None)):
                meaning = _meaning_of(name, of_album=has_song and level >= _ALBUM)
                block.add(name, texts(file, _TAG_STRING, inside, after), meaning)
    yield block.build()


def _in_segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    for segment, first, behind in elements(file, 0, file.seek(0, 2)):
        if segment == _SEGMENT:
            yield from elements(file, first, behind)


def _meaning_of(name: str, *, of_album: bool) -> tuple[Field, int] | None:
    meaning = _NAMES.get(name.upper().replace("_", "")) or meaning_of(name)
    if meaning is None or not of_album:
        return meaning
    field, rank = meaning
    return _OF_THE_ALBUM.get(field, field), rank


def _tags(file: BinaryIO, first: int, behind: int) -> Iterator[tuple[int, int, int]]:
    """Yield the level of each tag, and where it begins and ends; not those of chapters and of attached files."""
    for tag, inside, after in elements(file, first, behind):
        if tag != _TAG:
            continue
        level = _ALBUM
        of_a_part = False
        for targets, at, end in elements(file, inside, after):
            for target, number_at, number_end in elements(file, at, end) if targets == _TARGETS else ():
                number = int.from_bytes(content(file, number_at, number_end))
                if target == _TARGET_LEVEL:
                    level = number
                elif target in _TARGET_PARTS and number:
                    of_a_part = True
        if not of_a_part:
            yield level, inside, after


def _count_pictures(file: BinaryIO, first: int, behind: int) -> int:
    return sum(
        any(kind.startswith("image/") for kind in texts(file, _MEDIA_TYPE, inside, after))
        for element, inside, after in elements(file, first, behind)
        if element == _ATTACHED_FILE
    )
