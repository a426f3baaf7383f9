"""What stands behind the last frame of a stream: padding, and tags of which decoders make noise."""

from typing import Final

from passagework.audio.decoding.extent import AS_IT_IS, Extent
from passagework.audio.frame_sync import behind_last_frame
from passagework.audio.tags.tail_places import Read, tags_before
from passagework.domain.failures import WarningCode

_PADDED: Final = frozenset(
    {"aac", "ac3", "ape", "dts", "flac", "mp3", "musepack", "ogg", "optimfrog", "shorten", "tak", "tta", "wavpack"}
)
"""Containers whose demuxers look for the next frame up to the end of the file."""

_TAGGED: Final = frozenset({"aac", "ac3", "dts", "mp3"})
"""Containers without a structure of their own, which get tags of all kinds behind the audio."""

_MUCH: Final = 65_536
"""Bytes of zeros from which on they are padding: audio of any codec has none of these."""

_KEPT: Final = 16
"""Bytes of zeros that may be the end of the last frame, where frames have no length that is known here."""

_WINDOW: Final = 32_768
"""Bytes at the end that have several frames of MPEG audio, AAC or AC-3."""

_BLOCK: Final = 1 << 20


def extent_of_stream(read: Read, container: str, start: int, size: int) -> Extent:
    """Return how far the audio of a file of ``size`` bytes goes that begins at ``start``."""
    if container not in _PADDED:
        return AS_IT_IS
    end = _without_zeros(read, start, size)
    warnings = frozenset({WarningCode.TRAILING_BYTES}) if end < size else frozenset()
    audio_end = _without_tags(read, start, end) if container in _TAGGED else end
    return Extent(audio_end if audio_end < size else None, end if end < size else None, warnings=warnings)


def _without_zeros(read: Read, start: int, size: int) -> int:
    last = max(start, size - _MUCH)
    if size - last < _MUCH or read(last, _MUCH).strip(b"\0"):
        return size
    end = last
    while end > start:
        begin = max(start, end - _BLOCK)
        if rest := read(begin, end - begin).rstrip(b"\0"):
            return min(size, _behind_frames(read, start, begin + len(rest)))
        end = begin
    return start


def _behind_frames(read: Read, start: int, last: int) -> int:
    """Return where the last frame ends, which may be behind the last byte that is not zero."""
    begin = max(start, last - _WINDOW)
    end = behind_last_frame(read(begin, last - begin + _KEPT))
    # What follows the last frame of MPEG audio is a tag.
    return last + _KEPT if end is None else max(last, begin + end)


def _without_tags(read: Read, start: int, end: int) -> int:
    return min((tag.begin for tag in tags_before(read, start, end)), default=end)
