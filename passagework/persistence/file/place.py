"""The path of a library: which file it means, and whether it may be written. Opens no database."""

import os
import stat
from pathlib import Path

from passagework.domain.errors import LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.network_mount import network_file_system


def resolved(path: Path) -> Path:
    """Follow links, so that one library has one lock; raise LibraryError for a path that cannot be a library."""
    found = Path(os.path.realpath(path))
    try:
        mode = found.stat().st_mode
    except FileNotFoundError:
        return found
    except OSError as error:
        raise LibraryError(f"the library {path} cannot be reached: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise LibraryError(f"{path} is a folder; name the library file, for example {path / 'library.passages'}")
    if not stat.S_ISREG(mode):
        raise LibraryError(f"{path} is not a regular file; name another library")
    return found


def place_to_write(path: Path) -> Path:
    """Return the resolved path of a library to be written, and create its folder.

    Raises:
        LibraryUnavailableError: this process may not write it.
        LibraryError: it cannot be a library, its folder cannot be created, or it is on a network file system.

    """
    place = resolved(path)
    if (kind := network_file_system(place)) is not None:
        raise LibraryError(
            f"the library {place} would be on a network file system ({kind}), where SQLite cannot keep it safe; "
            "name a path on a local disk"
        )
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(f"the folder {place.parent} for the library cannot be created: {error.strerror}") from error
    # SQLite would open it read-only, and leave files beside it that cannot be written when the library can be.
    if place.exists() and not os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise LibraryUnavailableError(
            f"the library {place} is not available: it cannot be written; check permissions and mount",
            UnavailableKind.READ_ONLY,
        )
    return place


def identity_of(path: Path) -> tuple[int, int] | None:
    """Return device and inode of a file; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def identity_and_time_of(path: Path) -> tuple[int, ...] | None:
    """Return what changes when a file is written or replaced; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
