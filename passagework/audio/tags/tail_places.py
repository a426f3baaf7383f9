"""Where the tags behind a stream of audio stand: ID3v1, APE, and both versions of Lyrics3, in any order."""

from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

_MOST_TAGS: Final = 8

_ID3V1: Final = 128
_APE: Final = 32
_APE_HAS_HEADER: Final = 1 << 31
_LYRICS_BEGIN: Final = b"LYRICSBEGIN"
_LYRICS_SIZE: Final = 6
_LYRICS_END: Final = 9
_LONGEST_OLD_LYRICS: Final = 5_100 + 2 * 11

Read = Callable[[int, int], bytes]
"""Reads from an offset; nothing behind the end of the file, where damaged lengths may lead."""


class TailKind(Enum):
    """What a tag is."""

    ID3V1 = auto()
    APE = auto()
    LYRICS = auto()
    """Lyrics3 2.00, which has fields."""

    OLD_LYRICS = auto()
    """Lyrics3 1.00, a text alone."""


class TailTag(NamedTuple):
    """A tag, and where it begins and ends."""

    kind: TailKind
    begin: int
    end: int


def tags_before(read: Read, start: int, end: int) -> Iterator[TailTag]:
    """Yield the tags that stand one before the other in front of ``end``, the last one first."""
    for _ in range(_MOST_TAGS):
        found = _tag_before(read, end)
        if found is None or not start <= found.begin < end:
            return
        yield found
        end = found.begin


def _tag_before(read: Read, end: int) -> TailTag | None:
    last = read(max(0, end - _ID3V1), min(end, _ID3V1))
    if last.startswith(b"TAG") and len(last) == _ID3V1:
        return TailTag(TailKind.ID3V1, end - _ID3V1, end)
    if last[-_APE:].startswith(b"APETAGEX"):
        footer = last[-_APE:]
        has_header = int.from_bytes(footer[20:24], "little") & _APE_HAS_HEADER
        length = int.from_bytes(footer[12:16], "little") + (_APE if has_header else 0)
        return TailTag(TailKind.APE, end - length, end)
    if last.endswith(b"LYRICS200"):
        digits = last[-_LYRICS_END - _LYRICS_SIZE : -_LYRICS_END]
        begin = end - int(digits) - _LYRICS_SIZE - _LYRICS_END if digits.isdigit() else end
        is_lyrics = read(max(0, begin), len(_LYRICS_BEGIN)) == _LYRICS_BEGIN
        return TailTag(TailKind.LYRICS, begin, end) if is_lyrics else None
    if last.endswith(b"LYRICSEND"):
        first = max(0, end - _LONGEST_OLD_LYRICS)
        found = read(first, end - first).rfind(_LYRICS_BEGIN)
        return None if found < 0 else TailTag(TailKind.OLD_LYRICS, first + found, end)
    return None
