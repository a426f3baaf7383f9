"""Jobs that wait for a thread of an executor. Guarantees that each gets exactly one outcome."""

import logging
from collections import deque
from collections.abc import Callable
from threading import Condition, Event, Lock

from passagework.domain.errors import ImporterClosedError
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import Cancelled, JobId, JobOutcome

_logger = logging.getLogger("passagework")


class Task:
    """One submitted job. Any thread may cancel it; the thread that took it settles it."""

    def __init__(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        self.job = job
        self.work = work
        self.deadline_seconds = deadline_seconds
        self.cancelled = Event()
        self._on_done = on_done
        self._stop: Callable[[], None] | None = None
        self._lock = Lock()

    def stop_with(self, stop: Callable[[], None]) -> None:
        """Set how to stop the job from now on; stops it at once if it is already cancelled."""
        with self._lock:
            self._stop = stop
            if self.cancelled.is_set():
                stop()

    def cancel(self) -> None:
        """Cancel the job: its outcome will be Cancelled."""
        with self._lock:
            self.cancelled.set()
            if self._stop:
                self._stop()

    def settle(self, outcome: JobOutcome) -> None:
        """Deliver the outcome, or Cancelled if the job was cancelled before. After this the job is never stopped."""
        with self._lock:
            self._stop = None
            if self.cancelled.is_set():
                outcome = Cancelled(self.job)
        try:
            self._on_done(outcome)
        except BaseException:
            # Not even a SystemExit from a callback may end the thread: other jobs wait for it.
            _logger.exception("the receiver of outcome %r failed", outcome)


class JobQueue:
    """First come, first served; also knows the jobs that are taken and not settled."""

    def __init__(self) -> None:
        self._waiting: deque[Task] = deque()
        self._open: set[Task] = set()
        self._idle_takers = 0
        self._changed = Condition()
        self.closed = Event()

    def put(self, task: Task) -> None:
        """Add a task. Raises ``ImporterClosedError`` after close."""
        with self._changed:
            if self.closed.is_set():
                raise ImporterClosedError("the executor was closed and takes no more jobs")
            self._waiting.append(task)
            self._open.add(task)
            self._changed.notify()

    @property
    def wants_taker(self) -> bool:
        """Whether one more task would have no waiting thread; false after close."""
        with self._changed:
            return self._idle_takers <= len(self._waiting) and not self.closed.is_set()

    def take(self) -> Task | None:
        """Wait for a task; None when the queue is closed and empty. Cancelled tasks are returned, too."""
        with self._changed:
            self._idle_takers += 1
            self._changed.wait_for(lambda: self._waiting or self.closed.is_set())
            self._idle_takers -= 1
            return self._waiting.popleft() if self._waiting else None

    def take_now(self) -> Task | None:
        """Take a task if one waits; for an executor whose thread also waits for other events."""
        with self._changed:
            return self._waiting.popleft() if self._waiting else None

    def take_cancelled(self) -> list[Task]:
        """Take the waiting tasks that are cancelled, even if no worker could run them now."""
        with self._changed:
            cancelled = [task for task in self._waiting if task.cancelled.is_set()]
            self._waiting = deque(task for task in self._waiting if not task.cancelled.is_set())
        return cancelled

    def settle(self, task: Task, outcome: JobOutcome) -> None:
        """Deliver the outcome of a task that was taken."""
        with self._changed:
            self._open.discard(task)
        task.settle(outcome)

    def cancel(self) -> None:
        """Cancel every task that is not settled."""
        with self._changed:
            tasks = tuple(self._open)
        for task in tasks:
            task.cancel()

    def close(self) -> None:
        """Accept no more tasks and cancel the present ones."""
        with self._changed:
            self.closed.set()
            self._changed.notify_all()
        self.cancel()
