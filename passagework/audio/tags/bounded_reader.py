"""Read an open file through its descriptor, never more than it holds."""

import errno
import os
from io import SEEK_CUR, SEEK_END, BufferedReader, RawIOBase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class BoundedReader(BufferedReader):
    """A file for reading whose ``read`` never requests more than is left.

    Python allocates the requested number of bytes before it reads. One damaged length in a tag would raise
    MemoryError, which must mean that the machine, not the file, has a problem. Closing it leaves the descriptor open,
    and the descriptor's own position is not used.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(_Positioned(descriptor, size))
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes; everything that is left if it is None or negative."""
        left = max(0, self._size - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))


class _Positioned(RawIOBase):
    """The bytes of a descriptor, with a position that belongs to this object."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = self._position if whence == SEEK_CUR else self._size if whence == SEEK_END else 0
        if start + offset < 0:
            raise OSError(errno.EINVAL, f"cannot seek to {start + offset}")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count
