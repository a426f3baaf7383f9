"""Read an open file through its descriptor, never more than it holds."""

from io import BufferedReader, FileIO


class BoundedReader(BufferedReader):
    """A file for reading whose ``read`` never requests more than is left.

    Python allocates the requested number of bytes before it reads. One damaged length in a tag would raise
    MemoryError, which must mean that the machine, not the file, has a problem. Closing it leaves the descriptor open.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(FileIO(descriptor, closefd=False))
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes; everything that is left if it is None or negative."""
        left = max(0, self._size - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))
