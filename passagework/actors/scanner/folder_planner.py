"""Compares folders on the disk with the library: what is new, changed, gone, or back. Plain, no threads.

Every method raises what a query raises while the library is away (``LIBRARY_AWAY``); it can be called again then.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from passagework.actors.messages.scanner import Scan
from passagework.actors.scanner.absent import Fate, FoldersSeen, Judged, Look, is_below
from passagework.actors.scanner.plan import Extensions, Known, PlanRules, ScanPlan, plan_files
from passagework.actors.scanner.walk import Listing, OwnFiles, ScanRules, walk
from passagework.actors.writer.library_port import LIBRARY_AWAY, LibraryPort
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.progress import ScanProblem
from passagework.domain.views import SeenFolder
from passagework.persistence.read.queries import KnownFiles, KnownFolders, PresentFiles, SeenFolders, SettledFiles

FOLDERS_AT_ONCE = 256
FILES_AT_ONCE = 4_000
"""What is compared at once is at most so many folders, and ends with the folder that reaches so many files.

A question and the messages around it take as long as looking at some 50 files, so one for each folder would be most of
the work. More folders at once would save nothing, and keep credits and stops waiting.
"""


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
        self.listings = itertools.chain.from_iterable(
            walk(root, self.rules, self.visited, self.roots) for root in self.roots
        )

    def take(self, until: Callable[[], bool]) -> list[Listing]:
        """List the next folders: some, or one if ``until`` says so after it; none at the end."""
        taken: list[Listing] = []
        files = 0
        for listing in self.listings:
            taken.append(listing)
            files += len(listing.files)
            if len(taken) == FOLDERS_AT_ONCE or files >= FILES_AT_ONCE or until():
                break
        return taken

    def put_back(self, listings: Sequence[Listing]) -> None:
        """Return listings to the course: the library was away, so the two could not be compared."""
        self.listings = itertools.chain(listings, self.listings)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRules:
    """Which names are audio, and ``is_audio``, which looks into a file whose name says nothing."""

    extensions: Extensions
    is_audio: Callable[[bytes], bool]


class FolderPlanner:
    """Plans the folders of a scan, some at a time.

    Folders that held no file of the library when the scan began need not be asked about, and what is imported
    meanwhile still counts as new to the look ahead.
    """

    def __init__(self, scan: Scan, library: LibraryPort, own: OwnFiles, rules: FolderRules) -> None:
        self._roots = scan.roots
        self._library = library
        self._rules = PlanRules(
            run=scan.run,
            extensions=rules.extensions,
            is_own=own.__contains__,
            is_audio=rules.is_audio,
            retry_failed=scan.retry_failed,
            reanalyze=scan.reanalyze,
        )
        self._was_listed: dict[bytes, bool] | None = None
        """The folders that the library knows, and whether the walk has been there."""
        self._seen: FoldersSeen | None = None
        self._new_folders: set[bytes] = set()
        self._unread: set[bytes] = set()

    def plan(self, course: Course, listings: Sequence[Listing]) -> ScanPlan:
        """Plan the folders that could be listed. While the library is away, the listings go back to their course."""
        read = [listing for listing in listings if listing.was_read]
        try:
            known = self._known_in([listing.folder for listing in read])
        except LIBRARY_AWAY:
            course.put_back(listings)
            raise
        return plan_files([listing.files for listing in read], known, self._rules)

    def listed(self, listings: Sequence[Listing], plan: ScanPlan) -> None:
        """Note that the walk has been in these folders, so that they are not gone, and which of them are new."""
        known_folders, seen = self._known_folders(), self._folders_seen()
        for one in listings:
            if one.was_read:
                if one.folder in known_folders:
                    known_folders[one.folder] = True
                seen.listed(one.folder, one.device, one.inode)
            else:
                self._unread.add(one.folder)
        self._new_folders.update(os.path.dirname(file.path) for file in plan.analyze)

    def judge(self, paths: Iterable[bytes]) -> tuple[Judged, tuple[ScanProblem, ...]]:
        """Judge files that their folders did not list; return also the guards that hold some of them."""
        look = self._look()
        return look.of_files(paths), tuple(look.guards.values())

    def vanished(self) -> Iterator[tuple[Judged, tuple[ScanProblem, ...]]]:
        """Judge the files of folders that the walk did not come through, some at a time."""
        look = self._look()
        unlisted = [folder for folder, was_listed in self._known_folders().items() if not was_listed]
        for first in range(0, len(unlisted), FOLDERS_AT_ONCE):
            by_fate: dict[Fate, list[bytes]] = {fate: [] for fate in Fate}
            for folder in unlisted[first : first + FOLDERS_AT_ONCE]:
                by_fate[look.of_folder(folder)].append(folder)
            # In a folder that is gone, files that were left out before are missing now.
            paths = self._present(by_fate[Fate.THERE]) + self._present(by_fate[Fate.GONE], excluded=True)
            for path in self._present(by_fate[Fate.HELD]):
                look.hold(os.path.dirname(path))
            judged = look.of_files(paths)
            if judged != Judged() or look.guards:
                yield judged, tuple(look.guards.values())

    def seen(self) -> Iterator[tuple[SeenFolder, ...]]:
        """Yield the folders with music that the last scan found otherwise, or not at all, some at a time."""
        before = self._folders_seen()
        known = self._known_folders()
        lacking = {folder for folder in known.keys() - before.before.keys() if known[folder]}
        news = before.news(lacking | self._new_folders, self._look())
        while some := tuple(itertools.islice(news, FILES_AT_ONCE)):
            yield some

    def _known_in(self, folders: Sequence[bytes]) -> Known:
        known_folders = self._known_folders()
        asked = [folder for folder in folders if folder in known_folders]
        return self._ask(asked) if asked else Known()

    def _known_folders(self) -> dict[bytes, bool]:
        # One query for all folders of the roots, instead of one for each folder that the library does not know.
        if self._was_listed is None:
            query = self._library.query
            self._was_listed = {folder: False for root in self._roots for folder in query(KnownFolders(root))}
        return self._was_listed

    def _folders_seen(self) -> FoldersSeen:
        if self._seen is None:
            query = self._library.query
            self._seen = FoldersSeen(
                {path: one for root in self._roots for path, one in query(SeenFolders(root)).items()}
            )
        return self._seen

    def _look(self) -> Look:
        return Look(self._roots, self._folders_seen().before, self._present_below, frozenset(self._unread))

    def _present_below(self, folder: bytes) -> Iterator[bytes]:
        below = [one for one in self._known_folders() if one == folder or is_below(one, (folder,))]
        for first in range(0, len(below), FOLDERS_AT_ONCE):
            yield from self._present(below[first : first + FOLDERS_AT_ONCE])

    def _present(self, folders: Sequence[bytes], *, excluded: bool = False) -> tuple[bytes, ...]:
        return self._library.query(PresentFiles(tuple(folders), excluded)) if folders else ()

    def _ask(self, folders: Sequence[bytes]) -> Known:
        """Ask for the files of folders. All that is to be known of them only where some are not settled."""
        settled = self._library.query(SettledFiles(folders, ANALYSIS_VERSION))
        if not settled.others:
            return Known(settled.files)
        # In this order: what is settled in between is found by both, and is then not among the others.
        others = self._library.query(KnownFiles(tuple(settled.others)))
        return Known(settled.files, {entry.path: entry for entry in others if entry.path not in settled.files})
