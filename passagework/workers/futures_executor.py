"""Runs jobs in any ``concurrent.futures.Executor`` of a host."""

import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread

from passagework.domain.errors import ExecutorFactoryError
from passagework.domain.files import display_path
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import Cancelled, Crashed, Finished, JobId, JobOutcome, NotStarted, TimedOut
from passagework.workers.job_queue import JobQueue, Task
from passagework.workers.pause_switch import STILL_SECONDS, PauseSwitch
from passagework.workers.processes.attempt import ANALYZE_FILE, attempt, describe, load_analysis
from passagework.workers.processes.wire_protocol import JobResult

_logger = logging.getLogger("passagework")

MakeExecutor = Callable[[], Executor]


def load_factory(target: str) -> MakeExecutor:
    """Import a factory by its ``module:name``. Raises ExecutorFactoryError."""
    module, _, name = target.partition(":")
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise ExecutorFactoryError(f"analysis.executor: {target} cannot be imported: {describe(error)}") from error
    if not callable(found):
        raise ExecutorFactoryError(f"analysis.executor: {target} is {type(found).__name__}, not a function or class")
    factory: MakeExecutor = found
    return factory


def executor_of(target: str) -> Executor:
    """Call a factory to create its executor. Raises ExecutorFactoryError if it cannot be imported."""
    return load_factory(target)()


def analyse(target: str, work: AnalysisJob) -> JobResult:
    """Run one job inside the executor; only MemoryError is raised."""
    cpu_before = time.thread_time()
    done = attempt(load_analysis(target), work)
    return JobResult(done.result, time.thread_time() - cpu_before, done.traceback, last=False)


class FuturesExecutor:
    """Submits jobs to an executor of the host, at most ``workers`` at a time, so that none waits in its queue.

    ``make`` is called in this executor's thread with the first job, and again when the host's executor has broken.
    Then every job that was in it is a suspect: suspects run again, one at a time and alone, and one that breaks the
    executor alone is Crashed.

    What it does not guarantee:

    - A deadline does not kill. The job is TimedOut, so the import continues, and its result is dropped; but
      it continues to run, and occupies its slot until it ends. Deadlines count from when the executor gets the job.
    - ``cancel`` does not stop running jobs; they are Cancelled at once, and their results dropped.
    - ``close`` waits for each running job until its deadline; overdue jobs are left to the executor.
    - A pause (``switch``) starts no job, and deadlines stand still; running jobs continue to their end.
    - Memory limits, priorities and the effect of a crash depend on the executor: in threads it ends the host.

    Any thread may call the methods. Outcomes are delivered in this executor's thread.
    """

    def __init__(
        self, make: MakeExecutor, workers: int, analyze: str = ANALYZE_FILE, *, switch: PauseSwitch | None = None
    ) -> None:
        self._keeper = _Keeper(make, workers, analyze, switch or PauseSwitch())
        self._thread: Thread | None = None
        self._lock = Lock()

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        """Queue a job."""
        keeper = self._keeper
        with self._lock:
            keeper.queue.put(Task(job, work, deadline_seconds, on_done))
            if self._thread is None:
                self._thread = Thread(target=keeper.serve, name="passagework-futures", daemon=True)
                self._thread.start()
        keeper.wake()

    def cancel(self) -> None:
        """Return every job the outcome Cancelled; running ones continue to their end."""
        self._keeper.queue.cancel()
        self._keeper.wake()

    def close(self) -> None:
        """Cancel everything, shut the executor down, and return when the thread is gone. Idempotent."""
        self._keeper.queue.close()
        self._keeper.wake()
        with self._lock:
            thread = self._thread
        if thread and thread is not current_thread():
            thread.join()


@dataclass(frozen=True, slots=True)
class _Woken:
    """Something was submitted, cancelled or closed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Done:
    """A future has ended."""

    future: Future[JobResult]


@dataclass(slots=True)
class _Running:
    """A submitted job. ``task`` is None once it is settled while the executor still runs it."""

    task: Task | None
    overdue_at: float
    suspect: bool


class _Keeper:
    """The thread of a FuturesExecutor, and the state that only this thread uses."""

    def __init__(self, make: MakeExecutor, workers: int, analyze: str, switch: PauseSwitch) -> None:
        self.queue = JobQueue()
        self._switch = switch
        self._make = make
        self._workers = workers
        self._analyze = analyze
        self._inbox: SimpleQueue[_Woken | _Done] = SimpleQueue()
        self._executor: Executor | None = None
        self._running: dict[Future[JobResult], _Running] = {}
        self._suspects: deque[Task] = deque()

    def wake(self) -> None:
        """Make the thread check its queue. Any thread may call this."""
        self._inbox.put(_Woken())

    def stop(self) -> None:
        """Start no job from now on: the switch is off."""

    def go_on(self) -> None:
        """Start jobs again."""
        self.wake()

    def serve(self) -> None:
        """Run jobs until the queue is closed. This is the thread."""
        self._switch.add(self)
        while not self.queue.closed.is_set():
            try:
                self._step()
            except Exception:
                _logger.exception("the executor of futures failed")
        self._switch.discard(self)
        self._settle_cancelled()
        while (task := self._next()) is not None:
            self.queue.settle(task, Cancelled(task.job))
        self._wait_for_the_rest()
        if self._executor is not None:
            self._executor.shutdown(wait=not self._running, cancel_futures=True)

    def _wait_for_the_rest(self) -> None:
        """Wait for running jobs, each at most until its deadline."""
        for future in tuple(self._running):
            future.cancel()
        while pending := [running.overdue_at for running in self._running.values()]:
            try:
                event = self._inbox.get(timeout=max(pending) - self._switch.clock())
            except (Empty, ValueError):
                return
            if isinstance(event, _Done):
                del self._running[event.future]

    def _step(self) -> None:
        """Wait for the next event, and handle it."""
        now = self._switch.clock()
        deadlines = [running.overdue_at for running in self._running.values() if running.task is not None]
        shortest = STILL_SECONDS if self._switch.is_paused else 0.0
        try:
            event = self._inbox.get(timeout=max(min(deadlines) - now, shortest) if deadlines else None)
        except Empty:
            event = _Woken()
        if isinstance(event, _Done):
            self._ended(event.future)
        self._settle_cancelled()
        self._settle_overdue()
        self._hand_out()

    def _settle_cancelled(self) -> None:
        suspects, self._suspects = self._suspects, deque()
        for task in (*suspects, *self.queue.take_cancelled()):
            if task.cancelled.is_set():
                self.queue.settle(task, Cancelled(task.job))
            else:
                self._suspects.append(task)
        for running in self._running.values():
            if running.task is not None and running.task.cancelled.is_set():
                self.queue.settle(running.task, Cancelled(running.task.job))
                running.task = None

    def _settle_overdue(self) -> None:
        now = self._switch.clock()
        for future, running in tuple(self._running.items()):
            if running.task is not None and running.overdue_at <= now and not future.done():
                future.cancel()
                self.queue.settle(running.task, TimedOut(running.task.job, running.task.deadline_seconds))
                running.task = None

    def _hand_out(self) -> None:
        """Submit jobs to the executor: a suspect alone, otherwise as many as it has workers."""
        while not self.queue.closed.is_set() and not self._switch.is_paused:
            alone = bool(self._suspects) or any(running.suspect for running in self._running.values())
            if len(self._running) >= (1 if alone else self._workers):
                return
            suspect = bool(self._suspects)
            task = self._next()
            if task is None:
                return
            if task.cancelled.is_set():
                self.queue.settle(task, Cancelled(task.job))
            else:
                self._start(task, suspect=suspect)

    def _next(self) -> Task | None:
        return self._suspects.popleft() if self._suspects else self.queue.take_now()

    def _start(self, task: Task, *, suspect: bool) -> None:
        try:
            future = self._submit(task)
        except Exception as error:  # noqa: BLE001 - an executor of the host may raise anything; its error is the reason
            self.queue.settle(task, NotStarted(task.job, describe(error)))
            return
        self._running[future] = _Running(task, self._switch.clock() + task.deadline_seconds, suspect)
        future.add_done_callback(lambda ended: self._inbox.put(_Done(ended)))

    def _submit(self, task: Task) -> Future[JobResult]:
        """Submit a job; to a new executor if the current one is broken."""
        for last in (False, True):
            if self._executor is None:
                self._executor = self._made()
            try:
                return self._executor.submit(analyse, self._analyze, task.work)
            except BrokenExecutor:
                self._let_go()
                if last:
                    raise
        raise AssertionError

    def _let_go(self) -> None:
        """Drop a broken executor."""
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def _made(self) -> Executor:
        executor: object = self._make()
        if not isinstance(executor, Executor):
            raise ExecutorFactoryError(
                f"the factory of analysis.executor made {type(executor).__name__}, not a concurrent.futures.Executor"
            )
        return executor

    def _ended(self, future: Future[JobResult]) -> None:
        running = self._running.pop(future)
        broken = _error_of(future)
        if isinstance(broken, BrokenExecutor):
            self._let_go()
        task = running.task
        if task is None:
            return
        if isinstance(broken, BrokenExecutor) and not running.suspect:
            self._suspects.append(task)
            return
        self.queue.settle(task, self._outcome(task, future, broken))

    @staticmethod
    def _outcome(task: Task, future: Future[JobResult], error: BaseException | None) -> JobOutcome:
        match error:
            case None:
                answer = future.result()
                if answer.traceback:
                    _logger.error("the analysis of %s failed:\n%s", display_path(task.work.path), answer.traceback)
                return Finished(task.job, answer.result, answer.cpu_seconds)
            case MemoryError():
                return Crashed(task.job, describe(error), out_of_memory=True)
            case BrokenExecutor():
                return Crashed(task.job, f"it broke the executor: {describe(error)}", out_of_memory=False, final=True)
            case _:
                return NotStarted(task.job, describe(error))


def _error_of(future: Future[JobResult]) -> BaseException | None:
    return CancelledError("the executor dropped it") if future.cancelled() else future.exception()
