"""The scanner: walks the roots and emits what is to be analysed, never more than it has credits for."""

import errno
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from passagework.actors.messages.library import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.scanner import ContinueScan, Credit, Scan, ScannerMessage, StopScan
from passagework.actors.messages.session import FileFound, ScanAdvanced, ScanFinished, ScanStumbled, SessionMessage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import SupervisorMessage
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.scanner.plan import Extensions, FolderPlan, PlannedFile, plan_folder
from passagework.actors.scanner.walk import Listing, OwnFiles, ScanRules, walk
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.writer.pending_writes import PendingWrites
from passagework.domain.ids import RunId, WriteId
from passagework.domain.progress import ScanProblem
from passagework.domain.views import KnownFile
from passagework.logs import logger
from passagework.persistence.read.queries import KnownFiles, KnownFolders
from passagework.persistence.write.writes import MarkMissing, MarkPresent, Write

MARKS_IN_FLIGHT = 100
"""Marks hold no credits; the walk waits when so many are not acknowledged."""


@dataclass(frozen=True, slots=True)
class ScannerParts:
    """What a scanner works with. ``is_audio`` looks into a file whose name says nothing.

    No number of ``write_ids`` comes twice, also not after a restart.
    """

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[ScannerMessage]
    pending_writes: PendingWrites
    scheduler: Scheduler
    write_ids: Iterator[int]
    rules: ScanRules
    extensions: Extensions
    library_path: bytes
    is_audio: Callable[[bytes], bool]


@dataclass(slots=True)
class _Course:
    """One way through the roots: listings still to come, and what was seen so far."""

    roots: tuple[bytes, ...]
    rules: ScanRules
    visited: set[tuple[int, int]] = field(default_factory=set)
    problems: list[ScanProblem] = field(default_factory=list)
    listings: Iterator[Listing] = field(init=False)

    def __post_init__(self) -> None:
        self.listings = itertools.chain.from_iterable(walk(root, self.rules, self.visited) for root in self.roots)


@dataclass(slots=True)
class _Running:
    """A scan under way. ``course`` emits; ``ahead`` counts what is to come while the scanner has no credit.

    ``known_folders`` are those that held files of the library when the scan began: of the others it need not be asked,
    and what is imported meanwhile still counts as new to the look ahead. None until they were asked for.
    """

    scan: Scan
    own: OwnFiles
    course: _Course
    ahead: _Course
    known_folders: frozenset[bytes] | None = None
    credits: int = 0
    awake: bool = False
    pending: deque[PlannedFile] = field(default_factory=deque)
    exhausted: bool = False
    told_finished: bool = False
    ahead_files: int = 0
    ahead_bytes: int = 0
    ahead_complete: bool = False
    seen: int = 0
    unchanged: int = 0
    failed_before: int = 0
    ignored: int = 0
    planned_files: int = 0
    planned_bytes: int = 0


class ScannerActor(BaseActor[ScannerMessage]):
    """Walks in slices of one folder, so that credits and stops are heard in between."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: ScannerParts) -> None:
        super().__init__("scanner", supervisor)
        self._parts = parts
        self._log = logger("scanner")
        self._running: _Running | None = None
        self._marks: dict[WriteId, Write] = {}

    def receive(self, message: ScannerMessage) -> None:
        """Handle one message."""
        match message:
            case Scan():
                self._start(message)
            case Credit(run, number):
                if (running := self._of(run)) is not None:
                    running.credits += number
                    self._continue(running)
            case ContinueScan(run):
                if (running := self._of(run)) is not None:
                    running.awake = False
                    self._slice(running)
            case StopScan():
                self._running = None
            case Committed(write_ids):
                self._acknowledged(write_ids)
            case Rejected(write_id, failure):
                self._log.error("mark-rejected", code=failure.code, detail=failure.detail)
                self._acknowledged((write_id,))
            case LibraryRestarted():
                self._send_marks_again()

    def release(self) -> None:
        """Wait for no acknowledgement any more; what the library does not have is found again by the next scan."""
        self._parts.pending_writes.add(-len(self._marks))
        self._marks.clear()

    def _of(self, run: RunId) -> _Running | None:
        return self._running if self._running is not None and self._running.scan.run == run else None

    def _start(self, scan: Scan) -> None:
        rules = self._parts.rules
        self._running = _Running(
            scan, OwnFiles(self._parts.library_path), _Course(scan.roots, rules), _Course(scan.roots, rules)
        )
        self._continue(self._running)

    def _continue(self, running: _Running) -> None:
        """Have one more slice done. One at a time is under way, or every credit would start another train of them."""
        if not running.awake:
            running.awake = True
            self._parts.own_port.tell(ContinueScan(running.scan.run))

    def _slice(self, running: _Running) -> None:
        """Emit what the credits allow, then do one folder of whichever walk is due."""
        while running.credits and running.pending:
            self._emit(running, running.pending.popleft())
        if len(self._marks) >= MARKS_IN_FLIGHT:
            return
        try:
            if running.exhausted and not running.pending:
                self._finish(running)
            elif not running.pending:
                self._next_folder(running)
                self._continue(running)
            elif not running.ahead_complete:
                self._look_ahead(running)
                self._continue(running)
        except LIBRARY_AWAY:
            running.awake = True
            later = ContinueScan(running.scan.run)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(later))

    def _emit(self, running: _Running, planned: PlannedFile) -> None:
        running.credits -= 1
        found = FileFound(
            running.scan.run, planned.file.path, planned.file.stamp, planned.attempts, suspect=planned.suspect
        )
        self._parts.session.tell(found)

    def _next_folder(self, running: _Running) -> None:
        plan = self._plan_next(running, running.course)
        if plan is None:
            self._mark_vanished_folders(running)
            running.exhausted = True
            return
        running.pending.extend(plan.analyze)
        running.planned_files += len(plan.analyze)
        running.planned_bytes += sum(planned.file.stamp.size for planned in plan.analyze)
        running.seen += len(plan.analyze) + plan.unchanged
        running.unchanged += plan.unchanged
        running.failed_before += plan.failed_before
        running.ignored += plan.ignored
        self._mark(running, plan.gone, plan.back)
        self._report(running)

    def _look_ahead(self, running: _Running) -> None:
        plan = self._plan_next(running, running.ahead)
        if plan is None:
            running.ahead_complete = True
        else:
            running.ahead_files += len(plan.analyze)
            running.ahead_bytes += sum(planned.file.stamp.size for planned in plan.analyze)
        self._report(running)

    def _plan_next(self, running: _Running, course: _Course) -> FolderPlan | None:
        listing = next(course.listings, None)
        if listing is None:
            return None
        if listing.problem is not None:
            course.problems.append(listing.problem)
            if course is running.course:
                self._parts.session.tell(ScanStumbled(running.scan.run, listing.problem))
            return FolderPlan((), (), 0, 0, 0, (), ())
        files = [file for file in listing.files if file not in running.own]
        known = self._ask_known(running, course, listing)
        plan = plan_folder(
            files,
            known,
            self._parts.extensions,
            retry_failed=running.scan.retry_failed,
            reanalyze=running.scan.reanalyze,
        )
        return self._look_into_strangers(plan)

    def _ask_known(self, running: _Running, course: _Course, listing: Listing) -> tuple[KnownFile, ...]:
        try:
            if running.known_folders is None:
                running.known_folders = self._known_folders(running.scan.roots)
            if listing.folder not in running.known_folders:
                return ()
            return self._parts.library.query(KnownFiles(listing.folder))
        except LIBRARY_AWAY:
            # Asked again when the library is back: the listing must not be lost.
            course.listings = itertools.chain([listing], course.listings)
            raise

    def _known_folders(self, roots: tuple[bytes, ...]) -> frozenset[bytes]:
        query = self._parts.library.query
        return frozenset(folder for root in roots for folder in query(KnownFolders(root, missing=True)))

    def _look_into_strangers(self, plan: FolderPlan) -> FolderPlan:
        audio = [file for file in plan.strangers if self._parts.is_audio(file.path)]
        return replace(
            plan,
            analyze=plan.analyze + tuple(PlannedFile(file, 0, suspect=False) for file in audio),
            ignored=plan.ignored + len(plan.strangers) - len(audio),
        )

    def _mark_vanished_folders(self, running: _Running) -> None:
        """Mark the files of folders that are gone, but of none that merely could not be read or was left out."""
        broken = {problem.path for problem in running.course.problems}
        for root in running.scan.roots:
            if root in broken or not _holds_something(root):
                continue
            for folder in self._parts.library.query(KnownFolders(root)):
                if _is_gone(folder):
                    known = self._parts.library.query(KnownFiles(folder))
                    self._mark(running, tuple(entry.path for entry in known if not entry.missing), ())

    def _mark(self, running: _Running, gone: tuple[bytes, ...], back: tuple[bytes, ...]) -> None:
        run = running.scan.run
        gone = tuple(path for path in gone if _is_gone(path))
        if gone:
            self._store(MarkMissing(run, gone))
        if back:
            self._store(MarkPresent(run, back))

    def _store(self, write: Write) -> None:
        write_id = WriteId(next(self._parts.write_ids))
        self._marks[write_id] = write
        self._parts.pending_writes.add(1)
        self._parts.library.store(write, write_id, self._parts.own_port)

    def _send_marks_again(self) -> None:
        for write_id, mark in self._marks.items():
            self._parts.library.store(mark, write_id, self._parts.own_port)

    def _acknowledged(self, write_ids: tuple[WriteId, ...]) -> None:
        known = [write_id for write_id in write_ids if self._marks.pop(write_id, None) is not None]
        self._parts.pending_writes.add(-len(known))
        if known and self._running is not None:
            self._continue(self._running)

    def _report(self, running: _Running) -> None:
        complete = running.ahead_complete or running.exhausted
        known_files, known_bytes = running.planned_files, running.planned_bytes
        advanced = ScanAdvanced(
            run=running.scan.run,
            files_seen=running.seen,
            files_unchanged=running.unchanged,
            files_failed_before=running.failed_before,
            files_ignored=running.ignored,
            files_expected=known_files if running.exhausted else max(running.ahead_files, known_files),
            bytes_expected=known_bytes if running.exhausted else max(running.ahead_bytes, known_bytes),
            expected_complete=complete,
        )
        self._parts.session.tell(advanced)

    def _finish(self, running: _Running) -> None:
        if not running.told_finished:
            running.told_finished = True
            self._report(running)
            self._parts.session.tell(ScanFinished(running.scan.run))


def _is_gone(path: bytes) -> bool:
    """Tell whether there is nothing of this name. What cannot be looked at, in a locked folder, is not gone."""
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno in {errno.ENOENT, errno.ENOTDIR}
    return False


def _holds_something(root: bytes) -> bool:
    """Tell whether a root is there still; a disk may be unplugged while it is scanned."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
