"""The space on the disk of a library: asked for before the first change, so that nothing stops half way."""

import shutil
from pathlib import Path

from passagework.domain.errors import LibraryNeedsSpaceError


def free_bytes(folder: Path) -> int:
    """Return the bytes that this user may still write to the disk of a folder."""
    return shutil.disk_usage(folder).free


def refuse_small_disk(beside: Path, needed: int, purpose: str) -> None:
    """Raise LibraryNeedsSpaceError unless ``needed`` bytes are free in the folder of a file."""
    free = free_bytes(beside.parent)
    if free < needed:
        raise LibraryNeedsSpaceError(
            f"{purpose} needs {needed} bytes ({needed / 1e6:,.1f} MB) of free space in {beside.parent}, where {free} "
            f"({free / 1e6:,.1f} MB) are free; nothing was changed. Make room, or use a larger disk"
        )
