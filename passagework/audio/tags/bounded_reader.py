"""Read an open file through its descriptor, never more than it holds."""

import os
from collections.abc import Iterable
from io import BufferedReader, FileIO


class BoundedReader(BufferedReader):
    """A file for reading whose ``read`` never requests more than is left.

    Python allocates the requested number of bytes before it reads. One damaged length in a tag would raise
    MemoryError, which must mean that the machine, not the file, has a problem. Closing it leaves the descriptor open.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(FileIO(descriptor, closefd=False))
        self._size = size
        self._patches: tuple[tuple[int, bytes], ...] = ()

    def show(self, end: int, patches: Iterable[tuple[int, bytes]]) -> None:
        """Show nothing behind ``end``, and other bytes in place of those at some offsets."""
        self._size = end
        self._patches = tuple(patches)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes; everything that is left if it is None or negative."""
        begin = self.tell()
        left = max(0, self._size - begin)
        data = super().read(left if size is None or size < 0 else min(size, left))
        return patched(data, begin, self._patches)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move the position; the end is that of what is shown."""
        if whence == os.SEEK_END:
            return super().seek(max(0, self._size + offset))
        return super().seek(offset, whence)


def patched(data: bytes, begin: int, patches: Iterable[tuple[int, bytes]]) -> bytes:
    """Return the bytes of a file from ``begin`` on, with others in place of those at some offsets."""
    for at, patch in patches:
        if begin < at + len(patch) and at < begin + len(data):
            first, last = max(at, begin), min(at + len(patch), begin + len(data))
            data = data[: first - begin] + patch[first - at : last - at] + data[last - begin :]
    return data
