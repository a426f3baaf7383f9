"""Which folders must be polled: file systems that other machines or programs change without a word to this kernel."""

import os
import select
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from passagework.persistence.file.network_mount import (
    MOUNTS,
    NETWORK_FILE_SYSTEMS,
    file_system_at,
    mounted_file_systems,
)

_SHARED: Final = frozenset({"9p", "afp", "davfs", "fuse", "ncpfs", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"})
"""Beside those: what virtual machines share, and other programs offer. ``fuseblk`` is a disk of this machine."""


def is_polled(kind: str) -> bool:
    """Return whether a file system of this kind can change without an event."""
    return kind in NETWORK_FILE_SYSTEMS or kind in _SHARED or kind.startswith("fuse.")


def polled_places(roots: Iterable[bytes], mounts: Path | None = None) -> dict[bytes, str]:
    """Return the roots on such file systems, and the mount points of such below a root, with their kind."""
    places = mounted_file_systems(mounts)
    polled: dict[bytes, str] = {}
    for root in roots:
        kind = file_system_at(_real(root), places)
        if kind is not None and is_polled(kind):
            polled[root] = kind
        else:
            polled |= {place: below for place, below in _below(root, places) if is_polled(below)}
    return polled


def mounted_below(roots: Iterable[bytes], mounts: Path | None = None) -> list[bytes]:
    """Return the mount points below roots, under the names that they have there."""
    places = mounted_file_systems(mounts)
    return [place for root in roots for place, _kind in _below(root, places)]


def _below(root: bytes, places: Mapping[Path, str]) -> Iterator[tuple[bytes, str]]:
    real = _real(root)
    for place, kind in places.items():
        if real in place.parents:
            yield os.path.join(root, os.fsencode(place.relative_to(real))), kind


def _real(root: bytes) -> Path:
    return Path(os.fsdecode(os.path.realpath(root)))


class MountTable:
    """The mount table of the kernel, which can be waited for: it is ready when something was mounted or unmounted."""

    EVENTS: Final = select.POLLPRI | select.POLLERR

    def __init__(self) -> None:
        try:
            self._file: int | None = os.open(MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = None

    def fileno(self) -> int | None:
        """Return the descriptor; None where there is no such table."""
        return self._file

    def close(self) -> None:
        """Close it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
