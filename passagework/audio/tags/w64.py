"""Tags in the chunks of W64 files, which have GUIDs for names and lengths of 64 bits (Sony Wave64)."""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

from passagework.audio.tags.block import BeyondBoundsError, BlockBuilder, TagBlock
from passagework.audio.tags.chunks import add_info, add_info_text
from passagework.audio.tags.id3 import read_id3

_MOST_CHUNKS: Final = 4_096
_LARGEST: Final = 64 << 20
_HEADER_BYTES: Final = 24
_TOO_LONG: Final = 1 << 62

_OF_RIFF: Final = (bytes.fromhex("2f91cf11a5d628db04c10000"), bytes.fromhex("f3acd3118cd100c04f8edb8a"))
"""How the GUIDs go on that begin with the four letters of a chunk of RIFF."""

_SUMMARY: Final = bytes.fromhex("925f94bc525ad21186dc00c04f8edb8a")
"""A list like INFO of RIFF, with texts in UTF-16."""


def read_w64(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the ID3 chunk, the INFO list, and the list of summaries."""
    info = BlockBuilder("riff")
    beyond = None
    file.seek(40)
    for _ in range(_MOST_CHUNKS):
        header = file.read(_HEADER_BYTES)
        length = int.from_bytes(header[16:], "little")
        if len(header) < _HEADER_BYTES or not _HEADER_BYTES <= length < _TOO_LONG:
            break
        behind = file.tell() - _HEADER_BYTES + length + -length % 8
        name = header[:4].lower() if header[4:16] in _OF_RIFF else b""
        if name in {b"id3 ", b"list"} or header[:16] == _SUMMARY:
            content = file.read(min(length - _HEADER_BYTES, _LARGEST))
            if length > _LARGEST:
                beyond = BeyondBoundsError(f"a chunk of {length} bytes")
            elif name == b"id3 ":
                yield from read_id3(BytesIO(content))
            elif name == b"list":
                # The form type may be a GUID, too.
                if content[:4].upper() == b"INFO":
                    add_info(info, content[16 if content[4:16] in _OF_RIFF else 4 :], "<")
            else:
                _add_summary(info, content)
        file.seek(behind)
    yield info.build()
    if beyond is not None:
        raise beyond


def _add_summary(info: BlockBuilder, content: bytes) -> None:
    """Add texts that stand behind a name of four letters and a length."""
    at = 4
    for _ in range(min(int.from_bytes(content[:4], "little"), _MOST_CHUNKS)):
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        text = content[at + 8 : at + 8 + length].decode("utf-16-le", "replace")
        add_info_text(info, name.decode("latin-1"), text)
        at += 8 + length
