"""Tell whether a path is on a network file system, where SQLite's WAL must not be used."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
)
"""The WAL needs shared memory, which processes on different machines do not have (sqlite.org/wal.html)."""


def network_file_system(path: Path, mounts: Path | None = None) -> str | None:
    """Name the network file system that an absolute path is on; None for a local one, or if it is unknown."""
    kind = file_system_at(path, mounted_file_systems(mounts))
    return kind if kind in NETWORK_FILE_SYSTEMS else None


def mounted_file_systems(mounts: Path | None = None) -> dict[Path, str]:
    """Return what kind of file system is mounted where; nothing where the system does not tell."""
    try:
        lines = (mounts or MOUNTS).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return {}
    return {Path(_unescaped(line.split()[4])): line.partition(" - ")[2].split(" ")[0] for line in lines}


def file_system_at(path: Path, places: Mapping[Path, str]) -> str | None:
    """Name the file system that an absolute path is on; None if it is unknown."""
    return next((places[place] for place in (path, *path.parents) if place in places), None)


def mount_points(mounts: Path | None = None) -> frozenset[bytes]:
    """Return the places where file systems are mounted; none if that is unknown."""
    try:
        lines = (mounts or MOUNTS).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return frozenset()
    return frozenset(os.fsencode(_unescaped(line.split()[4])) for line in lines)


def _unescaped(place: str) -> str:
    r"""Undo the octal escapes of proc(5): space is ``\040``."""
    for escape, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        place = place.replace(escape, character)
    return place
