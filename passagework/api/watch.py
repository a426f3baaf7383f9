"""The handle of a watch, and the thread that follows folders and starts a run whenever one is due."""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from passagework.actors.runtime.backoff import Restarts
from passagework.actors.session.session import RunUnderWayError
from passagework.api.run import Run
from passagework.api.thread_limits import threads_permitting
from passagework.api.waiting import Bell
from passagework.domain.errors import ImporterClosedError, NoThreadError, PassageworkError, WatchFailedError
from passagework.domain.files import display_path
from passagework.domain.following import FollowingChanged, FollowingEvent, WatchFailed, WatchOverflow
from passagework.domain.progress import Event, FileUnfinished, RunFinished, RunReport
from passagework.domain.scan_scope import ScanScope
from passagework.domain.views import RunState
from passagework.logs import logger
from passagework.watching.follower import AGAIN_SECONDS, Follower
from passagework.watching.mounts import MountTable

FIRST_RESTART_SECONDS = 1.0
LONGEST_RESTART_SECONDS = 10.0

RESTING_SECONDS: Final = 3_600.0
"""How long a watch waits at a time while the importer is paused; ``wake`` ends that."""

RUN_END_SECONDS: Final = 30.0
"""How long a watch that was stopped waits for the end of its run, which it has cancelled."""


@dataclass(frozen=True, slots=True)
class RunHooks:
    """What the run of a watch calls: with each event, and with an error that ends it. In the session's thread."""

    heard: Callable[[Event], None]
    failed: Callable[[PassageworkError], None]


StartRun = Callable[[ScanScope, RunHooks], Run]
MakeFollower = Callable[[Callable[[FollowingEvent], object]], Follower]


class Watch:
    """A watch, which goes on until ``stop``. All methods may be called from any thread; only ``wait`` blocks.

    A context manager: its end stops the watch and waits for it.
    """

    def __init__(
        self,
        make_follower: MakeFollower,
        start_run: StartRun,
        pass_on: Callable[[Event], None],
        resting: Callable[[], bool] = lambda: False,
    ) -> None:
        self._make_follower = make_follower
        self._start_run = start_run
        self._pass_on = pass_on
        self._resting = resting
        self._log = logger("watch")
        self._inbox: deque[Event | PassageworkError] = deque()
        self._rescan = self._stopping = False
        self._run: Run | None = None
        self._error: PassageworkError | None = None
        self._has_ended = False
        self._lock = threading.RLock()
        self._ended = Bell(self._lock)
        self._read_end, self._write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._work, name="passagework-watch", daemon=True)
        try:
            with threads_permitting():
                self._thread.start()
        except NoThreadError:
            os.close(self._read_end)
            os.close(self._write_end)
            raise

    def __enter__(self) -> Self:
        """Return the watch, which has begun already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and wait for the end."""
        self.stop()
        if kind is None:
            self.wait()
        else:
            with self._lock:
                self._ended.wait_for(lambda: self._has_ended)

    @property
    def done(self) -> bool:
        """Whether the watch has ended."""
        return self._has_ended

    def stop(self) -> None:
        """End the watch; a run that goes on is cancelled, and what it has stored stays. Returns at once."""
        self._stopping = True
        self._wake()

    def rescan(self) -> None:
        """Look through all folders as soon as possible. Returns at once."""
        self._rescan = True
        self._wake()

    def ended_within(self, timeout_seconds: float | None) -> bool:
        """Wait at most ``timeout_seconds`` for the end; return whether the watch has ended."""
        with self._lock:
            return self._ended.wait_for(lambda: self._has_ended, timeout_seconds)

    async def ended_within_async(self, timeout_seconds: float | None) -> bool:
        """Wait as :meth:`ended_within` does, in a task and without a thread for it."""
        return await self._ended.task_wait_for(lambda: self._has_ended, timeout_seconds)

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the end.

        Raises:
            TimeoutError: the watch has not ended within ``timeout`` seconds; it continues.
            PassageworkError: the watch could not continue, for the reason that ``Run.wait`` would give.

        """
        self._outcome(has_ended=self.ended_within(timeout))

    async def wait_async(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as ``wait`` has it
        """Wait as :meth:`wait` does, in a task and without a thread for it. Cancelling the task leaves the watch alone.

        Raises as :meth:`wait`.
        """
        self._outcome(has_ended=await self._ended.task_wait_for(lambda: self._has_ended, timeout))

    def _outcome(self, *, has_ended: bool) -> None:
        if not has_ended:
            raise TimeoutError("the watch has not ended yet")
        if self._error is not None:
            raise self._error

    def wake(self) -> None:
        """Look whether the importer rests: that has changed. Returns at once."""
        self._wake()

    def fail(self, error: PassageworkError) -> None:
        """End the watch because the importer cannot continue. Called in the supervisor's thread."""
        self._put(error)

    # The thread

    def _work(self) -> None:
        restarts = Restarts(FIRST_RESTART_SECONDS, LONGEST_RESTART_SECONDS)
        try:
            while not self._stopping and self._error is None:
                try:
                    self._follow()
                except PassageworkError as error:
                    self._error = error
                except Exception as error:  # noqa: BLE001 - whatever it is, the folders are followed again
                    self._log.exception("watch-restarted")
                    self._pass_on(WatchOverflow("the watch has begun anew after a defect"))
                    delay = restarts.next_delay(time.monotonic())
                    if delay is None:
                        self._error = WatchFailedError(f"the watch failed again and again: {error}")
                    else:
                        self._poll([], delay)
            if self._run is not None and not self._run.done:
                self._run.cancel()
                self._run.ended_within(RUN_END_SECONDS)
        finally:
            if self._error is not None:
                self._pass_on(WatchFailed(self._error.code, str(self._error)))
            with self._lock:
                os.close(self._read_end)
                os.close(self._write_end)
                self._has_ended = True
                self._ended.ring()

    def _follow(self) -> None:
        """Follow until ``stop`` or an error; whatever happened before, everything is looked through first."""
        follower = self._make_follower(self._say)
        mounts = MountTable()
        try:
            follower.begin()
            while not self._stopping:
                self._take_in(follower)
                if not (resting := self._resting()) and (scope := follower.step()) is not None:
                    self._begin(follower, scope)
                ready = self._poll(
                    [(follower.fileno(), select.POLLIN), (mounts.fileno(), MountTable.EVENTS)],
                    RESTING_SECONDS if resting else follower.wait_seconds(),
                )
                if mounts.fileno() in ready:
                    follower.mounts_changed()
                if follower.fileno() in ready:
                    follower.read()
        finally:
            follower.close()
            mounts.close()

    def _poll(self, files: list[tuple[int | None, int]], seconds: float) -> set[int]:
        poller = select.poll()
        poller.register(self._read_end, select.POLLIN)
        for file, events in files:
            if file is not None:
                poller.register(file, events)
        # Rounded up: a moment too early would find nothing due.
        ready = {file for file, _events in poller.poll(int(seconds * 1000) + 1)}
        if self._read_end in ready:
            with suppress(BlockingIOError):
                os.read(self._read_end, 4_096)
        return ready

    def _take_in(self, follower: Follower) -> None:
        if self._rescan:
            self._rescan = False
            follower.rescan()
        while self._inbox:
            match self._inbox.popleft():
                case FileUnfinished(file=file):
                    follower.held_back(file)
                case RunFinished(report=report):
                    self._run_ended(follower, report)
                case PassageworkError() as error:
                    raise error
                case _:
                    """No other event concerns the watch."""

    def _begin(self, follower: Follower, scope: ScanScope) -> None:
        try:
            self._run = self._start_run(scope, RunHooks(self._heard, self._put))
        except RunUnderWayError:
            # One that the host has started.
            follower.run_ended(done=False)
        except ImporterClosedError:
            self._stopping = True

    def _run_ended(self, follower: Follower, report: RunReport) -> None:
        due = min((items.until_ns for items in report.put_off), default=None)
        if due is not None:
            due = max(due, time.time_ns() + round(AGAIN_SECONDS * 1e9))
        follower.run_ended(done=report.state is RunState.COMPLETED and report.error is None, links_due_ns=due)

    def _heard(self, event: Event) -> None:
        """Pass on an event of a run. Called in the session's thread."""
        self._pass_on(event)
        if isinstance(event, FileUnfinished | RunFinished):
            self._put(event)

    def _say(self, event: FollowingEvent) -> None:
        if isinstance(event, FollowingChanged):
            self._log.info("following", folder=display_path(event.folder), way=event.way.value, reason=event.reason)
        self._pass_on(event)

    def _put(self, news: Event | PassageworkError) -> None:
        self._inbox.append(news)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            if not self._has_ended:
                with suppress(BlockingIOError):
                    os.write(self._write_end, b".")
