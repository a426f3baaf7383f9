"""The length that a container declares for its audio, if it is reliable."""

from fractions import Fraction
from typing import Final

import av

from passagework.audio.measure.hashing import HashingFile

_RELIABLE: Final = frozenset(
    {"aiff", "ape", "asf", "au", "caf", "dff", "dsf", "flac", "matroska", "mp4", "tak", "tta", "w64", "wavpack"}
)
"""Containers (:func:`passagework.audio.sniff.sniff`) that declare a length. For others FFmpeg estimates it from
the bit rate or the size of the file."""

_LONGEST_MPEG_FRAME: Final = 2_881
_MPEG_LENGTH_TAGS: Final = (b"Xing", b"Info", b"VBRI")

_DATA_CHUNK: Final = b"data"
_DATA_CHUNK_HEADER: Final = 8
_UNKNOWN_SIZES: Final = frozenset({0, 0xFFFFFFFF})
"""The size that streaming programs, which cannot seek back, write into the header of a WAV file."""

_LONGEST_OGG_PAGE: Final = 65_307
_OGG_FLAGS_AT: Final = 5
_OGG_END_OF_STREAM: Final = 4
"""RFC 3533, section 6."""


def declared_seconds(
    container: str, stream: av.AudioStream, first: "av.Packet[av.AudioStream]", file: HashingFile
) -> Fraction | None:
    """Return the length that the container declares; None if it declares no reliable one.

    ``first`` is the first packet of the stream. Formats with frames of fixed size round to them, and ASF counts the
    encoder's delay.
    """
    match container:
        case "wav":
            return _seconds_of_wav(stream, first, file)
        case "mp3" if _has_length_tag(first, file):
            return _seconds_of_stream(stream)
        case _ if container in _RELIABLE:
            return _seconds_of_stream(stream)
        case _:
            return None


def ends_early(container: str, file: HashingFile) -> bool:
    """Tell whether the end mark of the container is missing; only Ogg has one."""
    if container != "ogg":
        return False
    tail = file.peek(-_LONGEST_OGG_PAGE, _LONGEST_OGG_PAGE)
    flags_at = tail.rfind(b"OggS") + _OGG_FLAGS_AT
    return not (_OGG_FLAGS_AT <= flags_at < len(tail) and tail[flags_at] & _OGG_END_OF_STREAM)


def _seconds_of_stream(stream: av.AudioStream) -> Fraction | None:
    if stream.duration is None or stream.duration <= 0 or stream.time_base is None:
        return None
    return stream.duration * Fraction(stream.time_base)


def _has_length_tag(first: "av.Packet[av.AudioStream]", file: HashingFile) -> bool:
    """Look before the first packet for the tag frame, which FFmpeg removes from the stream."""
    if first.pos is None:
        return False
    start = max(0, first.pos - _LONGEST_MPEG_FRAME)
    before = file.peek(start, first.pos - start)
    return any(tag in before for tag in _MPEG_LENGTH_TAGS)


def _seconds_of_wav(stream: av.AudioStream, first: "av.Packet[av.AudioStream]", file: HashingFile) -> Fraction | None:
    """Read the length from the header of the data chunk: FFmpeg limits its own value to the size of the file."""
    if first.pos is None or not first.duration or not stream.codec_context.name.startswith("pcm_"):
        return None
    header = file.peek(max(0, first.pos - _DATA_CHUNK_HEADER), _DATA_CHUNK_HEADER)
    size = int.from_bytes(header[len(_DATA_CHUNK) :], "little")
    if not header.startswith(_DATA_CHUNK) or size in _UNKNOWN_SIZES:
        return None
    return Fraction(size * first.duration, first.size) * Fraction(first.time_base)
