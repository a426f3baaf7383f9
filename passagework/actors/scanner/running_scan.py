"""A running scan: two walks through the same roots, their counts, and the next step. Plain, no threads."""

from collections import deque
from collections.abc import Iterator
from enum import Enum, auto

from passagework.actors.messages.scanner import Scan
from passagework.actors.messages.session import ScanAdvanced
from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.course import Course
from passagework.actors.scanner.folder_planner import FolderPlanner
from passagework.actors.scanner.moves import Decided, MoveClaims
from passagework.actors.scanner.places import PlaceClaims
from passagework.actors.scanner.plan import ScanPlan
from passagework.actors.scanner.refresh_course import RefreshCourse, RefreshStep
from passagework.actors.scanner.walk import ScanRules
from passagework.domain.progress import RefreshPlanned


class Due(Enum):
    """What the scanner does next."""

    NEXT_FOLDERS = auto()
    LOOK_AHEAD = auto()
    PLAN_REFRESH = auto()
    """All folders are listed: what is stale can be redone."""

    NEXT_STALE = auto()
    FINISH = auto()
    NOTHING = auto()
    """Files wait for credits, or the end was reported."""


class RunningScan:
    """``course`` emits files; ``ahead`` counts files not yet emitted, while the scanner has no credit."""

    def __init__(self, scan: Scan, rules: ScanRules, planner: FolderPlanner, refresh: RefreshCourse) -> None:
        self.scan = scan
        self.planner = planner
        self.refresh = refresh
        places = PlaceClaims(planner.numbers)
        self.course = Course(scan.roots, rules, scan.scope.parts, MoveClaims(planner.numbers), places)
        self.ahead = Course(scan.roots, rules, scan.scope.parts)
        self.credits = 0
        self.awake = False
        """A slice of the walk is scheduled: one at a time, otherwise every credit would start another series."""
        self._pending: deque[FileInHand] = deque()
        self._exhausted = False
        self._refresh_planned = self._refresh_exhausted = False
        self._redone = self._redone_unstored = 0
        self._finished = False
        self._ahead_complete = False
        self._ahead_files = self._ahead_bytes = 0
        self._planned_files = self._planned_bytes = 0
        self.gone: dict[bytes, None] = {}
        """The files that the walk did not find, in its order. Those that were moved are found at its end."""
        self.left_out: dict[bytes, None] = {}
        """The files that are there, and that the rules leave out. They may have other places."""
        self._moved = 0
        self._seen = self._unchanged = self._failed_before = self._ignored = 0

    @property
    def due(self) -> Due:
        """Return the next step."""
        # There are four cases. Files wait for credits: the walk ahead continues. No file waits and folders are left:
        # the next ones are listed. No folder is left: files with stale parts follow. None of those is left either: the
        # end is reported, once.
        if self._pending:
            return Due.NOTHING if self._ahead_complete else Due.LOOK_AHEAD
        if not self._exhausted:
            return Due.NEXT_FOLDERS
        if not self._refresh_planned:
            return Due.PLAN_REFRESH
        if not self._refresh_exhausted:
            return Due.NEXT_STALE
        # The library acknowledges what was redone, and the scan continues.
        return Due.NOTHING if self._finished or self._redone_unstored else Due.FINISH

    def emit(self) -> Iterator[FileInHand]:
        """Yield files for as long as there are credits; each takes one."""
        while self.credits and self._pending:
            self.credits -= 1
            yield self._pending.popleft()

    def planned(self, plan: ScanPlan) -> None:
        """Take in some folders: their files wait for credits."""
        self._pending.extend(plan.analyze)
        self._planned_files += len(plan.analyze)
        self._planned_bytes += _bytes_of(plan)
        self._seen += len(plan.analyze) + plan.unchanged
        self._unchanged += plan.unchanged
        self._failed_before += plan.failed_before
        self._ignored += plan.ignored

    def decided(self, decided: Decided) -> None:
        """Take in what is decided at the end of the walk about files that may have been moved."""
        self.planned(ScanPlan(analyze=list(decided.analyze)))
        moved = sum(not move.lost for move in decided.moves)
        read = {file.path for file in decided.analyze}
        self._seen += sum(not move.lost and move.target not in read for move in decided.moves)
        self._moved += moved

    def exhausted(self) -> None:
        """Note that there is no other folder."""
        self._exhausted = True

    @property
    def has_news(self) -> bool:
        """Whether a new or changed file was found so far."""
        return self._planned_files > 0

    def refresh_planned(self, planned: RefreshPlanned | None) -> None:
        """Note that it is decided what is redone; None: nothing."""
        self._refresh_planned = True
        self._refresh_exhausted = planned is None

    def refreshed(self, step: RefreshStep | None) -> None:
        """Take in some files with stale parts; those to be read again wait for credits. None: there are no others."""
        if step is None:
            self._refresh_exhausted = True
            return
        self._redone_unstored += len(step.redone)
        self._pending.extend(step.analyze)
        self._planned_files += len(step.analyze)
        self._planned_bytes += sum(file.stamp.size for file in step.analyze)

    def redone(self, files: int, *, stored: bool) -> None:
        """Count files that the library acknowledged; not ``stored``: it refused them, and they stay as they are."""
        self._redone_unstored -= files
        self._redone += files * stored

    def looked_ahead(self, plan: ScanPlan | None) -> None:
        """Count some folders of the walk ahead; None: there are no others."""
        if plan is None:
            self._ahead_complete = True
        else:
            self._ahead_files += len(plan.analyze)
            self._ahead_bytes += _bytes_of(plan)

    def finished(self) -> None:
        """Remember that the end was reported."""
        self._finished = True

    def advanced(self) -> ScanAdvanced:
        """Sum up. The expected counts are those of the walk that is further ahead."""
        files, size = self._planned_files, self._planned_bytes
        return ScanAdvanced(
            run=self.scan.run,
            files_seen=self._seen,
            files_unchanged=self._unchanged,
            files_failed_before=self._failed_before,
            files_ignored=self._ignored,
            files_redone=self._redone,
            files_expected=files if self._exhausted else max(self._ahead_files, files),
            bytes_expected=size if self._exhausted else max(self._ahead_bytes, size),
            expected_complete=self._refresh_exhausted
            if self._refresh_planned
            else self._ahead_complete or self._exhausted,
            files_moved=self._moved,
        )


def _bytes_of(plan: ScanPlan) -> int:
    return sum(file.stamp.size for file in plan.analyze)
