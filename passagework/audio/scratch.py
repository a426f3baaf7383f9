"""An anonymous temporary file, for what does not fit into memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, Final

_kept: Final[list[BinaryIO]] = []


def keep_scratch_file() -> None:
    """Open the file now, for a process that can open none later. It uses it for one thing at a time."""
    _kept.append(TemporaryFile())


@contextmanager
def scratch_file() -> Iterator[BinaryIO]:
    """Give an empty file for the duration of the block; its disk space is free afterwards. OSError if there is none."""
    if not _kept:
        with TemporaryFile() as file:
            yield file
        return
    (file,) = _kept
    try:
        yield file
    finally:
        file.seek(0, os.SEEK_SET)
        file.truncate()
