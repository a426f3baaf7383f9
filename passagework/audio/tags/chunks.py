"""Tags in the chunks of RIFF (WAV, RF64), AIFF and DSDIFF files: embedded ID3 and the native text chunks."""

import struct
from collections.abc import Iterator
from io import BytesIO
from types import MappingProxyType
from typing import BinaryIO, Final

from passagework.audio.tags.block import BeyondBoundsError, BlockBuilder, Field, TagBlock
from passagework.audio.tags.cue_points import CuePoints
from passagework.audio.tags.id3 import read_id3

_MOST_CHUNKS: Final = 4_096
_LARGEST_CHUNK: Final = 64 << 20
"""Bytes; an ID3 tag may contain pictures, but not without limit."""

_INFO: Final = MappingProxyType(
    {
        "INAM": (Field.TITLE, 0),
        "IART": (Field.ARTIST, 0),
        "IPRD": (Field.ALBUM, 0),
        "IMUS": (Field.COMPOSER, 0),
        "IGNR": (Field.GENRE, 0),
        "ICRD": (Field.DATE, 0),
        "ITRK": (Field.TRACK, 0),
        "IPRT": (Field.TRACK, 1),
    }
)
"""RIFF INFO (Microsoft, Multimedia Programming Interface 1.0). Its ISRC is the "source", not the recording code."""

_AIFF: Final = MappingProxyType({"NAME": (Field.TITLE, 0), "AUTH": (Field.ARTIST, 0)})


def read_riff(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the ID3 chunk, the INFO list and the cue points of a WAV or RF64 file."""
    info = BlockBuilder("riff")
    points = CuePoints()
    magic = file.read(12)[:4]
    order = ">" if magic == b"RIFX" else "<"
    beyond = None
    try:
        for name, data in _chunks(file, order, (b"id3 ", b"ID3 ", b"LIST", b"fmt ", b"cue ")):
            if name in {b"id3 ", b"ID3 "}:
                yield from read_id3(BytesIO(data))
            elif name != b"LIST":
                points.take_riff(name, data, order)
            elif data[:4] == b"INFO":
                add_info(info, data[4:], order)
            elif data[:4] == b"adtl":
                for key, said in _chunks(BytesIO(data[4:]), order):
                    points.take_riff(key, said, order)
    except BeyondBoundsError as error:
        beyond = error
    info.given = points.cuts()
    yield info.build()
    if beyond is not None:
        raise beyond


def add_info(info: BlockBuilder, content: bytes, order: str) -> None:
    """Add the texts of an INFO list."""
    for key, text in _chunks(BytesIO(content), order):
        add_info_text(info, key.decode("latin-1"), decode_text(text))


def add_info_text(info: BlockBuilder, name: str, text: str) -> None:
    """Add a text that has a name of INFO lists."""
    info.add(name, [text], _INFO.get(name))


def read_aiff(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the ID3 chunk, the text chunks and the markers of an AIFF file."""
    texts = BlockBuilder("aiff")
    points = CuePoints()
    file.seek(12)
    beyond = None
    try:
        for name, data in _chunks(file, ">", (b"ID3 ", b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMM", b"MARK")):
            if name == b"ID3 ":
                yield from read_id3(BytesIO(data))
            elif name in {b"COMM", b"MARK"}:
                points.take_aiff(name, data)
            else:
                texts.add(name.decode("latin-1"), [decode_text(data)], _AIFF.get(name.decode("latin-1")))
    except BeyondBoundsError as error:
        beyond = error
    texts.given = points.cuts()
    yield texts.build()
    if beyond is not None:
        raise beyond


def read_dsdiff(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the ID3v2 tag in a chunk of a DSDIFF file, whose sizes have 64 bits."""
    file.seek(16)
    for _, data in _chunks(file, ">", (b"ID3 ",), size_as="Q"):
        yield from read_id3(BytesIO(data))


def _chunks(
    file: BinaryIO, order: str, wanted: tuple[bytes, ...] | None = None, *, size_as: str = "L"
) -> Iterator[tuple[bytes, bytes]]:
    """Walk over chunks from the current position; yield name and content of the wanted ones (None: of all)."""
    size_of_data = None
    layout = struct.Struct(f"{order}4s{size_as}")
    for _ in range(_MOST_CHUNKS):
        header = file.read(layout.size)
        if len(header) < layout.size or header.startswith(bytes(4)):
            return
        name, size = layout.unpack(header)
        if name == b"data" and size_of_data is not None:
            size = size_of_data
        behind = file.tell() + size + size % 2
        if name == b"ds64":  # the sizes of RF64 and the data chunk, EBU Tech 3306
            size_of_data = int.from_bytes(file.read(16)[8:], "little")
        elif (wanted is None or name in wanted) and size <= _LARGEST_CHUNK:
            yield name, file.read(size)
        file.seek(behind)
    if file.read(1):
        raise BeyondBoundsError(f"more than {_MOST_CHUNKS} chunks")


def decode_text(text: bytes) -> str:
    """Decode a text without declared encoding: UTF-8 if valid, otherwise Latin-1."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
