"""A file that limits reads to its size."""

import os
from io import BufferedReader, FileIO


class BoundedReader(BufferedReader):
    """A file for reading whose ``read`` never requests more than is left.

    Python allocates the requested number of bytes before it reads. One damaged length in a tag would raise
    MemoryError, which must mean that the machine, not the file, has a problem.
    """

    def __init__(self, raw: FileIO) -> None:
        super().__init__(raw)
        self._size = os.fstat(raw.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes; everything that is left if it is None or negative."""
        if size is None or size < 0:
            return super().read()
        return super().read(min(size, max(0, self._size - self.tell())))
