"""Whether inode numbers tell files apart where they are, or are given out anew. Plain, no threads.

They are of no use on network and FUSE file systems and on FAT, which make them up as files are looked at. Nor are they
where all files of a root have other numbers than before: a disk that was copied, or restored from a backup.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final

from passagework.domain.files import storable_time
from passagework.domain.progress import ScanProblem, ScanProblemCode
from passagework.persistence.file.network_mount import MOUNTS, NETWORK_FILE_SYSTEMS

if TYPE_CHECKING:
    from passagework.actors.scanner.walk import ListedFile
    from passagework.domain.views import SettledFile

_MADE_UP: Final = NETWORK_FILE_SYSTEMS | {"9p", "exfat", "msdos", "vfat", "virtiofs"}

FEWEST: Final = 8
"""So many files that are alike but for their inodes show that all were given out anew. Of fewer the content decides."""

_KIND_AFTER: Final = " - "


class Numbers(Enum):
    """What inode numbers are good for."""

    STABLE = auto()
    """A file keeps its number."""

    RENUMBERED = auto()
    """They are others than before, all at once; from now on they may be stable."""

    UNSTABLE = auto()


class FileNumbers:
    """Judges the numbers of files, root by root, only once a file has another number than before.

    ``sample`` gives some files of a root as the library knows them.
    """

    def __init__(
        self, roots: Sequence[bytes], sample: "Callable[[bytes], Iterable[SettledFile]]", mounts: Path = MOUNTS
    ) -> None:
        self._roots = sorted(roots, key=len, reverse=True)
        self._sample = sample
        self._mounts = mounts
        self._kinds: Mapping[int, str] | None = None
        self._renumbered: dict[bytes, bool] = {}
        self._told: set[bytes] = set()
        self._said: list[ScanProblem] = []

    def of(self, file: "ListedFile") -> Numbers:
        """Judge the number of a file that the library does not know so."""
        root = self._root_of(file[0])
        if self.is_made_up(file[3]):
            self._say(root, f"file systems of type {self._kind_of(file[3])} make them up")
            return Numbers.UNSTABLE
        if root not in self._renumbered:
            self._renumbered[root] = self._all_differ(root)
        if self._renumbered[root]:
            self._say(root, "all files have others than before")
            return Numbers.RENUMBERED
        return Numbers.STABLE

    def is_made_up(self, device: int) -> bool:
        """Tell whether the file system of a device gives files other numbers each time they are looked at."""
        kind = self._kind_of(device)
        return kind in _MADE_UP or kind.startswith("fuse")

    def take_said(self) -> list[ScanProblem]:
        """Return what is to be said and was not yet: one problem for each root whose numbers are not used."""
        said, self._said = self._said, []
        return said

    def _root_of(self, path: bytes) -> bytes:
        return next((root for root in self._roots if path.startswith(root.rstrip(b"/") + b"/")), path)

    def _kind_of(self, device: int) -> str:
        if self._kinds is None:
            self._kinds = _kinds_of(self._mounts)
        return self._kinds.get(device, "")

    def _all_differ(self, root: bytes) -> bool:
        alike = 0
        for path, size, mtime_ns, _, inode, *_ in self._sample(root):
            try:
                status = os.stat(path)
            except OSError:
                continue
            if (size, mtime_ns) == (status.st_size, storable_time(status.st_mtime_ns)):
                if inode % (1 << 64) == status.st_ino:
                    return False
                alike += 1
        return alike >= FEWEST

    def _say(self, root: bytes, why: str) -> None:
        if root not in self._told:
            self._told.add(root)
            self._said.append(ScanProblem(ScanProblemCode.INODES_NOT_USED, root, why))


def _kinds_of(mounts: Path) -> Mapping[int, str]:
    """Return the type of the file system of each device (/proc/self/mountinfo, proc(5)); of none, where that is not."""
    kinds: dict[int, str] = {}
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return kinds
    for line in lines:
        place, _, behind = line.partition(_KIND_AFTER)
        major, _, minor = place.split(" ")[2].partition(":")
        kinds[os.makedev(int(major), int(minor))] = behind.split(" ")[0]
    return kinds
