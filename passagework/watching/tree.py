"""The folders that the system tells of (inotify): which are watched, and what their events mean."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISLNK
from typing import Final, Protocol

from inotify_simple import INotify, flags, parse_events  # type: ignore[import-untyped] # it has no annotations

from passagework.actors.scanner.plan import Extensions, may_be_audio
from passagework.actors.scanner.walk import IGNORE_MARKER, ScanRules, Visited, takes_folder, walk
from passagework.domain.files import display_path
from passagework.domain.music_names import is_sheet
from passagework.domain.scan_scope import ScanPart
from passagework.logs import logger
from passagework.persistence.file.side_files import is_beside

_MASK: Final = int(
    flags.CREATE
    | flags.CLOSE_WRITE
    | flags.ATTRIB
    | flags.DELETE
    | flags.MOVED_FROM
    | flags.MOVED_TO
    | flags.DELETE_SELF
    | flags.MOVE_SELF
    | flags.ONLYDIR
    | flags.EXCL_UNLINK
)
"""Not MODIFY: a file that is being written makes one for each write, and says nothing that its end does not say. Not
OPEN and its like: an import would hear itself read."""

_CAME: Final = int(flags.CREATE | flags.MOVED_TO)
_WENT: Final = int(flags.DELETE | flags.MOVED_FROM)
_SELF: Final = int(flags.DELETE_SELF | flags.MOVE_SELF)
_READ_BYTES: Final = 1 << 18
_MOST_READS: Final = 16
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_DOT: Final = ord(".")


class Sink(Protocol):
    """Receives what the events mean."""

    def in_folder(self, folder: bytes) -> None:
        """Note that files have left a folder, or have come into it by a move."""

    def written(self, path: bytes) -> None:
        """Note that a file was created or written, or has other attributes."""

    def below(self, folder: bytes) -> None:
        """Note that a folder has come or gone."""

    def moved_in(self, path: bytes) -> None:
        """Note that a file has got its name by a move."""

    def overflowed(self) -> None:
        """Receive that the kernel lost events: as ``lost``, and a host should know."""

    def lost(self) -> None:
        """Note that anything may have changed, also the names of folders: ``follow`` is due."""

    def root_changed(self) -> None:
        """Note that a root was deleted or moved, or that something was unmounted."""

    def no_room(self, root: bytes, reason: str) -> None:
        """Note that a root is watched no more: the limits of the system have no room for all of its folders."""


@dataclass(frozen=True, slots=True)
class _Place:
    path: bytes
    root: bytes


class WatchedTree:
    """All watches of some roots, on one descriptor. Not for several threads.

    A folder is watched under the name under which an import lists it, since it is found by the same walk.
    """

    def __init__(self, rules: ScanRules, extensions: Extensions, library: bytes, sink: Sink) -> None:
        self._rules = rules
        self._extensions = extensions
        self._library = Path(os.fsdecode(os.path.realpath(library)))
        self._library_name = os.fsencode(self._library.name)
        self._sink = sink
        self._log = logger("watch")
        self._places: dict[int, _Place] = {}
        self._watches: dict[bytes, int] = {}
        self._roots: tuple[bytes, ...] = ()
        self._left: set[bytes] = set()
        self._entered: dict[bytes, bytes] = {}
        self._inotify: INotify | None = None

    def fileno(self) -> int | None:
        """Return the descriptor that is ready to be read when there are events; it changes with each ``follow``."""
        return None if self._inotify is None else self._inotify.fileno()

    def close(self) -> None:
        """Give back the descriptor, and with it all watches."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
        self._places.clear()
        self._watches.clear()
        self._left.clear()
        self._entered.clear()

    def __len__(self) -> int:
        """Return the number of folders that are watched."""
        return len(self._watches)

    def follow(self, roots: tuple[bytes, ...]) -> None:
        """Watch these roots and all folders below them, from the beginning: folders may have got other names.

        Raises OSError if the system gives no descriptor.
        """
        self.close()
        self._roots = roots
        if roots:
            self._inotify = INotify(nonblocking=True)
        visited: Visited = {}
        for root in roots:
            self._watch_below(root, root, visited)

    def read(self) -> None:
        """Take the events that are there and tell the sink what they mean."""
        for _ in range(_MOST_READS):
            if self._inotify is None:
                return
            try:
                data = os.read(self._inotify.fileno(), _READ_BYTES)
            except BlockingIOError:
                break
            for watch, mask, _cookie, name in parse_events(data):
                self._event(watch, mask, os.fsencode(name))
        self._apply()

    def _event(self, watch: int, mask: int, name: bytes) -> None:
        if mask & flags.Q_OVERFLOW:
            self._log.warning("watch-events-lost")
            self._sink.overflowed()
            return
        place = self._places.get(watch)
        if place is None:
            return
        if mask & flags.IGNORED:
            self._forget(watch, place.path)
        elif mask & flags.UNMOUNT:
            self._sink.root_changed()
        elif mask & _SELF:
            self._self_event(place)
        elif not name:
            """The attributes of the folder itself: they are no concern of its files."""
        elif mask & flags.ISDIR:
            self._folder_event(place, _join(place.path, name), mask)
        else:
            self._file_event(place, _join(place.path, name), name, mask)

    def _self_event(self, place: _Place) -> None:
        if place.path in self._roots:
            self._sink.root_changed()
        elif os.path.islink(place.path):
            # Of the target of a link no folder above tells. It may be another name of a folder that is followed.
            self._sink.lost()

    def _folder_event(self, place: _Place, path: bytes, mask: int) -> None:
        if not takes_folder(path, place.root, self._rules):
            return
        if mask & _WENT:
            # What is deleted is watched no more by itself.
            if mask & flags.MOVED_FROM:
                self._left.add(path)
            self._entered.pop(path, None)
        elif path in self._watches and mask & flags.ATTRIB:
            # It can be read anyway.
            return
        else:
            if path in self._watches:
                self._left.add(path)
            self._entered[path] = place.root
        self._sink.below(path)

    def _file_event(self, place: _Place, path: bytes, name: bytes, mask: int) -> None:
        if name == IGNORE_MARKER:
            self._left.add(place.path)
            self._entered[place.path] = place.root
            self._sink.below(place.path)
            return
        if path in self._watches or (mask & _CAME and self._is_link_to_folder(path)):
            # The walk goes into a folder under the first of its names that it meets, wherever that is.
            self._sink.lost()
            return
        if not self._may_matter(place, path, name):
            return
        if mask & flags.MOVED_TO:
            self._sink.moved_in(path)
        if mask & (_WENT | flags.MOVED_TO):
            self._sink.in_folder(place.path)
        else:
            self._sink.written(path)

    def _may_matter(self, place: _Place, path: bytes, name: bytes) -> bool:
        if name[0] == _DOT and not self._rules.hidden:
            return False
        if not may_be_audio(path, self._extensions) and not is_sheet(name):
            return False
        if not name.startswith(self._library_name):
            return True
        return not is_beside(Path(os.fsdecode(_join(os.path.realpath(place.path), name))), self._library)

    def _is_link_to_folder(self, path: bytes) -> bool:
        try:
            return self._rules.follow_symlinks and S_ISLNK(os.lstat(path).st_mode) and os.path.isdir(path)
        except OSError:
            return False

    def _apply(self) -> None:
        """Remove the watches of folders that have left, then add those of folders that have come."""
        left, self._left = self._left, set()
        entered, self._entered = self._entered, {}
        if left:
            # All at once: a burst may take away a thousand folders, each with others below it.
            for path in [path for path in self._watches if any(above in left for above in _names_above(path))]:
                self._remove(path)
        for path, root in entered.items():
            if root in self._roots and not any(above in entered for above in _names_above(path[: path.rfind(b"/")])):
                self._watch_below(root, path, {})

    def _watch_below(self, root: bytes, start: bytes, visited: Visited) -> None:
        part = None if start == root else ScanPart(start, below=True)
        no_room: list[str] = []

        def add(folder: bytes) -> None:
            reason = self._add(folder, root)
            if reason is not None:
                no_room.append(reason)
            if part is not None and os.path.islink(folder):
                # As above: it may be another name of a folder that has one.
                self._sink.lost()

        for _listing in walk(root, self._rules, visited, self._roots, part, add):
            # Each folder is watched before it is listed, so nothing comes in between.
            if no_room:
                self._roots = tuple(one for one in self._roots if one != root)
                for path in [place.path for place in self._places.values() if place.root == root]:
                    self._remove(path)
                self._sink.no_room(root, no_room[0])
                return

    def _add(self, path: bytes, root: bytes) -> str | None:
        """Watch a folder; return why there is no room for that."""
        if self._inotify is None:
            return None
        try:
            watch = self._inotify.add_watch(path, _MASK)
        except OSError as error:
            if error.errno in _NO_ROOM:
                return os.strerror(error.errno)
            if error.errno not in {errno.ENOENT, errno.ENOTDIR}:
                self._log.warning("watch-folder-unreadable", folder=display_path(path), detail=error.strerror)
            return None
        before = self._places.get(watch)
        if before is not None and before.path != path:
            self._watches.pop(before.path, None)
        self._places[watch] = _Place(path, root)
        self._watches[path] = watch
        return None

    def _remove(self, path: bytes) -> None:
        watch = self._watches.pop(path)
        place = self._places.get(watch)
        if place is not None and place.path == path and self._inotify is not None:
            del self._places[watch]
            with suppress(OSError):
                # The folder may be gone, and its watch with it.
                self._inotify.rm_watch(watch)

    def _forget(self, watch: int, path: bytes) -> None:
        del self._places[watch]
        if self._watches.get(path) == watch:
            del self._watches[path]


def _join(folder: bytes, name: bytes) -> bytes:
    return folder.rstrip(b"/") + b"/" + name


def _names_above(path: bytes) -> Iterator[bytes]:
    """Yield a path and every folder above it."""
    yield path
    end = path.rfind(b"/")
    while end > 0:
        yield path[:end]
        end = path.rfind(b"/", 0, end)
