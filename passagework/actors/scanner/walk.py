"""Walk folders of music: what is there, folder by folder, without opening a single file."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from passagework.domain.files import FileStamp, display_path
from passagework.domain.progress import ScanProblem, ScanProblemCode
from passagework.persistence.file.side_files import side_files

SYSTEM_FOLDERS: Final = frozenset(
    {b"lost+found", b"$recycle.bin", b"system volume information", b"@eadir", b"#recycle", b"#snapshot", b"__macosx"}
)
IGNORE_MARKER: Final = b".nomedia"

_LONGEST_PATH: Final = os.pathconf("/", "PC_PATH_MAX")
"""In bytes, with the zero byte at its end."""

_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_IN_PART: Final = frozenset({ScanProblemCode.ENTRIES_UNREADABLE, ScanProblemCode.PATH_TOO_LONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRules:
    """What the walk takes. Globs are matched against the path below the root (``*`` crosses folders) and the name.

    An empty ``include`` takes everything; ``exclude`` wins over ``include``.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = True
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A file as the folder lists it; the target's stamp where the name is a symbolic link."""

    path: bytes
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one folder that the rules take, by name; or why the folder could not be read, or not all of it."""

    folder: bytes
    files: tuple[DirectoryFile, ...]
    problem: ScanProblem | None = None

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

    def __contains__(self, file: DirectoryFile) -> bool:
        """Return whether the file belongs to the library."""
        return file.path in self._paths or (file.stamp.device, file.stamp.inode) in self._inodes


def walk(root: bytes, rules: ScanRules, visited: set[tuple[int, int]]) -> Iterator[Listing]:
    """List ``root`` and every folder below it, depth first and in order of name.

    ``visited`` holds device and inode of the folders seen so far and is added to: that ends symlink loops and keeps
    overlapping roots from being listed twice. A root that is missing or has nothing in it yields one listing with the
    problem. Everything that is there and cannot be looked at is said in the problem of its folder.
    """
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Listing(folder, (), _problem(folder, root, error))
            continue
        if folder == root and not names:
            yield Listing(folder, (), ScanProblem(ScanProblemCode.ROOT_EMPTY, root, "the folder has no entries"))
            continue
        if any(entry.name == IGNORE_MARKER for entry in names):
            continue
        files, folders, unseen = _sort_out(names, root, rules)
        # Reversed, because folders are taken from the end of the list.
        yield Listing(folder, files, _problem_of_entries(folder, unseen) if unseen else None)
        pending.extend(reversed(folders))


def _problem(folder: bytes, root: bytes, error: OSError) -> ScanProblem:
    missing = folder == root and error.errno in _NOT_THERE
    code = ScanProblemCode.ROOT_MISSING if missing else ScanProblemCode.FOLDER_UNREADABLE
    if missing and os.path.exists(root):
        code = ScanProblemCode.ROOT_IS_FILE
        return ScanProblem(code, folder, "a file, not a folder; name the folder that it is in")
    return ScanProblem(code, folder, _why(error))


def _problem_of_entries(folder: bytes, unseen: list[tuple[bytes, OSError]]) -> ScanProblem:
    """Say once for a folder how many of its entries could not be looked at, and why not the first of them."""
    name, error = next((one for one in unseen if one[1].errno != errno.ENAMETOOLONG), unseen[0])
    # A link may have a target with a name that is too long: its own path is not.
    too_long = error.errno == errno.ENAMETOOLONG and len(folder) + 1 + len(name) >= _LONGEST_PATH
    code = ScanProblemCode.PATH_TOO_LONG if too_long else ScanProblemCode.ENTRIES_UNREADABLE
    number = "1 entry" if len(unseen) == 1 else f"{len(unseen)} entries"
    return ScanProblem(code, folder, f"{number} not looked at, such as {display_path(name)}: {_why(error)}")


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def _sort_out(
    entries: list[os.DirEntry[bytes]], root: bytes, rules: ScanRules
) -> tuple[tuple[DirectoryFile, ...], list[bytes], list[tuple[bytes, OSError]]]:
    """Return the files, the folders, and the entries that could not be looked at."""
    files: list[DirectoryFile] = []
    folders: list[bytes] = []
    unseen: list[tuple[bytes, OSError]] = []
    for entry in entries:
        if not rules.hidden and entry.name.startswith(b"."):
            continue
        # The path of an entry begins with the root as it was given; os.path.relpath would take time for each level.
        relative = os.fsdecode(entry.path.removeprefix(root).lstrip(b"/"))
        if _matches(relative, rules.exclude):
            continue
        try:
            status = entry.stat(follow_symlinks=rules.follow_symlinks)
        except OSError as error:
            # Only a name without a file (a dangling link, a file just removed) is ignored.
            if error.errno not in _NOT_THERE:
                unseen.append((entry.name, error))
            continue
        if stat.S_ISDIR(status.st_mode):
            if entry.name.lower() not in SYSTEM_FOLDERS:
                folders.append(entry.path)
        elif not stat.S_ISLNK(status.st_mode) and (not rules.include or _matches(relative, rules.include)):
            files.append(DirectoryFile(entry.path, FileStamp.of(status)))
    return tuple(files), folders, unseen


def _matches(relative: str, globs: tuple[str, ...]) -> bool:
    name = relative.rpartition("/")[2]
    return any(fnmatchcase(relative, glob) or fnmatchcase(name, glob) for glob in globs)
