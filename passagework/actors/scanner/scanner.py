"""The scanner: walks the roots and emits what is to be analysed, never more than it has credits for."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never

from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, LibraryRestarted, Rejected
from passagework.actors.messages.scanner import ContinueScan, Credit, EmitAgain, Scan, ScannerMessage, StopScan
from passagework.actors.messages.session import (
    NotThere,
    RefreshBegins,
    ScanFinished,
    ScanHeldBack,
    ScanStumbled,
    SessionMessage,
)
from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import PauseChanged, Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.scanner.absent import Judged
from passagework.actors.scanner.course import Course
from passagework.actors.scanner.folder_planner import FolderPlanner, FolderRules
from passagework.actors.scanner.plan import ScanPlan
from passagework.actors.scanner.refresh_course import RefreshCourse
from passagework.actors.scanner.running_scan import Due, RunningScan
from passagework.actors.scanner.second_roots import second_roots
from passagework.actors.scanner.walk import OwnFiles, ScanRules
from passagework.actors.writer.library_port import LIBRARY_AWAY, LIBRARY_RETRY_SECONDS, LibraryPort
from passagework.actors.writer.unacknowledged import UnacknowledgedWrites
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId
from passagework.domain.parts import RefreshRules
from passagework.domain.progress import ScanProblem
from passagework.logs import logger
from passagework.persistence.read.queries import MayJoin
from passagework.persistence.write.writes import (
    MarkExcluded,
    MarkMissing,
    MarkPresent,
    MoveFiles,
    SeeFolders,
    StampFiles,
    StorePlaces,
    StoreRedone,
)

SLICE_SECONDS = 0.05
"""A slice lists folders for so long at most, and the last of them to its end: a server may need that for each."""

MARKED_AT_ONCE = 4_000
"""Files in one message that marks them as missing."""

MARKS_IN_FLIGHT = 100
"""Marks hold no credits; the walk waits when this many are not acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerParts:
    """What a scanner works with. ``write_ids`` never yields a number twice, not even after a restart.

    ``resting``: whether the importer as a whole is paused.
    """

    library: LibraryPort
    session: Port[SessionMessage]
    own_port: Port[ScannerMessage]
    scheduler: Scheduler
    clock: Clock
    write_ids: Iterator[int]
    rules: ScanRules
    folders: FolderRules
    library_path: bytes
    refresh: RefreshRules = field(default_factory=RefreshRules)
    resting: Callable[[], bool] = lambda: False


class ScannerActor(BaseActor[ScannerMessage]):
    """Walks in slices of some folders, so that credits and stops are handled in between."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: ScannerParts) -> None:
        super().__init__(ActorName.SCANNER, supervisor)
        self._parts = parts
        self._log = logger("scanner")
        self._running: RunningScan | None = None
        self._marks = UnacknowledgedWrites(library=parts.library, reply_to=parts.own_port, write_ids=parts.write_ids)

    def receive(self, message: ScannerMessage) -> None:  # noqa: C901 - one case per message
        """Handle one message. Credits and slices of a scan that was stopped are too late, and ignored."""
        match message:
            case Scan():
                self._start(message)
            case Credit(run, number):
                self._if_running(run, lambda running: self._credit(running, number))
            case ContinueScan(run):
                self._if_running(run, self._slice)
            case StopScan():
                self._running = None
            case EmitAgain(file):
                self._emit_again(file)
            case Committed() | Rejected():
                self._acknowledged(message)
            case LibraryRestarted():
                self._marks.send_again()
            case PauseChanged():
                if self._running is not None:
                    self._continue(self._running)
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)

    def release(self) -> None:
        """Stop waiting for acknowledgements; the next scan finds again what the library does not have."""
        self._marks.forget()

    def _if_running(self, run: RunId, act: Callable[[RunningScan], None]) -> None:
        if self._running is not None and self._running.scan.run == run:
            act(self._running)

    def _emit_again(self, file: FileInHand) -> None:
        try:
            there = replace(file, stamp=FileStamp.of(os.stat(file.path)))
        except OSError:
            self._parts.session.tell(NotThere(file.run, file.path))
            return
        self._parts.session.tell(there if self._running is None else self._running.planner.with_sheet(there))

    def _start(self, scan: Scan) -> None:
        parts = self._parts
        planner = FolderPlanner(scan, parts.library, OwnFiles(parts.library_path), parts.folders, parts.refresh)
        refresh = RefreshCourse(scan, parts.library, parts.refresh)
        self._running = RunningScan(scan, parts.rules, planner, refresh)
        self._continue(self._running)

    def _credit(self, running: RunningScan, number: int) -> None:
        running.credits += number
        self._continue(running)

    def _continue(self, running: RunningScan) -> None:
        if not running.awake:
            running.awake = True
            self._parts.own_port.tell(ContinueScan(running.scan.run))

    def _slice(self, running: RunningScan) -> None:
        """Emit what the credits allow, then do some folders of whichever walk is due."""
        running.awake = False
        if self._parts.resting():
            # PauseChanged continues the walk.
            return
        for file in running.emit():
            self._parts.session.tell(running.planner.with_sheet(file))
        # An acknowledgement of marks continues the walk.
        if len(self._marks) >= MARKS_IN_FLIGHT:
            return
        try:
            self._do(running, running.due)
        except LIBRARY_AWAY:
            # Still awake: the scheduled slice is the only one.
            running.awake = True
            later = ContinueScan(running.scan.run)
            self._parts.scheduler.later(LIBRARY_RETRY_SECONDS, lambda: self._parts.own_port.tell(later))

    def _do(self, running: RunningScan, due: Due) -> None:
        match due:
            case Due.NEXT_FOLDERS:
                self._next_folders(running)
                self._continue(running)
            case Due.LOOK_AHEAD:
                running.looked_ahead(self._plan_next(running, running.ahead))
                self._parts.session.tell(running.advanced())
                self._continue(running)
            case Due.PLAN_REFRESH if self._marks:
                """What was found again, or elsewhere, may be stale, too: an acknowledgement continues the walk."""
            case Due.PLAN_REFRESH:
                planned = running.refresh.plan(news=running.has_news)
                running.refresh_planned(planned)
                if planned is not None:
                    self._parts.session.tell(RefreshBegins(running.scan.run, planned))
                self._continue(running)
            case Due.NEXT_STALE:
                step = running.refresh.next_step()
                running.refreshed(step)
                if step is not None and step.redone:
                    self._marks.send(StoreRedone(running.scan.run, step.redone))
                self._parts.session.tell(running.advanced())
                self._continue(running)
            case Due.FINISH:
                # What this scan missed is among its marks, which are perhaps not stored yet.
                may_join = self._parts.library.query(MayJoin(running.has_news, bool(running.gone)))
                running.finished()
                self._parts.session.tell(running.advanced())
                self._parts.session.tell(ScanFinished(running.scan.run, may_join, second_roots(running.scan.roots)))
            case Due.NOTHING:
                """The next credit continues the scan, or a stop ends it."""
            case _:
                assert_never(due)

    def _next_folders(self, running: RunningScan) -> None:
        plan = self._plan_next(running, running.course)
        if plan is not None:
            running.planned(plan)
            self._mark_unlisted(running, plan)
            self._parts.session.tell(running.advanced())
            return
        for judged, guards in running.planner.vanished(news=running.has_news or running.course.keeps_some):
            self._mark(running, judged, guards)
        for folders in running.planner.seen():
            self._marks.send(SeeFolders(running.scan.run, folders))
        self._end_walk(running)
        running.exhausted()

    def _end_walk(self, running: RunningScan) -> None:
        """Move what was moved, then mark the rest of what was not found."""
        run = running.scan.run
        decided = running.planner.decide(running.course, running.gone.keys() | running.left_out.keys())
        running.decided(decided)
        if decided.moves:
            self._marks.send(MoveFiles(run, decided.moves))
        for first in range(0, len(decided.places), MARKED_AT_ONCE):
            self._marks.send(StorePlaces(run, decided.places[first : first + MARKED_AT_ONCE]))
        elsewhere = {move.source for move in decided.moves} | {place.path for place in decided.places}
        elsewhere |= decided.undecided
        for mark, paths in ((MarkMissing, running.gone), (MarkExcluded, running.left_out)):
            marked = tuple(path for path in paths if path not in elsewhere)
            for first in range(0, len(marked), MARKED_AT_ONCE):
                self._marks.send(mark(run, marked[first : first + MARKED_AT_ONCE]))

    def _plan_next(self, running: RunningScan, course: Course) -> ScanPlan | None:
        until = self._parts.clock.monotonic() + SLICE_SECONDS
        listings = course.take(lambda: self._parts.clock.monotonic() >= until)
        if not listings:
            return None
        # First: while the library is away, the listings are planned again later, and their problems are said once.
        plan = running.planner.plan(course, listings)
        problems = [listing.problem for listing in listings if listing.problem is not None]
        course.problems += problems
        if course is running.course:
            running.planner.listed(listings, plan)
            for problem in (*problems, *running.planner.numbers.take_said()):
                self._parts.session.tell(ScanStumbled(running.scan.run, problem))
            if held := running.planner.held_back():
                self._parts.session.tell(ScanHeldBack(running.scan.run, held))
        return plan

    def _mark_unlisted(self, running: RunningScan, plan: ScanPlan) -> None:
        """Mark the files of listed folders that were not listed, or that should not be there by their names."""
        if plan.gone or plan.by_name or plan.still_excluded:
            judged, guards = running.planner.judge((*plan.gone, *plan.still_excluded))
            still = set(plan.still_excluded)
            excluded = (*(path for path in judged.excluded if path not in still), *plan.by_name)
            self._mark(running, Judged(judged.missing, excluded), guards)
        if plan.back:
            self._marks.send(MarkPresent(running.scan.run, tuple(plan.back)))
        if plan.restamped:
            self._marks.send(StampFiles(running.scan.run, tuple(plan.restamped)))

    def _mark(self, running: RunningScan, judged: Judged, guards: tuple[ScanProblem, ...]) -> None:
        # It may have been moved, or have other places, which the end of the walk shows.
        running.gone.update(dict.fromkeys(judged.missing))
        running.left_out.update(dict.fromkeys(judged.excluded))
        for guard in guards:
            if guard not in running.course.problems:
                running.course.problems.append(guard)
                self._parts.session.tell(ScanStumbled(running.scan.run, guard))

    def _acknowledged(self, news: Acknowledgement) -> None:
        if isinstance(news, Rejected):
            self._log.error("mark-rejected", code=news.failure.code, detail=news.failure.detail)
        settled = self._marks.acknowledged(news)
        if settled and self._running is not None:
            redone = sum(len(one.files) for one in settled if isinstance(one, StoreRedone))
            self._running.redone(redone, stored=isinstance(news, Committed))
            self._continue(self._running)
