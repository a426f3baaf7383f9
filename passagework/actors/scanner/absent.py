"""What became of files of the library that a scan did not list: gone, left out by the rules, or behind a guard.

A guard is a folder that seems to stand in for one on a disk that is not there. What the library knows of it counts as
it was last seen. There are three kinds:

- a link to a folder, that leads nowhere;
- an empty folder that is a mount point, or not the folder that the last scan saw under this name: whoever deletes the
  files of a folder leaves the folder as it is, whoever unmounts a disk leaves another one;
- a folder where a file system began when it was last seen, and none begins now, unless most of its files are there.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from stat import S_ISDIR, S_ISLNK
from typing import Final

from passagework.domain.progress import ScanProblem, ScanProblemCode
from passagework.domain.views import SeenFolder
from passagework.persistence.file.network_mount import mount_points

_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_UNSIGNED: Final = (1 << 63) - 1
"""What the library holds of a device or inode number."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Files that are not on the disk, and files that are, but that the rules leave out."""

    missing: tuple[bytes, ...] = ()
    excluded: tuple[bytes, ...] = ()


class Fate(Enum):
    """What became of a folder or a file."""

    THERE = auto()
    GONE = auto()
    HELD = auto()
    """It is behind a guard, or cannot be looked at."""


PresentIn = Callable[[bytes], Iterator[bytes]]
"""Iterates over the files at and below a folder that the library takes for present."""


class Mounts:
    """Where file systems begin, as the system lists them now."""

    def __init__(self) -> None:
        self._places = mount_points()
        self._names = frozenset(map(os.path.basename, self._places))

    def begin_at(self, folder: bytes, status: os.stat_result) -> bool:
        """Return whether a file system begins at a folder, or another one at what a link leads to."""
        if os.stat(os.path.dirname(folder)).st_dev != status.st_dev:
            return True
        # A folder that is mounted at a second place has the device of the first.
        return os.path.basename(folder) in self._names and os.path.realpath(folder) in self._places


@dataclass(slots=True)
class Look:
    """One look at the disk, in which each folder is looked at once.

    ``seen`` is how the last scan found folders, ``unread`` are folders that could not be listed, ``guards`` those that
    hold files, with what is to be said of them.
    """

    roots: tuple[bytes, ...]
    seen: Mapping[bytes, SeenFolder]
    present_in: PresentIn
    unread: frozenset[bytes] = frozenset()
    mounts: Mounts = field(default_factory=Mounts)
    guards: dict[bytes, ScanProblem] = field(default_factory=dict)
    _folders: dict[bytes, tuple[Fate, ScanProblem | None]] = field(default_factory=dict)

    def of_files(self, paths: Iterable[bytes]) -> Judged:
        """Judge files that their folders did not list."""
        missing: list[bytes] = []
        excluded: list[bytes] = []
        for path in paths:
            match self._of_file(path):
                case Fate.GONE:
                    missing.append(path)
                case Fate.THERE:
                    excluded.append(path)
                case Fate.HELD:
                    self.hold(os.path.dirname(path))
        return Judged(tuple(missing), tuple(excluded))

    def of_folder(self, folder: bytes) -> Fate:
        """Judge a folder."""
        return self._folder(folder)[0]

    def hold(self, folder: bytes) -> None:
        """Note that a folder holds files, if it is behind a guard."""
        problem = self._folder(folder)[1]
        if problem is not None:
            self.guards[problem.path] = problem

    def _of_file(self, path: bytes) -> Fate:
        try:
            status = os.stat(path)
        except OSError as error:
            if error.errno not in _NOT_THERE:
                return Fate.HELD
        else:
            if not S_ISDIR(status.st_mode):
                return Fate.THERE
        return Fate.HELD if self.of_folder(os.path.dirname(path)) is Fate.HELD else Fate.GONE

    def _folder(self, folder: bytes) -> tuple[Fate, ScanProblem | None]:
        found = self._folders.get(folder)
        if found is None:
            found = self._folders[folder] = self._look_at(folder)
        return found

    def _look_at(self, folder: bytes) -> tuple[Fate, ScanProblem | None]:
        if folder in self.unread:
            return Fate.HELD, None
        if is_below(folder, self.roots):
            above = self._folder(os.path.dirname(folder))
            if above[0] is not Fate.THERE:
                return above
        try:
            status = os.lstat(folder)
            if S_ISLNK(status.st_mode):
                status = os.stat(folder)
            if S_ISDIR(status.st_mode):
                return self._look_into(folder, status)
        except OSError as error:
            if error.errno not in _NOT_THERE:
                return Fate.HELD, None
            if os.path.islink(folder):
                return Fate.HELD, ScanProblem(ScanProblemCode.LINK_DANGLING, folder, "the link leads nowhere")
        return (Fate.HELD if folder in self.roots else Fate.GONE), None

    def _look_into(self, folder: bytes, status: os.stat_result) -> tuple[Fate, ScanProblem | None]:
        is_empty = not _has_entries(folder)
        if is_empty and folder in self.roots:
            # The walk has said so.
            return Fate.HELD, None
        why = self._why_guarded(folder, status, is_empty=is_empty)
        if why is None:
            return Fate.THERE, None
        return Fate.HELD, ScanProblem(ScanProblemCode.FOLDER_NOT_MOUNTED, folder, why)

    def _why_guarded(self, folder: bytes, status: os.stat_result, *, is_empty: bool) -> str | None:
        mounted = self.mounts.begin_at(folder, status)
        before = self.seen.get(folder)
        was_mounted = before is not None and before[3] and not mounted
        if is_empty:
            if mounted:
                return "the file system that is mounted there has no entries"
            # Without the device: its number may change whenever a network share or another disk is mounted.
            is_other = before is not None and before[2] != status.st_ino & _UNSIGNED
            return "it has no entries, and is not the folder that was there" if is_other or was_mounted else None
        if was_mounted and not self._mostly_there(folder):
            return "a file system was mounted there, and none is now"
        return None

    def _mostly_there(self, folder: bytes) -> bool:
        """Return whether the disk has most of the files of a folder, as where they were copied."""
        return sum(1 if os.path.exists(path) else -1 for path in self.present_in(folder)) > 0


class FoldersSeen:
    """How a scan finds the folders with music, beside how the last one found them."""

    def __init__(self, before: Mapping[bytes, SeenFolder]) -> None:
        self.before = before
        self._others: set[bytes] = set()

    def listed(self, folder: bytes, device: int, inode: int) -> None:
        """Note a folder if it is another one than before."""
        before = self.before.get(folder)
        if before is not None and (before[2] != inode & _UNSIGNED or before[1] != device & _UNSIGNED):
            self._others.add(folder)

    def news(self, new: Iterable[bytes], look: Look) -> Iterator[SeenFolder]:
        """Yield what the last scan did not see so: of these folders, and of those that they are in up to the roots."""
        done: set[bytes] = set()
        for listed in (*self._others, *new):
            folder = listed
            while folder not in done:
                done.add(folder)
                # What stands behind a guard is remembered as it was.
                if (folder in self._others or folder not in self.before) and look.of_folder(folder) is Fate.THERE:
                    yield from _seen(folder, look.mounts)
                if not is_below(folder, look.roots):
                    break
                folder = os.path.dirname(folder)


def is_below(folder: bytes, roots: Iterable[bytes]) -> bool:
    """Return whether a folder is below one of these, and not one of them itself."""
    return any(folder != root and folder.startswith(root.rstrip(b"/") + b"/") for root in roots)


def _seen(folder: bytes, mounts: Mounts) -> Iterator[SeenFolder]:
    try:
        status = os.stat(folder)
        mounted = mounts.begin_at(folder, status)
    except OSError:
        # It went away meanwhile, and the next scan looks again.
        return
    yield folder, status.st_dev & _UNSIGNED, status.st_ino & _UNSIGNED, mounted


def _has_entries(folder: bytes) -> bool:
    with os.scandir(folder) as entries:
        return next(entries, None) is not None
