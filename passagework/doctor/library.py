"""Check the library that an import would write, and its disk."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from passagework.api.door.client import takes_commands
from passagework.api.library import Library
from passagework.doctor.finding import Finding
from passagework.domain.counted import counted
from passagework.domain.errors import LibraryError
from passagework.persistence.file.damage_mark import refuse_marked
from passagework.persistence.file.full_check import refuse_damaged
from passagework.persistence.file.lock import find_writer, refuse_foreign_lock
from passagework.persistence.file.network_mount import network_file_system

_LEAST_ROOM_MB: Final = 500
"""A library of 10,000 files with its WAL takes less than half of that."""


def examine_library(path: Path) -> Iterator[Finding]:
    """Look whether a library can be written, whether it is damaged, and whether its disk has room. Changes nothing."""
    place = Path(os.path.realpath(path))
    folder = next(parent for parent in place.parents if parent.exists())
    yield _library_file(place, folder)
    kind = network_file_system(place)
    if kind is not None:
        detail = f"{folder} is on a network file system ({kind}), where SQLite cannot keep a library safe; name another"
        yield Finding("library's disk", ok=False, detail=detail)
        return
    free_mb = shutil.disk_usage(folder).free // 2**20
    detail = f"{free_mb} MB free in {folder}"
    if free_mb < _LEAST_ROOM_MB:
        detail += f"; a library of some 10,000 files needs {_LEAST_ROOM_MB} MB"
    yield Finding("library's disk", free_mb >= _LEAST_ROOM_MB, detail)


def _library_file(place: Path, folder: Path) -> Finding:
    """Check the library; ``folder`` is the deepest existing folder of its path."""
    what = "library"
    writable = os.access(folder, os.W_OK | os.X_OK)
    try:
        refuse_foreign_lock(place)
        refuse_marked(place)
    except LibraryError as error:
        return Finding(what, ok=False, detail=str(error))
    if not place.exists():
        if writable and folder.is_dir():
            return Finding(what, ok=True, detail=f"does not exist yet; the first import creates {place}")
        return Finding(what, ok=False, detail=f"{place} cannot be created: {folder} is not writable; name another path")
    try:
        refuse_damaged(place)
        with Library.open(place) as library:
            status = library.status()
    except LibraryError as error:
        return Finding(what, ok=False, detail=str(error))
    files = sum(count for _, count in status.file_states)
    held = f"{place}: {counted(files, 'file')}, {counted(status.passages, 'passage')}"
    if not writable or not os.access(place, os.W_OK):
        return Finding(what, ok=False, detail=f"{held}; readable, but it or its folder cannot be written")
    writer = find_writer(place)
    if writer is not None:
        held += f"; in use by {writer.holder}, "
        held += "which does what other commands ask" if takes_commands(place) else "another import must wait"
    return Finding(what, ok=True, detail=held)
