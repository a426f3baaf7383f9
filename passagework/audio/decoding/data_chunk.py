"""The audio in WAV, AIFF, W64, CAF and AU files whose header gives it a wrong length.

A recorder that was cut off leaves 0 or the largest number. A length of 32 bits wraps at 4 GiB. A program that adds to a
file without touching its header leaves the old length.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from passagework.audio.decoding.extent import AS_IT_IS, Extent
from passagework.audio.tags.tail_places import Read
from passagework.domain.failures import WarningCode

_MOST_CHUNKS: Final = 4_096

_LITTLE: Final = 65_536
"""Bytes. Fewer behind the last chunk are no audio that is missed: 0.4 s of a CD."""

_NO_SOUND: Final = (
    *(b"ID3\2", b"ID3\3", b"ID3\4", b"APETAGEX", b"TAG", b"PK\3\4", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"%PDF"),
    *(b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"<?xml", b"OggS", b"fLaC"),
)
"""How tags, archives, pictures and other files begin that some program put behind the last chunk."""

_TAIL: Final = 16 << 20
"""Bytes at the end of a file in which chunks behind audio of unknown length are looked for: tags with pictures."""

_BLOCK: Final = 1 << 20

_NAME: Final = re.compile(rb"[ -~]{3}[ -~\0]")

_TAIL_CHUNKS: Final = re.compile(
    rb"(?:id3 |ID3 )(?=.{4}ID3)|LIST(?=.{4}(?:INFO|adtl))|(?:bext|iXML|_PMX|cue |smpl|inst|fact|PEAK|JUNK|junk|PAD )"
    rb"|(?:NAME|AUTH|ANNO|MARK|INST|COMT|APPL|COMM|\(c\) )",
    re.DOTALL,
)
"""Chunks that programs write behind the audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How chunks are written: ``first`` is where the first one begins, ``inside`` what stands before the audio."""

    first: int
    data: bytes
    order: Literal["big", "little"]
    size_bytes: int = 4
    align: int = 2
    includes_header: bool = False
    inside: int = 0
    unknown: frozenset[int] = frozenset({0, 0xFFFFFFFF})

    @property
    def header_bytes(self) -> int:
        return len(self.data) + self.size_bytes

    def behind(self, begin: int, length: int) -> int:
        return begin + length + -length % self.align


_W64_DATA: Final = b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a")
_LARGEST: Final = (1 << 64) - 1

_WAV: Final = _Layout(first=12, data=b"data", order="little")
_RIFX: Final = _Layout(first=12, data=b"data", order="big")
_LAYOUTS: Final = MappingProxyType(
    {
        "aiff": _Layout(first=12, data=b"SSND", order="big", inside=8, unknown=frozenset({0, 8, 0xFFFFFFFF})),
        "caf": _Layout(
            first=8, data=b"data", order="big", size_bytes=8, align=1, inside=4, unknown=frozenset({0, _LARGEST})
        ),
        "w64": _Layout(
            first=40,
            data=_W64_DATA,
            order="little",
            size_bytes=8,
            align=8,
            includes_header=True,
            unknown=frozenset({0, 24, _LARGEST, _LARGEST >> 1}),
        ),
        "wav": _WAV,
    }
)


@dataclass(frozen=True, slots=True)
class _Audio:
    """Where the audio begins, the length that is declared (None: unknown), and where that stands, in how many bytes."""

    begin: int
    declared: int | None
    size_at: int
    size_bytes: int


def extent_of_chunk(read: Read, container: str, start: int, size: int) -> Extent:
    """Return how far the audio of a file of ``size`` bytes goes that begins at ``start``, behind tags."""
    if container == "au":
        return _extent_of_au(read, start, size)
    layout = _RIFX if container == "wav" and read(start, 4) == b"RIFX" else _LAYOUTS.get(container)
    audio = None if layout is None else _find(read, layout, start, size)
    if layout is None or audio is None:
        return AS_IT_IS
    there = size - audio.begin
    if audio.declared is None or audio.declared > there:
        return _up_to_the_tail(read, layout, audio, size)
    behind = min(layout.behind(audio.begin, audio.declared), size)
    places = (behind, audio.begin + audio.declared)
    if size - behind < _LITTLE or any(_is_chunk(read, layout, at, size) for at in places):
        return AS_IT_IS
    if read(behind, 8).startswith(_NO_SOUND) or not _has_sound(read, behind, size):
        return Extent(file_end=behind, warnings=frozenset({WarningCode.TRAILING_BYTES}))
    found = _up_to_the_tail(read, layout, audio, size)
    return Extent(found.audio_end, None, found.patches, frozenset({WarningCode.LENGTH_WRONG}))


def _extent_of_au(read: Read, start: int, size: int) -> Extent:
    """Do it for AU files, which have one header and then the audio. FFmpeg reads to the end of the file in any case."""
    header = read(start, 12)
    begin, declared = start + int.from_bytes(header[4:8]), int.from_bytes(header[8:])
    behind = begin + declared
    if declared in {0, 0xFFFFFFFF} or size - behind < _LITTLE:
        return AS_IT_IS
    if _has_sound(read, behind, size):
        return Extent(warnings=frozenset({WarningCode.LENGTH_WRONG}))
    return Extent(behind, behind, warnings=frozenset({WarningCode.TRAILING_BYTES}))


def _find(read: Read, layout: _Layout, start: int, size: int) -> _Audio | None:
    """Walk to the chunk of audio."""
    at = start + layout.first
    # The sizes of RF64 and BW64 stand in a chunk of their own (EBU Tech 3306).
    large: tuple[int, int] | None = None
    for _ in range(_MOST_CHUNKS):
        header = read(at, layout.header_bytes)
        if at >= size or len(header) < layout.header_bytes:
            return None
        name, length = header[: -layout.size_bytes], int.from_bytes(header[-layout.size_bytes :], layout.order)
        begin = at + layout.header_bytes
        if name == layout.data:
            if large is not None:
                return _Audio(begin, None if large[1] in {0, _LARGEST} else large[1], large[0], 8)
            declared = length - layout.header_bytes if layout.includes_header else length
            unknown = length in layout.unknown
            return _Audio(begin, None if unknown else declared, at + len(name), layout.size_bytes)
        if name == b"ds64":
            large = begin + 8, int.from_bytes(read(begin + 8, 8), "little")
        at = layout.behind(at, length) if layout.includes_header else layout.behind(begin, length)
        if length == 0 and layout.includes_header:
            return None
    return None


def _up_to_the_tail(read: Read, layout: _Layout, audio: _Audio, size: int) -> Extent:
    """Return the extent of audio of unknown length: up to the chunks at the end of the file, if there are any."""
    first = max(audio.begin, size - _TAIL)
    tail = read(first, size - first) if layout.size_bytes == 4 else b""  # noqa: PLR2004 - others end with the audio
    ends = (first + found.start() for found in _TAIL_CHUNKS.finditer(tail))
    end = next((end for end in ends if _are_chunks(read, layout, end, size)), None)
    if audio.declared is not None and audio.declared > size - audio.begin and end is None:
        # The decoder sees how much is missing.
        return AS_IT_IS
    warnings = {WarningCode.TRUNCATED} if audio.declared is not None and end is not None else set()
    length = (size if end is None else end) - audio.begin
    if layout.includes_header:
        length += layout.header_bytes
    written = min(length, (1 << 8 * audio.size_bytes) - 1).to_bytes(
        audio.size_bytes,
        "little" if audio.size_bytes == 8 and layout is _WAV else layout.order,  # noqa: PLR2004
    )
    return Extent(end, None, ((audio.size_at, written),), frozenset(warnings))


def _is_chunk(read: Read, layout: _Layout, at: int, size: int) -> bool:
    """Tell whether a chunk begins here, or the file ends."""
    header = read(at, layout.header_bytes)
    if at >= size:
        return True
    if len(header) < layout.header_bytes:
        return False
    if layout.includes_header:
        return header[8:16] == _W64_DATA[8:] or header[4:16] == _W64_DATA[4:]
    length = int.from_bytes(header[-layout.size_bytes :], layout.order)
    return bool(_NAME.fullmatch(header[:4])) and at + layout.header_bytes + length <= size


def _are_chunks(read: Read, layout: _Layout, at: int, size: int) -> bool:
    """Tell whether chunks follow one another from here to the end of the file."""
    for _ in range(_MOST_CHUNKS):
        if size - at < layout.align:
            return True
        header = read(at, layout.header_bytes)
        if len(header) < layout.header_bytes or not _NAME.fullmatch(header[:4]):
            return False
        length = int.from_bytes(header[-layout.size_bytes :], layout.order)
        # The last one may lack the byte that makes its length even.
        at = min(layout.behind(at + layout.header_bytes, length), max(size, at + layout.header_bytes + length))
        if at > size:
            return False
    return False


def _has_sound(read: Read, at: int, size: int) -> bool:
    return any(read(begin, _BLOCK).strip(b"\0") for begin in range(at, size, _BLOCK))
