"""Anonymous temporary files, for what does not fit into memory."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, Final

_AT_ONCE: Final = 4
"""Files that one analysis has at most: the PCM of two decodes, the slots of the flavor, and patches for the nets."""

_kept: Final[list[BinaryIO]] = []


def keep_scratch_files() -> None:
    """Open the files now, for a process that can open none later. OSError if that fails; then none is kept."""
    with ExitStack() as opened:
        files = [opened.enter_context(TemporaryFile()) for _ in range(_AT_ONCE)]
        opened.pop_all()
    _kept.extend(files)


@contextmanager
def scratch_file() -> Iterator[BinaryIO]:
    """Give an empty file for the duration of the block; its disk space is free afterwards. OSError if there is none."""
    if not _kept:
        with TemporaryFile() as new:
            yield new
        return
    kept = _kept.pop()
    try:
        yield kept
    finally:
        kept.seek(0)
        kept.truncate()
        _kept.append(kept)
