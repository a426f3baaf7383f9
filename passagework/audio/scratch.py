"""An anonymous temporary file, for what does not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, Final

_kept: Final[list[BinaryIO]] = []


def keep_scratch_file() -> None:
    """Open the file now, for a process that can open none later. It uses it for one thing at a time."""
    _kept.append(TemporaryFile())  # noqa: SIM115 - it lives as long as the process


@contextmanager
def scratch_file() -> Iterator[BinaryIO]:
    """Give an empty file for the duration of the block; its disk space is free afterwards. OSError if there is none."""
    if not _kept:
        with TemporaryFile() as new:
            yield new
        return
    (kept,) = _kept
    try:
        yield kept
    finally:
        kept.seek(0)
        kept.truncate()
