"""Walk folders of music: what is there, folder by folder, without opening a single file."""

import errno
import heapq
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from operator import itemgetter
from pathlib import Path
from stat import S_IFDIR, S_IFLNK, S_IFMT
from typing import Final

from passagework.domain.counted import counted
from passagework.domain.files import display_path
from passagework.domain.music_names import is_system_folder
from passagework.domain.progress import ScanProblem, ScanProblemCode
from passagework.domain.scan_scope import ScanPart
from passagework.persistence.file.side_files import side_files

IGNORE_MARKER: Final = b".nomedia"
_DOT: Final = ord(".")
_KIND: Final = S_IFMT(0xFFFF)
"""The bits of a mode that say what a file is."""

_LONGEST_PATH: Final = os.pathconf("/", "PC_PATH_MAX")
"""In bytes, with the zero byte at its end."""

_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_IN_PART: Final = frozenset({ScanProblemCode.ENTRIES_UNREADABLE, ScanProblemCode.PATH_TOO_LONG})


_Folder = tuple[bytes, int, int]
"""Path, device and inode: those that its own folder listed, so that it need not be looked at again."""

Visited = dict[tuple[int, int], bytes]
"""The folders that were listed, by device and inode: each under one path, though it may have several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRules:
    """What the walk takes. Globs are matched against the path below the root (``*`` crosses folders) and the name.

    An empty ``include`` takes everything; ``exclude`` wins over ``include``.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = True
    hidden: bool = False


ListedFile = tuple[bytes, int, int, int, int, int, None]
"""A file as its folder lists it: path, size, mtime, device, inode, ctime, None; the target's for a symbolic link.

Times are in nanoseconds. A plain tuple, since an import of an unchanged library makes one for each file and little
else. It is equal to the row of a file that has not changed (``domain.views.SettledFile``).
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one folder that the rules take, in any order; or why it could not be read, or not all of it.

    ``device`` and ``inode`` are those of the folder, where it could be read.
    """

    folder: bytes
    files: Sequence[ListedFile]
    problem: ScanProblem | None = None
    device: int = 0
    inode: int = 0

    @property
    def was_read(self) -> bool:
        """Whether the folder could be listed, with all of its entries or some."""
        return self.problem is None or self.problem.code in _IN_PART


class OwnFiles:
    """The files of the library itself, which are never opened.

    They are known by path and by device and inode: opening and closing a database file by hand in the process that
    writes it drops SQLite's locks (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """

    def __init__(self, library: bytes) -> None:
        self._paths = frozenset({library, *map(os.fsencode, side_files(Path(os.fsdecode(library))))})
        self._inodes: set[tuple[int, int]] = set()
        for path in self._paths:
            try:
                status = os.stat(path)
            except OSError:
                continue
            self._inodes.add((status.st_dev, status.st_ino))

    def __contains__(self, file: ListedFile) -> bool:
        """Return whether the file belongs to the library."""
        path, _size, _mtime_ns, device, inode, _ctime_ns, _ = file
        return path in self._paths or (device, inode) in self._inodes


def _unheard(_folder: bytes) -> None:
    """Tell nobody."""


def walk(  # noqa: C901 - one loop, with the reasons why a folder is none for it
    root: bytes,
    rules: ScanRules,
    visited: Visited,
    roots: Collection[bytes] = (),
    part: ScanPart | None = None,
    entered: Callable[[bytes], object] = _unheard,
) -> Iterator[Listing]:
    """List ``root`` and every folder below it, or ``part`` of it, depth first and in order of name.

    What symbolic links lead to comes last: a folder with several paths is listed under one that has no link in it, if
    there is one. ``visited`` holds the folders seen so far and is added to: that ends symlink loops and keeps
    overlapping roots from being listed twice. A root that is missing or has nothing in it yields one listing with the
    problem, and so does one of the other ``roots`` below it that has nothing in it. Everything that is there and cannot
    be looked at is said in the problem of its folder; but a part that is gone yields nothing. ``entered`` is called
    with each folder before it is listed, also with one that yields nothing because of its marker.
    """
    start, below = (root, True) if part is None else (part.folder, part.below)
    pending: list[_Folder] = []
    linked: list[_Folder] = []
    try:
        status = os.stat(start)
    except OSError as error:
        if start == root or error.errno not in _NOT_THERE:
            yield Listing(start, (), _problem(start, root, error))
    else:
        pending.append((start, status.st_dev, status.st_ino))
    while pending or linked:
        folder, device, inode = pending.pop() if pending else heapq.heappop(linked)
        if (device, inode) in visited:
            continue
        entered(folder)
        try:
            with os.scandir(folder) as listed:
                entries = list(listed)
        except OSError as error:
            if folder == start != root and error.errno in _NOT_THERE:
                continue
            yield Listing(folder, (), _problem(folder, root, error))
            continue
        # Only now: a folder that is gone from here may be met again elsewhere.
        visited[device, inode] = folder
        if not entries and (folder == root or folder in roots):
            yield Listing(folder, (), ScanProblem(ScanProblemCode.ROOT_EMPTY, folder, "the folder has no entries"))
            continue
        sorted_out = _sort_out(entries, root, rules)
        if sorted_out is None:
            continue
        files, folders, links, unseen = sorted_out
        yield Listing(folder, files, _problem_of_entries(folder, unseen) if unseen else None, device, inode)
        if below:
            # Reversed, because folders are taken from the end of the list.
            folders.sort(reverse=True)
            pending += folders
            for link in links:
                heapq.heappush(linked, link)


def takes_folder(path: bytes, root: bytes, rules: ScanRules) -> bool:
    """Return whether the walk goes into a folder of this name."""
    name = path.rpartition(b"/")[2]
    if name[0] == _DOT and not rules.hidden:
        return False
    return not is_system_folder(name) and not (rules.exclude and _matches(_relative(path, root), rules.exclude))


def takes(path: bytes, root: bytes, rules: ScanRules) -> bool:
    """Return whether the walk lists a file of this path below a root, if it is there."""
    folder, _, name = path.rpartition(b"/")
    while len(folder) >= len(root):
        if os.path.lexists(folder + b"/" + IGNORE_MARKER):
            return False
        if len(folder) > len(root) and not takes_folder(folder, root, rules):
            return False
        folder = folder.rpartition(b"/")[0]
    if name[0] == _DOT and not rules.hidden:
        return False
    relative = _relative(path, root)
    is_excluded = bool(rules.exclude) and _matches(relative, rules.exclude)
    return not is_excluded and (not rules.include or _matches(relative, rules.include))


def _problem(folder: bytes, root: bytes, error: OSError) -> ScanProblem:
    missing = folder == root and error.errno in _NOT_THERE
    code = ScanProblemCode.ROOT_MISSING if missing else ScanProblemCode.FOLDER_UNREADABLE
    if missing and os.path.exists(root):
        code = ScanProblemCode.ROOT_IS_FILE
        return ScanProblem(code, folder, "a file, not a folder; name the folder that it is in")
    return ScanProblem(code, folder, _why(error))


def _problem_of_entries(folder: bytes, unseen: list[tuple[bytes, OSError]]) -> ScanProblem:
    """Say once for a folder how many of its entries could not be looked at, and why not the first of them."""
    unseen.sort(key=itemgetter(0))
    name, error = next((one for one in unseen if one[1].errno != errno.ENAMETOOLONG), unseen[0])
    # A link may have a target with a name that is too long: its own path is not.
    too_long = error.errno == errno.ENAMETOOLONG and len(folder) + 1 + len(name) >= _LONGEST_PATH
    code = ScanProblemCode.PATH_TOO_LONG if too_long else ScanProblemCode.ENTRIES_UNREADABLE
    number = counted(len(unseen), "entry", "entries")
    return ScanProblem(code, folder, f"{number} not looked at, such as {display_path(name)}: {_why(error)}")


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def _sort_out(  # noqa: C901 - one loop, since it is most of the work of an import in which nothing has changed
    entries: list[os.DirEntry[bytes]], root: bytes, rules: ScanRules
) -> tuple[list[ListedFile], list[_Folder], list[_Folder], list[tuple[bytes, OSError]]] | None:
    """Return the files, the folders, those that links lead to, and what could not be looked at; None: leave all out."""
    files: list[ListedFile] = []
    folders: list[_Folder] = []
    links: list[_Folder] = []
    unseen: list[tuple[bytes, OSError]] = []
    include, exclude, hidden, follow_symlinks = rules.include, rules.exclude, rules.hidden, rules.follow_symlinks
    for entry in entries:
        name = entry.name
        if name[0] == _DOT:
            if name == IGNORE_MARKER:
                return None
            if not hidden:
                continue
        if exclude and _matches(_relative(entry.path, root), exclude):
            continue
        try:
            status = entry.stat(follow_symlinks=follow_symlinks)
        except OSError as error:
            # Only a name without a file (a dangling link, a file just removed) is ignored.
            if error.errno not in _NOT_THERE:
                unseen.append((name, error))
            continue
        kind = status.st_mode & _KIND
        if kind == S_IFDIR:
            if not is_system_folder(name):
                found = links if entry.is_symlink() else folders
                found.append((entry.path, status.st_dev, status.st_ino))
        elif kind != S_IFLNK and (not include or _matches(_relative(entry.path, root), include)):
            files.append(
                (
                    entry.path,
                    status.st_size,
                    status.st_mtime_ns,
                    status.st_dev,
                    status.st_ino,
                    status.st_ctime_ns,
                    None,
                )
            )
    return files, folders, links, unseen


def _relative(path: bytes, root: bytes) -> str:
    """Return the path below the root as it was given, with which each path of an entry begins."""
    return os.fsdecode(path.removeprefix(root).lstrip(b"/"))


def _matches(relative: str, globs: tuple[str, ...]) -> bool:
    name = relative.rpartition("/")[2]
    return any(fnmatchcase(relative, glob) or fnmatchcase(name, glob) for glob in globs)
