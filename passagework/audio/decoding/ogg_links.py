"""The links of a chained Ogg file: complete streams, one behind the other (RFC 3533, section 4)."""

import re
from typing import Final

from passagework.audio.tags.tail_places import Read

_FIRST_PAGE: Final = re.compile(rb"OggS\0[\2\6].{20}", re.DOTALL)
"""The header of the first page of a stream, up to its number of segments. To look for it takes 0.5 ms for each MB."""

_HEADER_BYTES: Final = 27
_BLOCK: Final = 1 << 20
_LONGEST_MAGIC: Final = 8
_BEGINS: Final = (
    b"\1vorbis",
    b"OpusHead",
    b"\x7fFLAC",
    b"Speex   ",
    b"\x80theora",
    b"fishead\0",
    b"\x80kate",
    b"PCM     ",
)
_AUDIO: Final = (b"\1vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")

MOST_LINKS: Final = 1_000
"""So many streams are told apart; what follows belongs to the last one."""

Link = tuple[int, int]
"""Where a link begins and ends, in bytes of the file."""


def links_of(read: Read, start: int, end: int) -> tuple[Link, ...]:
    """Return the links between two offsets that have audio; none if the file is not chained."""
    begins: list[int] = []
    with_audio: set[int] = set()
    # Streams that are heard or seen together begin with their first pages side by side.
    behind = -1
    for at in _first_pages(read, start, end):
        segments = read(at + _HEADER_BYTES - 1, 256)
        if not segments:
            break
        first = at + _HEADER_BYTES + segments[0]
        magic = read(first, _LONGEST_MAGIC)
        if not magic.startswith(_BEGINS):
            continue
        if at != behind:
            begins.append(at)
        if magic.startswith(_AUDIO):
            with_audio.add(begins[-1])
        behind = first + sum(segments[1 : 1 + segments[0]])
        if len(begins) == MOST_LINKS:
            break
    links = [link for link in zip(begins, [*begins, end][1:], strict=True) if link[0] in with_audio]
    return tuple(links) if len(begins) > 1 else ()


def _first_pages(read: Read, start: int, end: int) -> list[int]:
    """Return where pages seem to begin that are the first of a stream."""
    found = []
    for begin in range(start, end, _BLOCK):
        block = read(begin, min(_BLOCK + _HEADER_BYTES, end - begin))
        found += [begin + page.start() for page in _FIRST_PAGE.finditer(block) if page.start() < _BLOCK]
    return found
