"""Compares folders on the disk with the library: what is new, changed, gone, or back. Plain, no threads.

Every method raises what a query raises while the library is away (``LIBRARY_AWAY``); it can be called again then.
"""

import itertools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from passagework.actors.messages.scanner import Scan
from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.absent import Fate, FoldersSeen, Judged, Look, is_below
from passagework.actors.scanner.course import FILES_AT_ONCE, FOLDERS_AT_ONCE, Course
from passagework.actors.scanner.end_of_walk import EndOfWalk
from passagework.actors.scanner.folder_sheets import FolderSheets
from passagework.actors.scanner.moves import Decided, MoveClaims
from passagework.actors.scanner.numbers import FileNumbers
from passagework.actors.scanner.places import PlaceClaims
from passagework.actors.scanner.plan import (
    Extensions,
    Known,
    PlanRules,
    ScanPlan,
    found,
    may_be_audio,
    plan_files,
)
from passagework.actors.scanner.recognition import Recognition, recognised
from passagework.actors.scanner.walk import ListedFile, Listing, OwnFiles
from passagework.actors.writer.library_port import LIBRARY_AWAY, LibraryPort
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.parts import RefreshRules
from passagework.domain.progress import ScanProblem
from passagework.domain.scan_scope import ScanPart, UnfinishedFile
from passagework.domain.views import SeenFolder, SettledFile
from passagework.persistence.read.queries import (
    KnownFiles,
    KnownFolders,
    PresentFiles,
    SeenFolders,
    SettledFiles,
)

SAMPLED_FOLDERS = 32


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

    def __init__(
        self, scan: Scan, library: LibraryPort, own: OwnFiles, rules: FolderRules, refresh: RefreshRules
    ) -> None:
        self._roots = scan.roots
        parts = scan.scope.parts
        self._parts = tuple(ScanPart(root, below=True) for root in scan.roots) if parts is None else parts
        self._library = library
        self._rest = scan.scope.rest
        self._own = own
        self._recognition = Recognition(library, refresh)
        self._extensions = rules.extensions
        self._sheets = FolderSheets(library, self._parts, lambda name: may_be_audio(name, rules.extensions))
        self._held: dict[bytes, UnfinishedFile] = {}
        self.numbers = FileNumbers(scan.roots, self._sample)
        self._rules = PlanRules(
            run=scan.run,
            extensions=rules.extensions,
            is_own=own.__contains__ if self._rest is None else self._leaves_out,
            is_audio=rules.is_audio,
            numbers_of=self.numbers.of,
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
            plan = plan_files([listing.files for listing in read], known, self._rules)
            plan.analyze = self._recognition.given(plan.analyze, known)
            if course.claims is not None and course.places is not None:
                plan.analyze = self._without_places(plan, known, course.places)
                if plan.analyze and not self._rules.reanalyze:
                    plan.analyze = self._recognised(plan.analyze, known, course.claims, course.places)
            self._add_said_otherwise(plan, read, known)
        except LIBRARY_AWAY:
            course.put_back(listings)
            raise
        return plan

    def with_sheet(self, file: FileInHand) -> FileInHand:
        """Return a file with what a sheet beside it says."""
        return self._sheets.with_sheet(file)

    def _add_said_otherwise(self, plan: ScanPlan, read: Sequence[Listing], known: Known) -> None:
        """Add the unchanged files about which a sheet beside them says something else now."""
        self._sheets.listed(read, plan.sheets)
        if self._rules.reanalyze or not known.settled:
            return

        def is_unchanged(file: ListedFile) -> bool:
            return known.settled.get(file[0]) == file and file[0] not in known.places

        otherwise = [found(self._rules, file) for file in self._sheets.said_otherwise(read, is_unchanged)]
        plan.unchanged -= len(otherwise)
        plan.analyze += self._recognition.given(otherwise, known)

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

    def held_back(self) -> tuple[UnfinishedFile, ...]:
        """Return the files that were left out since the last call because they may still be written."""
        held, self._held = tuple(self._held.values()), {}
        return held

    def _leaves_out(self, file: ListedFile) -> bool:
        """Return whether a new or changed file is none for this run: the library's own, or not complete yet."""
        path, size, mtime_ns = file[:3]
        if file in self._own:
            return True
        if self._rest is None or not self._rest.holds_back(path, size, mtime_ns):
            return False
        if not may_be_audio(path, self._extensions):
            return False
        self._held[path] = UnfinishedFile(path, size, mtime_ns)
        return True

    def judge(self, paths: Iterable[bytes]) -> tuple[Judged, tuple[ScanProblem, ...]]:
        """Judge files that their folders did not list; return also the guards that hold some of them."""
        look = self._look()
        return look.of_files(paths), tuple(look.guards.values())

    def vanished(self, *, news: bool) -> Iterator[tuple[Judged, tuple[ScanProblem, ...]]]:
        """Judge the files of folders that the walk did not come through, some at a time.

        ``news``: a new file may be one that was left out, so that is looked at, too.
        """
        look = self._look()
        unlisted = [folder for folder, was_listed in self._known_folders().items() if not was_listed]
        for first in range(0, len(unlisted), FOLDERS_AT_ONCE):
            by_fate: dict[Fate, list[bytes]] = {fate: [] for fate in Fate}
            for folder in unlisted[first : first + FOLDERS_AT_ONCE]:
                by_fate[look.of_folder(folder)].append(folder)
            # In a folder that is gone, files that were left out before are missing now.
            paths = self._present(by_fate[Fate.THERE], excluded=news) + self._present(by_fate[Fate.GONE], excluded=True)
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

    def decide(self, course: Course, unlisted: Collection[bytes]) -> Decided:
        """Decide at the end of the walk about files that may have been moved, and that may have several places.

        ``unlisted`` are paths of the library that are gone or left out.
        """
        if course.claims is None or course.places is None:
            return Decided()
        kept = course.claims, course.places
        return EndOfWalk(course, kept, self._recognition, self._rules, self._look).decide(unlisted)

    def _without_places(self, plan: ScanPlan, known: Known, places: PlaceClaims) -> list[FileInHand]:
        """Return the files to be analysed; keep those that may have several places."""
        for file in plan.first_stamped:
            places.keep(file, is_wanted=False)
        left = [file for file in plan.analyze if not places.keep(file, is_known_place=known.is_place(file.path))]
        self._new_folders.update(os.path.dirname(file.path) for file in plan.analyze)
        return left

    def _recognised(
        self, files: Sequence[FileInHand], known: Known, claims: MoveClaims, places: PlaceClaims
    ) -> list[FileInHand]:
        """Return the files to be analysed, with what is known of their content.

        Those are kept that may have been moved, or are at another path, too.
        """
        paths = [file.path for file in files if file.path in known]
        contents = self._recognition.contents(paths)
        alike = self._recognition.alike(files)
        found: list[FileInHand] = []
        for file in files:
            like = alike.of(file.stamp)
            if not places.keep_if_elsewhere(file, like):
                inode = known.inode_of(file.path)
                found += recognised(file, like, contents.get(file.path), inode, claims)
        return found

    def _sample(self, root: bytes) -> Iterator[SettledFile]:
        folders = [folder for folder in self._known_folders() if folder == root or is_below(folder, (root,))]
        some = folders[:: len(folders) // SAMPLED_FOLDERS + 1]
        yield from self._library.query(SettledFiles(some, ANALYSIS_VERSION)).files.values()

    def _known_in(self, folders: Sequence[bytes]) -> Known:
        known_folders = self._known_folders()
        asked = [folder for folder in folders if folder in known_folders]
        return self._ask(asked) if asked else Known()

    def _known_folders(self) -> dict[bytes, bool]:
        # One query for all folders of the roots, instead of one for each folder that the library does not know.
        if self._was_listed is None:
            query = self._library.query
            self._was_listed = {
                folder: False
                for part in self._parts
                for folder in (query(KnownFolders(part.folder)) if part.below else (part.folder,))
            }
        return self._was_listed

    def _folders_seen(self) -> FoldersSeen:
        if self._seen is None:
            query = self._library.query
            before: dict[bytes, SeenFolder] = {}
            for part in self._parts:
                if part.below:
                    before |= query(SeenFolders(part.folder))
            alone = {part.folder for part in self._parts if not part.below}
            above = {folder for part in self._parts for folder in self._folders_above(part.folder)}
            if some := tuple(alone | above):
                before |= query(SeenFolders(b"", some))
            self._seen = FoldersSeen(before)
        return self._seen

    def _folders_above(self, folder: bytes) -> Iterator[bytes]:
        """Yield the folders above a part, up to its root: they may be guards of what is in it."""
        while is_below(folder, self._roots):
            folder = os.path.dirname(folder)
            yield folder

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
            return Known(settled.files, places=settled.places)
        # In this order: what is settled in between is found by both, and is then not among the others.
        others = self._library.query(KnownFiles(tuple(settled.others)))
        unsettled = {entry.path: entry for entry in others if entry.path not in settled.files}
        return Known(settled.files, unsettled, settled.places)
