"""Hide tags with very many entries from FFmpeg, which compares each entry with all before it.

It takes hours for a million of them, inside one call that nothing can interrupt. Tags are read elsewhere
(:mod:`passagework.audio.tags`); FFmpeg needs none of them to decode, but for the length of AAC in MP4. So only those
are hidden that are beyond all use: their place looks to FFmpeg like one that is not used.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import BinaryIO, Final, Literal

from passagework.audio.decoding.extent import Patch
from passagework.audio.measure.hashing import Cover
from passagework.audio.tags.tail_places import Read

_MOST_ENTRIES: Final = 1_000
_MOST_BYTES: Final = 8 * 1024
"""What FFmpeg may see of the tags in one place. 10,000 entries would take a second."""

_MOST_CHUNKS: Final = 4_096


def cover_tags(file: BinaryIO, container: str, start: int, size: int) -> Cover:
    """Return what to hide of a file whose audio begins at ``start``, behind tags that are hidden too."""

    def read(at: int, count: int) -> bytes:
        if at >= size:
            return b""
        file.seek(at)
        return file.read(count)

    patches = _PATCHES.get(container)
    end = _begin_of_large_ape_tag(read, size) if container in _APE_CONTAINERS else None
    return Cover(start, end, () if patches is None else tuple(patches(read, start, size)))


_PADDING, _COMMENTS, _TRACKS = 1, 4, 5
"""Kinds of metadata blocks of FLAC files."""


def _patches_of_flac(read: Read, start: int, size: int) -> Iterator[Patch]:
    """Show large comments, and all but the first, as padding (RFC 9639, section 8).

    A sheet of tracks, too: FFmpeg refuses a file with one that is not as it should be.
    """
    at, comments = start + 4, 0
    while at < size:
        header = read(at, 4)
        kind, length = header[0] & 0x7F, int.from_bytes(header[1:])
        comments += kind == _COMMENTS
        is_beyond_use = kind == _COMMENTS and (comments > 1 or _vorbis_entries(read, at + 4) > _MOST_ENTRIES)
        if is_beyond_use or kind == _TRACKS:
            yield at, bytes([header[0] & 0x80 | _PADDING])
        if header[0] & 0x80 or len(header) < 4:  # noqa: PLR2004 - the last block, or the end of the file
            return
        at += 4 + length


def _vorbis_entries(read: Read, at: int) -> int:
    """Return the number of comments that a block declares, behind the name of its encoder."""
    vendor = int.from_bytes(read(at, 4), "little")
    return int.from_bytes(read(at + 4 + vendor, 4), "little")


def _patches_of_riff(read: Read, start: int, size: int) -> Iterator[Patch]:
    names = (b"id3 ", b"ID3 ", b"LIST")
    yield from _large_chunks(read, start + 12, size, "big" if read(start, 4) == b"RIFX" else "little", names)


def _patches_of_aiff(read: Read, start: int, size: int) -> Iterator[Patch]:
    yield from _large_chunks(read, start + 12, size, "big", (b"ID3 ",))


def _patches_of_dsdiff(read: Read, start: int, size: int) -> Iterator[Patch]:
    yield from _large_chunks(read, start + 16, size, "big", (b"ID3 ",), size_bytes=8)


def _patches_of_caf(read: Read, start: int, size: int) -> Iterator[Patch]:
    yield from _large_chunks(read, start + 8, size, "big", (b"info",), size_bytes=8, padded=False)


_W64_SUMMARY: Final = bytes.fromhex("925f94bc525ad21186dc00c04f8edb8a")


def _patches_of_w64(read: Read, start: int, size: int) -> Iterator[Patch]:
    """Give a large list of summaries a GUID that means nothing."""
    at = start + 40
    for _ in range(_MOST_CHUNKS):
        header = read(at, 24)
        length = int.from_bytes(header[16:], "little")
        if at >= size or length < 24:  # noqa: PLR2004 - the header is counted
            return
        if header.startswith(_W64_SUMMARY) and length > _MOST_BYTES:
            yield at, bytes(16)
        at += length + -length % 8


def _large_chunks(
    read: Read,
    at: int,
    size: int,
    order: Literal["big", "little"],
    names: tuple[bytes, ...],
    *,
    size_bytes: int = 4,
    padded: bool = True,
) -> Iterator[Patch]:
    """Give large chunks of these names one that means nothing."""
    for _ in range(_MOST_CHUNKS):
        header = read(at, 4 + size_bytes)
        if at >= size or len(header) < 4 + size_bytes:
            return
        length = int.from_bytes(header[4:], order)
        if header[:4] in names and length > _MOST_BYTES:
            yield at, b"JUNK"
        at += 4 + size_bytes + length + (length % 2 if padded else 0)


def _patches_of_dsf(read: Read, start: int, size: int) -> Iterator[Patch]:
    """Hide where a large ID3 tag begins."""
    at = int.from_bytes(read(start + 20, 8), "little")
    if at and size - at > _MOST_BYTES:
        yield start + 20, bytes(8)


_MP4_BOXES: Final = {b"moov": 0, b"trak": 0, b"udta": 0, b"meta": 4, b"ilst": 0}
"""The boxes around tags (ISO/IEC 14496-12), and the bytes before the first box in them."""


def _patches_of_mp4(read: Read, start: int, size: int) -> Iterator[Patch]:
    yield from _patches_of_boxes(read, start, size, depth=0)


def _patches_of_boxes(read: Read, at: int, end: int, depth: int) -> Iterator[Patch]:
    """Rename boxes of tags with too many boxes in them to free space."""
    for place, name, first, behind in _boxes(read, at, end, _MOST_CHUNKS):
        if name not in _MP4_BOXES or depth > len(_MP4_BOXES):
            continue
        inside = first + _MP4_BOXES[name]
        entries = sum(1 for _ in _boxes(read, inside, behind, _MOST_ENTRIES + 1))
        if entries > _MOST_ENTRIES and name not in {b"moov", b"trak"}:
            yield place + 4, b"free"
        else:
            yield from _patches_of_boxes(read, inside, behind, depth + 1)


def _boxes(read: Read, at: int, end: int, most: int) -> Iterator[tuple[int, bytes, int, int]]:
    """Yield place, name, begin of the content and end of each box."""
    for _ in range(most):
        header = read(at, 16)
        if at >= end or len(header) < 8:  # noqa: PLR2004 - size and name
            return
        length, first = int.from_bytes(header[:4]), at + 8
        if length == 1:
            length, first = int.from_bytes(header[8:]), at + 16
        behind = end if length == 0 else at + length
        if behind < first:
            return
        yield at, header[4:8], first, min(behind, end)
        at = behind


_ASF_EXTENSION: Final = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
_ASF_ATTRIBUTES: Final = frozenset(
    map(
        bytes.fromhex,
        (
            "40a4d0d207e3d21197f000a0c95ea850",
            "eacbf8c5af5b77488467aa8c44fa4cca",
            "941c23449894d149a1411d134e457054",
        ),
    )
)
"""The Extended Content Description, Metadata and Metadata Library objects (ASF specification, chapter 10)."""

_ASF_OBJECT_BYTES: Final = 24


def _patches_of_asf(read: Read, start: int, size: int) -> Iterator[Patch]:
    """Give objects of attributes an identifier that means nothing, from the one on that is too much."""
    entries = 0
    ends = [min(size, start + int.from_bytes(read(start + 16, 8), "little"))]
    at = start + 30
    for _ in range(_MOST_CHUNKS):
        header = read(at, _ASF_OBJECT_BYTES + 2)
        length = int.from_bytes(header[16:_ASF_OBJECT_BYTES], "little")
        if at >= ends[0] or length < _ASF_OBJECT_BYTES:
            return
        if header[:16] in _ASF_ATTRIBUTES:
            entries += int.from_bytes(header[_ASF_OBJECT_BYTES:], "little")
            if entries > _MOST_ENTRIES:
                yield at, bytes(16)
        at += _ASF_OBJECT_BYTES + 22 if header[:16] == _ASF_EXTENSION else length


_EBML_SEGMENT: Final = b"\x18\x53\x80\x67"
_EBML_TAGS: Final = b"\x12\x54\xc3\x67"
_EBML_VOID: Final = b"\xec"


def _patches_of_matroska(read: Read, start: int, size: int) -> Iterator[Patch]:
    """Show large elements of tags as void ones of the same length (RFC 8794, RFC 9559)."""
    at = start
    for _ in range(_MOST_CHUNKS):
        header = read(at, 12)
        id_bytes = 9 - header[0].bit_length() if header else 9
        size_at = header[id_bytes : id_bytes + 1]
        size_bytes = 9 - size_at[0].bit_length() if size_at else 9
        first = at + id_bytes + size_bytes
        if at >= size or id_bytes + size_bytes > len(header):
            return
        length = int.from_bytes(header[id_bytes : id_bytes + size_bytes]) & (1 << 7 * size_bytes) - 1
        if header.startswith(_EBML_TAGS) and length > _MOST_BYTES:
            # What the void element's shorter header leaves of this one becomes its content.
            void_bytes = min(8, id_bytes + size_bytes - 1)
            content = length + id_bytes + size_bytes - 1 - void_bytes
            yield at, _EBML_VOID + (content | 1 << 7 * void_bytes).to_bytes(void_bytes)
        at = first if header.startswith(_EBML_SEGMENT) else first + length


_APE_CONTAINERS: Final = frozenset({"ape", "mp3", "musepack", "tak", "tta", "wavpack"})
_APE_FOOTER_BYTES: Final = 32
_ID3V1_BYTES: Final = 128


def _begin_of_large_ape_tag(read: Read, size: int) -> int | None:
    """Return where an APEv2 tag at the end begins, if it has very many items; None otherwise."""
    for end in (size, size - _ID3V1_BYTES):
        footer = read(max(0, end - _APE_FOOTER_BYTES), _APE_FOOTER_BYTES)
        if footer.startswith(b"APETAGEX") and int.from_bytes(footer[16:20], "little") > _MOST_ENTRIES:
            return max(0, end - int.from_bytes(footer[12:16], "little"))
    return None


_OGG_HEADER_BYTES: Final = 27
_OGG_COMMENTS: Final = (b"\3vorbis", b"OpusTags")
_OGG_POLYNOMIAL: Final = 0x04C11DB7
_FIRST_PAGES: Final = 8


def _patches_of_ogg(read: Read, start: int, size: int) -> Iterator[Patch]:
    """Set the number of comments to none on the page where it stands, and the page's checksum (RFC 3533) to match."""
    at = start
    for _ in range(_FIRST_PAGES):
        header = read(at, _OGG_HEADER_BYTES)
        if at >= size or len(header) < _OGG_HEADER_BYTES:
            return
        segments = read(at + _OGG_HEADER_BYTES, header[26])
        first = at + _OGG_HEADER_BYTES + len(segments)
        behind = first + sum(segments)
        content = read(first, 4_096)
        for magic in _OGG_COMMENTS:
            number_at = first + len(magic) + 4 + int.from_bytes(content[len(magic) : len(magic) + 4], "little")
            number = int.from_bytes(read(number_at, 4), "little")
            if content.startswith(magic) and number > _MOST_ENTRIES and number_at + 4 <= behind:
                page = bytearray(read(at, behind - at))
                page[number_at - at : number_at - at + 4] = bytes(4)
                page[22:26] = bytes(4)
                yield number_at, bytes(4)
                yield at + 22, _ogg_checksum(page).to_bytes(4, "little")
        at = behind


def _ogg_checksum(page: bytes | bytearray) -> int:
    """Compute the CRC of a page: bit by bit, since only hostile files need it."""
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = checksum << 1 ^ (_OGG_POLYNOMIAL if checksum & 1 << 31 else 0)
        checksum &= 0xFFFFFFFF
    return checksum


_PATCHES: Final[MappingProxyType[str, Callable[[Read, int, int], Iterator[Patch]]]] = MappingProxyType(
    {
        "aiff": _patches_of_aiff,
        "asf": _patches_of_asf,
        "caf": _patches_of_caf,
        "dff": _patches_of_dsdiff,
        "dsf": _patches_of_dsf,
        "flac": _patches_of_flac,
        "matroska": _patches_of_matroska,
        "mp4": _patches_of_mp4,
        "ogg": _patches_of_ogg,
        "w64": _patches_of_w64,
        "wav": _patches_of_riff,
    }
)
