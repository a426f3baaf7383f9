"""A file that does not believe lengths it cannot have."""

import os
from io import BufferedReader, FileIO


class BoundedReader(BufferedReader):
    """A file for reading whose ``read`` never asks for more than is left.

    Python allocates as many bytes as are asked for before it reads; one damaged length in a tag would end as
    MemoryError, which here means that the machine, not the file, is at its end.
    """

    def __init__(self, raw: FileIO) -> None:
        super().__init__(raw)
        self._size = os.fstat(raw.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes, all that is left where it is None or negative."""
        if size is None or size < 0:
            return super().read()
        return super().read(min(size, max(0, self._size - self.tell())))
