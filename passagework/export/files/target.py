"""A file that gets its name only when it is complete."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from passagework.export.files.errors import FileExportError, TargetRefusedError
from passagework.export.files.reading import PlayablePassages
from passagework.export.leftovers import own_file
from passagework.persistence.file.side_files import is_beside


@contextmanager
def complete_file(target: Path, library: Path, passages: PlayablePassages) -> Iterator[BinaryIO]:
    """Yield a file to write; at the end of the block it is synced to disk and replaces ``target``.

    If the block raises, the previous file is unchanged and the new one is deleted. What a killed export left of its own
    is deleted by the next one into the same folder. A symbolic link is followed.

    Raises:
        TargetRefusedError: it is a file of the library, or not a regular file.
        FileExportError: it cannot be written.

    """
    place = Path(os.path.realpath(target))
    mode = _mode_to_have(place, library, passages)
    try:
        with own_file(place.parent) as (beside, descriptor):
            with open(descriptor, "wb", closefd=False) as file:
                if mode is not None:
                    os.fchmod(descriptor, mode)
                yield file
                file.flush()
                os.fsync(descriptor)
            beside.replace(place)
            _make_name_durable(place.parent)
    except OSError as error:
        raise FileExportError(f"{target} cannot be written: {error.strerror or error}") from error


def _mode_to_have(place: Path, library: Path, passages: PlayablePassages) -> int | None:
    """Return the permissions of the replaced file, None if there is none; refuse a file that must not be replaced."""
    if is_beside(place, Path(os.path.realpath(library))):
        raise TargetRefusedError(f"{place} belongs to the library itself; name another file")
    if passages.knows_file(place):
        raise TargetRefusedError(f"{place} is music of the library; name another file")
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileExportError(f"{place} cannot be written: {error.strerror or error}") from error
    if not stat.S_ISREG(mode):
        raise TargetRefusedError(f"{place} is not a regular file; name another one, or - for the standard output")
    return stat.S_IMODE(mode)


def _make_name_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
