"""Hash a file while a demuxer reads it, in any order."""

import hashlib
import os
from dataclasses import dataclass, replace
from typing import Final

from passagework.audio.tags.bounded_reader import patched

DIGEST_SIZE: Final = 32
"""Length of every content hash in bytes: BLAKE2b-256."""

_CHUNK: Final = 2**20

_SHORT_SKIP: Final = 2**24
"""Bytes. A shorter skip (a picture in the tags) is read at once, so that hashing keeps up with the demuxer. A
longer one (to an index at the end of the file) is not, because the demuxer will return to the skipped part."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What of a file is hidden from its demuxer: all outside ``start`` to ``end`` (None: the end of the file).

    ``patches`` are bytes that it sees in place of those at an offset of the file.
    """

    start: int = 0
    end: int | None = None
    patches: tuple[tuple[int, bytes], ...] = ()


NO_COVER: Final = Cover()


class HashingFile:
    """A readable, seekable file for a demuxer that hashes every byte once, most of them as they are read.

    One pass over the disk serves both, independent of the size of the file and of the page cache. The caller keeps
    ownership of the descriptor. The demuxer sees what ``cover`` leaves visible; the hash covers the whole file.
    """

    name = ""
    """PyAV reads it; empty, so that it tells FFmpeg nothing."""

    def __init__(self, descriptor: int, size: int, cover: Cover = NO_COVER) -> None:
        self._error: OSError | None = None
        self._descriptor = descriptor
        self._whole = size
        self._cover = cover
        self._start = cover.start
        self._size = max(0, (size if cover.end is None else cover.end) - cover.start)
        self._patches = cover.patches
        self._position = 0
        self._hash = hashlib.blake2b(digest_size=DIGEST_SIZE)
        self._hashed = 0

    def part(self, begin: int, end: int) -> "HashingFile":
        """Return what a demuxer sees of a part of the same file, given by offsets of the file."""
        return HashingFile(self._descriptor, self._whole, replace(self._cover, start=begin, end=end))

    @property
    def visible_size(self) -> int:
        """The number of bytes that the demuxer sees."""
        return self._size

    def read(self, count: int) -> bytes:
        """Read up to ``count`` bytes at the current position; b"" at the end."""
        data = self._visible(self._position, count)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"cannot seek to {start + offset}")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def peek(self, offset: int, count: int) -> bytes:
        """Read up to ``count`` bytes from ``offset`` (from the end if negative) without moving the position."""
        return self._visible(max(0, offset + self._size) if offset < 0 else offset, count, hashed=False)

    def raise_error(self) -> None:
        """Raise the operating system's error that a demuxer swallowed."""
        if self._error is not None:
            raise self._error

    def digest(self) -> bytes:
        """Hash the part that was not read and return the hash of the whole file."""
        self._absorb_until(self._whole)
        return self._hash.digest()

    def _visible(self, position: int, count: int, *, hashed: bool = True) -> bytes:
        """Read what the demuxer may see at a position of its own."""
        offset = self._start + position
        data = self._read_at(offset, max(0, min(count, self._size - position)))
        if hashed:
            self._absorb(offset, data)
        return patched(data, offset, self._patches)

    def _absorb(self, offset: int, data: bytes) -> None:
        if self._hashed < offset <= self._hashed + _SHORT_SKIP:
            self._absorb_until(offset)
        if offset <= self._hashed < offset + len(data):
            self._hash.update(memoryview(data)[self._hashed - offset :])
            self._hashed = offset + len(data)

    def _absorb_until(self, end: int) -> None:
        while self._hashed < end:
            data = self._read_at(self._hashed, min(_CHUNK, end - self._hashed))
            if not data:
                return
            self._hash.update(data)
            self._hashed += len(data)

    def _read_at(self, offset: int, count: int) -> bytes:
        try:
            return os.pread(self._descriptor, count, offset)
        except OSError as error:
            self._error = error
            raise
