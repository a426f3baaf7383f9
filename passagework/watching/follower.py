"""Decides what the next import looks at, and when it is due, from events and the clock. Plain, no threads."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from passagework.actors.runtime.clock import Clock
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.walk import ScanRules
from passagework.domain.following import FollowingChanged, FollowingEvent, FollowWay, WatchOverflow
from passagework.domain.scan_scope import ScanScope, UnfinishedFile
from passagework.domain.schedule import Schedule
from passagework.logs import logger
from passagework.watching.changes import Changes
from passagework.watching.mounts import mounted_below, polled_places
from passagework.watching.rests import Rests

if TYPE_CHECKING:
    from passagework.watching.tree import WatchedTree

LATEST: Final = 15
"""An import begins after so many times the debounce at the latest, whatever goes on."""

LOOK_SECONDS: Final = 30.0
"""How often the roots are looked at: no event tells that a folder above one was moved."""

AGAIN_SECONDS: Final = 60.0
"""When what a run has not done is tried again."""

YOUNG_ON_SERVERS: Final = 86_400.0
"""A server's clock may differ: there, what was changed within a day is looked at twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRules:
    """How roots are followed; ``scan`` and ``extensions`` say what an import takes."""

    scan: ScanRules
    extensions: Extensions
    library: bytes
    follow: Literal["auto", "poll", "off"] = "auto"
    debounce_seconds: float = 2.0
    rest_seconds: float = 10.0
    poll_seconds: float = 300.0
    schedule: Schedule = field(default_factory=Schedule)


class Follower:
    """Follows some roots. ``say`` is called with what a host should know.

    ``begin`` first; then, whenever a descriptor is ready or ``wait_seconds`` are over, ``step``, which gives the scope
    of a run that is due. ``run_ended`` tells of its end.
    """

    def __init__(
        self,
        roots: tuple[bytes, ...],
        rules: FollowRules,
        clock: Clock,
        say: Callable[[FollowingEvent], object],
        mounts: Path | None = None,
    ) -> None:
        self._roots = roots
        self._rules = rules
        self._clock = clock
        self._say = say
        self._mounts = mounts
        self._log = logger("watch")
        self._changes = Changes()
        self._rests = Rests(rules.rest_seconds)
        self._tree: WatchedTree | None = None
        self._first = self._last = 0.0
        self._now_or_never = False
        self._not_before = 0.0
        self._under_way: ScanScope | None = None
        self._lost = self._overflowed = False
        self._roots_changed = False
        self._next_look = math.inf
        self._next_every = math.inf
        self._next_at: int | None = None
        self._next_links: int | None = None
        self._polls: dict[bytes, float] = {}
        self._no_room: dict[bytes, str] = {}
        self._seen: dict[bytes, tuple[int, int] | None] = {}
        self._said: dict[bytes, tuple[FollowWay, str]] = {}

    # What the tree tells

    def in_folder(self, folder: bytes) -> None:
        """Note that files of a folder have changed."""
        self._noted()
        self._changes.in_folder(folder)

    def below(self, folder: bytes) -> None:
        """Note that a folder has come or gone."""
        self._noted()
        self._changes.below(folder)

    def written(self, path: bytes) -> None:
        """Wait until a file rests; then its folder has changed."""
        if not (self._rules.rest_seconds and self._rests.written(path, self._clock.monotonic())):
            self.in_folder(path[: path.rfind(b"/")] or b"/")

    def moved_in(self, path: bytes) -> None:
        """Note that a file has got its name by a move."""
        self._rests.moved_in(path)

    def overflowed(self) -> None:
        """Look through everything, and say so: once until that has begun, however often events are lost."""
        if not self._overflowed:
            self._overflowed = True
            self._say(WatchOverflow("the kernel lost events; fs.inotify.max_queued_events bounds them"))
        self.lost()

    def lost(self) -> None:
        """Look through everything, and watch all folders anew before."""
        self._noted()
        self._changes.everywhere()
        self._lost = True

    def root_changed(self) -> None:
        """Look at the roots."""
        self._roots_changed = True

    def no_room(self, root: bytes, reason: str) -> None:
        """Poll a root instead."""
        self._no_room[root] = f"inotify: {reason} (fs.inotify.max_user_watches)"
        self._polls.setdefault(root, self._clock.monotonic() + self._rules.poll_seconds)
        self._tell(root, FollowWay.POLLED, self._no_room[root])
        self.below(root)

    # What the host tells

    def begin(self) -> None:
        """Follow the roots; everything is looked through first."""
        now = self._clock.monotonic()
        if self._rules.follow != "off":
            self._look_at_roots(now)
        if self._rules.schedule.every is not None:
            self._next_every = now + self._rules.schedule.every
        self._next_at = self._rules.schedule.next_at_ns(self._clock.time_ns())
        self.rescan()

    def rescan(self) -> None:
        """Look through everything as soon as possible."""
        self._noted()
        self._changes.everywhere()
        self._now_or_never = True

    def mounts_changed(self) -> None:
        """Note that something was mounted or unmounted."""
        self._roots_changed = self._rules.follow != "off"

    def held_back(self, file: UnfinishedFile) -> None:
        """Look again at a file that the run has left out."""
        if not self._rests.hold(file, self._clock.monotonic()):
            self.in_folder(file.path[: file.path.rfind(b"/")])
            self._not_before = self._clock.monotonic() + self._rules.rest_seconds

    def run_ended(self, *, done: bool, links_due_ns: int | None = None) -> None:
        """Note the end of the run. ``done``: it did what it was to do; otherwise that is tried again.

        ``links_due_ns``: when a service that could not be asked may be asked again.
        """
        now = self._clock.monotonic()
        scope, self._under_way = self._under_way, None
        self._next_links = links_due_ns
        again = now + self._rules.poll_seconds
        self._polls = {place: again if math.isinf(at) else at for place, at in self._polls.items()}
        if not done and scope is not None:
            self._noted()
            self._changes.put_back(scope.parts)
            self._not_before = now + AGAIN_SECONDS

    def close(self) -> None:
        """Give back all descriptors."""
        if self._tree is not None:
            self._tree.close()

    def fileno(self) -> int | None:
        """Return the descriptor that is ready when there are events to ``read``; None: nothing is watched."""
        return None if self._tree is None else self._tree.fileno()

    def read(self) -> None:
        """Take the events that are there."""
        if self._tree is not None:
            self._tree.read()

    # What is due

    def wait_seconds(self) -> float:
        """Return after how many seconds ``step`` is to be called, if nothing happens before."""
        now, wall = self._clock.monotonic(), self._clock.time_ns()
        times = [now + LOOK_SECONDS * 2, self._next_look, self._next_every, *self._polls.values()]
        times += [now + (at - wall) / 1e9 for at in (self._next_at, self._next_links) if at is not None]
        if self._rests.next_look is not None:
            times.append(self._rests.next_look)
        if self._roots_changed:
            times.append(now)
        if self._under_way is not None:
            times = [at for at in times if at > now]
        elif self._changes:
            times.append(self._due())
        return max(0.0, min(times) - now)

    def step(self) -> ScanScope | None:
        """Do what is due by now; return the scope of a run that is to begin."""
        now = self._clock.monotonic()
        if self._roots_changed or now >= self._next_look:
            self._look_at_roots(now)
        if self._rests.next_look is not None and now >= self._rests.next_look:
            for folder in self._rests.look(now):
                self.in_folder(folder)
        for place, at in self._polls.items():
            if now >= at:
                self._polls[place] = math.inf
                self.below(place)
                self._now_or_never = True
        self._scheduled(now, self._clock.time_ns())
        if self._under_way is not None or not self._changes or now < self._due():
            return None
        return self._order()

    def _order(self) -> ScanScope:
        if self._lost:
            self._follow_all()
        self._now_or_never = self._overflowed = False
        rest = None
        if self._rules.rest_seconds:
            young = YOUNG_ON_SERVERS if self._polls else self._rules.rest_seconds
            rest = self._rests.rule(self._clock.time_ns(), young)
        self._under_way = ScanScope(self._changes.take(), rest)
        return self._under_way

    def _noted(self) -> None:
        self._last = self._clock.monotonic()
        if not self._changes:
            self._first = self._last

    def _due(self) -> float:
        if self._now_or_never:
            return self._not_before
        debounce = self._rules.debounce_seconds
        quiet = self._last + debounce
        if self._rests.next_look is not None:
            # What was copied and then deleted is a move if one run sees both.
            quiet = max(quiet, self._rests.next_look + debounce)
        return max(self._not_before, min(quiet, self._first + LATEST * debounce))

    def _scheduled(self, now: float, wall: int) -> None:
        schedule = self._rules.schedule
        if schedule.every is not None and now >= self._next_every:
            self._next_every = now + schedule.every
            self.rescan()
        if self._next_at is not None:
            came = wall >= self._next_at
            following = schedule.next_at_ns(wall)
            # The clock may have been set back meanwhile.
            self._next_at = following if came or following is None else min(self._next_at, following)
            if came:
                self.rescan()
        if self._next_links is not None and wall >= self._next_links and self._under_way is None:
            self._next_links = None
            self._noted()
            self._changes.links()

    # The roots

    def _look_at_roots(self, now: float) -> None:
        """See which roots are there, and whether they are what they were; follow them anew if not."""
        self._roots_changed = False
        self._next_look = now + LOOK_SECONDS
        places = (*self._roots, *mounted_below(self._roots, self._mounts))
        seen = {place: _identity(place) for place in places}
        if seen == self._seen:
            return
        before, self._seen = self._seen, seen
        for place in {*seen, *before}:
            # Nobody is served by a run over what is not there; it is said once.
            if before.get(place) != seen.get(place) and (place not in self._roots or seen[place] is not None):
                self.below(place)
        self._follow_all()

    def _follow_all(self) -> None:
        self._lost = False
        self._no_room.clear()
        here = tuple(root for root in self._roots if self._seen.get(root) is not None)
        polled = polled_places(here, self._mounts)
        if self._rules.follow == "poll":
            polled |= dict.fromkeys(here, "watch.follow = poll")
        if self._rules.follow == "off":
            return
        notified = tuple(root for root in here if root not in polled)
        if (problem := self._watch(notified)) is not None:
            self._no_room |= dict.fromkeys(notified, f"inotify: {problem}")
        polled |= self._no_room
        now = self._clock.monotonic()
        self._polls = {place: self._polls.get(place, now + self._rules.poll_seconds) for place in polled}
        for root in self._roots:
            if root not in here:
                self._tell(root, FollowWay.GONE, "the folder is not there")
            elif root not in polled:
                self._tell(root, FollowWay.NOTIFIED, "inotify")
        for place, reason in polled.items():
            self._tell(place, FollowWay.POLLED, reason)

    def _watch(self, roots: tuple[bytes, ...]) -> str | None:
        """Watch roots; return why that is not possible."""
        try:
            # Here, because it needs a package for Linux, which takes some time to load.
            from passagework.watching.tree import WatchedTree  # noqa: PLC0415
        except ImportError:
            return "not on this system"
        if self._tree is None:
            self._tree = WatchedTree(self._rules.scan, self._rules.extensions, self._rules.library, self)
        try:
            self._tree.follow(roots)
        except OSError as error:
            return os.strerror(error.errno or 0)
        return None

    def _tell(self, folder: bytes, way: FollowWay, reason: str) -> None:
        if self._said.get(folder) != (way, reason):
            self._said[folder] = (way, reason)
            self._say(FollowingChanged(folder, way, reason))


def _identity(place: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(place)
    except OSError:
        return None
    return status.st_dev, status.st_ino
