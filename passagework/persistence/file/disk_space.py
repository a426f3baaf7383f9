"""The space on the disk of a library: asked for before the first change, so that nothing stops half way."""

import shutil
from pathlib import Path

from passagework.domain.errors import LibraryNeedsSpaceError


def free_bytes(folder: Path) -> int:
    """Return the bytes that this user may still write to the disk of a folder."""
    return shutil.disk_usage(folder).free


def refuse_small_disk(library: Path, needed: int, purpose: str) -> None:
    """Raise LibraryNeedsSpaceError unless ``needed`` bytes are free beside the library."""
    free = free_bytes(library.parent)
    if free < needed:
        raise LibraryNeedsSpaceError(
            f"{purpose} needs {needed} bytes ({needed / 1e6:,.1f} MB) of free space in {library.parent}, where {free} "
            f"({free / 1e6:,.1f} MB) are free; nothing was changed. Make room, or move the library to a larger disk"
        )
