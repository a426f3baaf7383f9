"""Cut an ID3v2 tag down to what is worth reading, before mutagen parses it.

mutagen copies the rest of the tag for each frame, and inflates what is compressed: a tag of millions of empty frames
takes hours, and a picture of zeros all memory. The layout is that of ID3v2.2 to 2.4 (id3.org).
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

from passagework.audio.tags.block import MOST_VALUES, BeyondBoundsError

_SMALL: Final = 128 * 1024
"""Bytes. A smaller tag is read as it is, unless it has a frame that inflates to too much."""

_LARGEST_TAG: Final = 64 << 20
_LARGEST_FRAME: Final = 64 * 1024
_LARGEST_PICTURE: Final = 1024
"""Bytes of a frame that are kept; of a picture its type and description are enough."""

_WITH_PICTURES: Final = frozenset({b"APIC", b"PIC", b"CHAP"})
"""A chapter has its times and, as a rule, its title before its picture."""

_MOST_BYTES: Final = 4 << 20
"""Bytes of all frames that are kept."""

_HEADER_BYTES: Final = 10
_ID3V1_BYTES: Final = 128

_UNSYNCHRONISED: Final = 0x80
_EXTENDED: Final = 0x40
_COMPRESSED: Final = {3: 0x80, 4: 0x08}
_FRAME_NAME: Final = re.compile(rb"[A-Z][A-Z0-9]{2,3}")


def within_bounds(file: BinaryIO) -> tuple[BinaryIO, BeyondBoundsError | None]:
    """Return the file, or a smaller one with the same tags at its start and end; and what had to be left out."""
    whole = file.seek(0, 2)
    file.seek(0)
    header = file.read(_HEADER_BYTES)
    size = _sync_safe(header[6:])
    # mutagen refuses what is longer than its file, and reads what is no ID3.
    if header[:3] != b"ID3" or header[3] not in {2, 3, 4} or size > whole - _HEADER_BYTES:
        return file, None
    tag = file.read(min(size, _LARGEST_TAG))
    file.seek(max(0, whole - _ID3V1_BYTES))
    cut = _Cut(header[3], header[5], beyond=size > _LARGEST_TAG)
    frames = b"".join(cut.frames(tag))
    if size <= _SMALL and not cut.bombs:
        return file, None
    flags = header[5] & _UNSYNCHRONISED if header[3] == 4 else 0  # noqa: PLR2004 - the version
    small = b"ID3" + bytes([header[3], header[4], flags]) + _to_sync_safe(len(frames)) + frames
    reason = BeyondBoundsError(f"an ID3 tag of {size} bytes has more than is read") if cut.beyond else None
    return BytesIO(small + file.read(_ID3V1_BYTES)), reason


@dataclass(slots=True)
class _Cut:
    """Yields the frames to keep; ``beyond`` tells that some were left out, ``bombs`` that some inflate to too much."""

    version: int
    flags: int
    beyond: bool
    bombs: bool = False

    def frames(self, tag: bytes) -> Iterator[bytes]:
        if self.version < 4 and self.flags & _UNSYNCHRONISED:  # noqa: PLR2004 - the version
            tag = tag.replace(b"\xff\0", b"\xff")
        at = self._behind_extended_header(tag)
        room = _MOST_BYTES
        for _ in range(MOST_VALUES):
            found = self._frame(tag, at)
            if found is None:
                return
            frame, at = found
            if not frame or len(frame) > room or self._inflates_beyond(frame):
                self.beyond = True
                continue
            room -= len(frame)
            yield frame
        self.beyond = self.beyond or self._frame(tag, at) is not None

    def _behind_extended_header(self, tag: bytes) -> int:
        # Some programs set the flag and write no extended header.
        if not self.flags & _EXTENDED or self.version == 2 or _FRAME_NAME.fullmatch(tag[:4]):  # noqa: PLR2004
            return 0
        return 4 + int.from_bytes(tag[:4]) if self.version == 3 else _sync_safe(tag[:4])  # noqa: PLR2004 - the version

    def _frame(self, tag: bytes, at: int) -> tuple[bytes, int] | None:
        """Return what is kept of the frame at a place, perhaps nothing, and where the next one begins."""
        name_bytes, size_bytes, header_bytes = (3, 3, 6) if self.version == 2 else (4, 4, 10)  # noqa: PLR2004
        header = tag[at : at + header_bytes]
        name, digits = header[:name_bytes], header[name_bytes : name_bytes + size_bytes]
        if len(header) < header_bytes or not _FRAME_NAME.fullmatch(name):
            return None
        size = self._size(tag, at + header_bytes, digits)
        end = at + header_bytes + size
        most = _LARGEST_PICTURE if name in _WITH_PICTURES else _LARGEST_FRAME
        if size <= most:
            return tag[at:end], end
        if self._is_compressed(header):  # it cannot be cut
            self._inflates_beyond(tag[at:end])
            return b"", end
        self.beyond = self.beyond or most == _LARGEST_FRAME
        kept = tag[at + header_bytes : at + header_bytes + most]
        length = _to_sync_safe(most) if self.version == 4 else most.to_bytes(size_bytes)  # noqa: PLR2004 - the version
        return name + length + header[name_bytes + size_bytes :] + kept, end

    def _size(self, tag: bytes, at: int, digits: bytes) -> int:
        """Read the size of a frame whose data begins at a place; iTunes wrote plain numbers into ID3v2.4."""
        plain = int.from_bytes(digits)
        if self.version < 4 or max(digits) > 0x7F:  # noqa: PLR2004 - the version, and the largest digit
            return plain
        sync_safe = _sync_safe(digits)
        follows = [tag[at + size : at + size + 4] for size in (sync_safe, plain)]
        fits = [not name.strip(b"\0") or bool(_FRAME_NAME.fullmatch(name)) for name in follows]
        return plain if fits == [False, True] else sync_safe

    def _is_compressed(self, header: bytes) -> bool:
        return bool(self.version in _COMPRESSED and header[9] & _COMPRESSED[self.version])

    def _inflates_beyond(self, frame: bytes) -> bool:
        """Tell, and note, whether the frame is compressed and would be larger than a frame may be."""
        if not self._is_compressed(frame):
            return False
        # Before the data may stand its length, an encryption method and a group: one of these places begins it.
        for start in range(_HEADER_BYTES, _HEADER_BYTES + 7):
            inflate = zlib.decompressobj()
            try:
                inflated = inflate.decompress(frame[start:], _LARGEST_FRAME + 1)
            except zlib.error:
                continue
            if len(inflated) > _LARGEST_FRAME:
                self.bombs = True
                return True
        return False


def _sync_safe(digits: bytes) -> int:
    size = 0
    for digit in digits:
        size = size << 7 | digit & 0x7F
    return size


def _to_sync_safe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
