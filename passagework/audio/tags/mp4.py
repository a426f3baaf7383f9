"""The item list (iTunes metadata) of MP4 files."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import BinaryIO, Final

from mutagen.mp4 import MP4, AtomDataType, MP4FreeForm

from passagework.audio.tags.block import BlockBuilder, Field, TagBlock
from passagework.audio.tags.names import BEHIND_FIXED_NAMES, meaning_of

_ATOMS: Final = MappingProxyType(
    {
        "\xa9nam": (Field.TITLE, 0),
        "\xa9ART": (Field.ARTIST, 0),
        "\xa9alb": (Field.ALBUM, 0),
        "aART": (Field.ALBUM_ARTIST, 0),
        "\xa9wrt": (Field.COMPOSER, 0),
        "\xa9gen": (Field.GENRE, 0),
        "\xa9day": (Field.DATE, 0),
        "trkn": (Field.TRACK, 0),
        "disk": (Field.DISC, 0),
        "cpil": (Field.COMPILATION, 0),
    }
)

_ENCODINGS: Final = MappingProxyType(
    {AtomDataType.IMPLICIT: "utf-8", AtomDataType.UTF8: "utf-8", AtomDataType.UTF16: "utf-16-be"}
)


def read_mp4(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the items of an MP4 file; "----:mean:name" items are identified by their name."""
    block = BlockBuilder("mp4")
    for key, value in MP4(file).items():
        if key == "covr":
            block.picture_count += len(value)
        elif key.startswith("----:"):
            block.add(key, _freeform_texts(value), meaning_of(key.rpartition(":")[2], BEHIND_FIXED_NAMES))
        else:
            block.add(key, map(_text, value if isinstance(value, list) else [value]), _ATOMS.get(key))
    yield block.build()


def _freeform_texts(values: list[MP4FreeForm]) -> Iterator[str]:
    for value in values:
        encoding = _ENCODINGS.get(value.dataformat)
        if encoding is not None:
            yield bytes(value).decode(encoding, "replace")


def _text(value: object) -> str:
    """Format an item like other formats: "3/12", "1"."""
    match value:
        case (number, total):
            return f"{number}/{total}" if total else str(number)
        case True | False:
            return str(int(value))
        case _:
            return str(value)
