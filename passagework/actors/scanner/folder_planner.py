"""Compares folders on the disk with the library: what is new, changed, gone, or back. Plain, no threads.

Every method raises what a query raises while the library is away (``LIBRARY_AWAY``); it can be called again then.
"""

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from passagework.actors.messages.scanner import Scan
from passagework.actors.scanner.plan import Extensions, FolderPlan, found, plan_folder
from passagework.actors.scanner.walk import Listing, OwnFiles, ScanRules, walk
from passagework.actors.writer.library_port import LIBRARY_AWAY, LibraryPort
from passagework.domain.progress import ScanProblem
from passagework.domain.views import KnownFile
from passagework.persistence.read.queries import KnownFiles, KnownFolders


@dataclass(slots=True)
class Course:
    """One way through the roots: listings still to come, and what was seen so far."""

    roots: tuple[bytes, ...]
    rules: ScanRules
    visited: set[tuple[int, int]] = field(default_factory=set)
    problems: list[ScanProblem] = field(default_factory=list)
    listings: Iterator[Listing] = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the first root."""
        self.listings = itertools.chain.from_iterable(walk(root, self.rules, self.visited) for root in self.roots)

    def put_back(self, listing: Listing) -> None:
        """Return a listing to the course: the library was away, so the two could not be compared."""
        self.listings = itertools.chain([listing], self.listings)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRules:
    """Which names are audio, and ``is_audio``, which looks into a file whose name says nothing."""

    extensions: Extensions
    is_audio: Callable[[bytes], bool]


class FolderPlanner:
    """Plans one folder of a scan after the other.

    Folders that held no file of the library when the scan began need not be asked about, and what is imported
    meanwhile still counts as new to the look ahead.
    """

    def __init__(self, scan: Scan, library: LibraryPort, own: OwnFiles, rules: FolderRules) -> None:
        self._scan = scan
        self._library = library
        self._own = own
        self._rules = rules
        self._known_folders: frozenset[bytes] | None = None

    def plan(self, course: Course, listing: Listing) -> FolderPlan:
        """Plan a folder that could be listed. While the library is away, the listing goes back to its course."""
        files = [file for file in listing.files if file not in self._own]
        try:
            known = self._known_in(listing.folder)
        except LIBRARY_AWAY:
            course.put_back(listing)
            raise
        plan = plan_folder(
            files,
            known,
            self._rules.extensions,
            run=self._scan.run,
            retry_failed=self._scan.retry_failed,
            reanalyze=self._scan.reanalyze,
        )
        return self._look_into_strangers(plan)

    def vanished(self, course: Course) -> Iterator[tuple[bytes, ...]]:
        """Yield the files of each folder that is gone, but of none that merely could not be read or was left out."""
        # A root that could not be listed, or is empty now, may be an unmounted disk: its files are not missing.
        broken = {problem.path for problem in course.problems}
        for root in course.roots:
            if root in broken or not _holds_something(root):
                continue
            for folder in self._library.query(KnownFolders(root)):
                if is_gone(folder):
                    known = self._library.query(KnownFiles(folder))
                    yield tuple(entry.path for entry in known if not entry.missing)

    def _known_in(self, folder: bytes) -> tuple[KnownFile, ...]:
        # One query for all folders of the roots, instead of one for each folder that the library does not know.
        if self._known_folders is None:
            query = self._library.query
            self._known_folders = frozenset(
                folder for root in self._scan.roots for folder in query(KnownFolders(root, missing=True))
            )
        return self._library.query(KnownFiles(folder)) if folder in self._known_folders else ()

    def _look_into_strangers(self, plan: FolderPlan) -> FolderPlan:
        audio = [file for file in plan.strangers if self._rules.is_audio(file.path)]
        return replace(
            plan,
            analyze=plan.analyze + tuple(found(self._scan.run, file) for file in audio),
            ignored=plan.ignored + len(plan.strangers) - len(audio),
        )


def is_gone(path: bytes) -> bool:
    """Return whether there is nothing of this name. What cannot be looked at, in a locked folder, is not gone."""
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno in {errno.ENOENT, errno.ENOTDIR}
    return False


def _holds_something(root: bytes) -> bool:
    """Return whether a root is there still; a disk may be unplugged while it is scanned."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
