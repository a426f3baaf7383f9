# ruff: noqa: PLR2004 - the numbers are the bit fields of the standards named beside them
"""Find MPEG audio, ADTS and AC-3 streams, which have no magic number, by consecutive frames."""

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

_GARBAGE_LIMIT: Final = 4096
"""Bytes that may precede the first frame: a cut stream starts inside a frame, and none is longer than 2,880."""

_FRAMES_AT_START: Final = 3
_FRAMES_BEHIND_GARBAGE: Final = 6
"""Number of consecutive frames that make a stream: enough that a table of numbers in another file does not match."""

_MPEG_BIT_RATES: Final = {
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG version 1 or 2/2.5, layer) and index: ISO/IEC 11172-3 and 13818-3, 2.4.2.3."""

_MPEG_SAMPLE_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz by the two version bits (3 = MPEG-1, 2 = MPEG-2, 0 = MPEG-2.5) and index."""

_AC3_BIT_RATES: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
"""kbit/s by frmsizecod / 2: ETSI TS 102 366, table 4.13."""

_SYNC: Final = re.compile(rb"\xff[\xe0-\xff]|\x0b\x77")


class _Frame(NamedTuple):
    """A frame header: bytes to the next frame, and the fields that stay the same from frame to frame."""

    length: int
    identity: tuple[int, ...]


def _mpeg_frame(data: bytes, at: int) -> _Frame | None:
    """Read an MPEG audio header of layer II or III.

    Free format is not recognised because no decoder here reads it. Layer I is not recognised because it is not used,
    and arrays of small negative numbers look like it.
    """
    header = data[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bit_rate_index, sample_rate_index = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer not in {2, 3} or bit_rate_index in {0, 15} or sample_rate_index == 3 or header[3] & 3 == 2:
        return None
    bit_rate = 1000 * _MPEG_BIT_RATES[1 if version == 3 else 2, layer][bit_rate_index]
    sample_rate = _MPEG_SAMPLE_RATES[version][sample_rate_index]
    slots = 72 if layer == 3 and version != 3 else 144
    return _Frame(slots * bit_rate // sample_rate + (header[2] >> 1 & 1), (version, layer, sample_rate))


def _adts_frame(data: bytes, at: int) -> _Frame | None:
    """Read an ADTS header: ISO/IEC 13818-7, 6.2."""
    header = data[at : at + 7]
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    if header[2] >> 2 & 15 > 12 or length <= 7:
        return None
    return _Frame(length, (header[1], header[2], header[3] & 0xC0))


def _ac3_frame(data: bytes, at: int) -> _Frame | None:
    """Read an AC-3 or E-AC-3 header: ETSI TS 102 366, 4.3 and annex E."""
    header = data[at : at + 6]
    if len(header) < 6 or header[:2] != b"\x0b\x77":
        return None
    stream_id, sample_rate_code, size_code = header[5] >> 3, header[4] >> 6, header[4] & 63
    if 10 < stream_id <= 16:
        return _Frame(2 * ((header[2] & 7) << 8 | header[3]) + 2, (stream_id,))
    if stream_id > 10 or sample_rate_code == 3 or size_code >= 2 * len(_AC3_BIT_RATES):
        return None
    bit_rate = _AC3_BIT_RATES[size_code // 2]
    words = (2 * bit_rate, 96_000 * bit_rate // 44_100 + size_code % 2, 3 * bit_rate)[sample_rate_code]
    return _Frame(2 * words, (stream_id, sample_rate_code))


_KINDS: Final[tuple[tuple[Literal["mp3", "aac", "ac3"], Callable[[bytes, int], _Frame | None]], ...]] = (
    ("mp3", _mpeg_frame),
    ("aac", _adts_frame),
    ("ac3", _ac3_frame),
)


def find_frames(data: bytes) -> Literal["mp3", "aac", "ac3"] | None:
    """Name the framed stream in ``data``, which starts where the audio should; leading zeros are ignored.

    At the very start two consistent frames are enough if the data ends after them.
    """
    start = len(data) - len(data.lstrip(b"\0"))
    for sync in _SYNC.finditer(data, start, start + _GARBAGE_LIMIT):
        for name, parse in _KINDS:
            frames, ended = _count_frames(data, sync.start(), parse)
            if sync.start() == start and frames >= (2 if ended else _FRAMES_AT_START):
                return name
            if frames >= _FRAMES_BEHIND_GARBAGE:
                return name
    return None


def _count_frames(data: bytes, at: int, parse: Callable[[bytes, int], _Frame | None]) -> tuple[int, bool]:
    """Count the consistent frames from ``at`` on, up to the requested number; tell whether the data ended there."""
    first = frame = parse(data, at)
    count = 0
    while first is not None and frame is not None and frame.identity == first.identity:
        count += 1
        at += frame.length
        if count == _FRAMES_BEHIND_GARBAGE or at >= len(data):
            break
        frame = parse(data, at)
    return count, at >= len(data)


def behind_last_frame(data: bytes) -> int | None:
    """Return where the last of consecutive frames ends; None if there are not enough that follow one another."""
    for sync in _SYNC.finditer(data):
        for _, parse in _KINDS:
            at, count = sync.start(), 0
            first = frame = parse(data, at)
            while first is not None and frame is not None and frame.identity == first.identity:
                at, count = at + frame.length, count + 1
                frame = parse(data, at)
            if count >= _FRAMES_AT_START:
                return at
    return None
