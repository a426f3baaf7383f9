"""Runs each job in a child process that can be killed: a bad file affects only its own job."""

import logging
from collections.abc import Callable
from threading import Lock, Thread, current_thread
from typing import Final

from passagework.domain.extensions import ExtensionId
from passagework.domain.files import display_path
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import (
    Cancelled,
    Crashed,
    Finished,
    JobId,
    JobOutcome,
    NotStarted,
    Priority,
    TimedOut,
)
from passagework.workers.job_queue import JobQueue, Task
from passagework.workers.processes.attempt import ANALYZE_FILE, describe
from passagework.workers.processes.wire_protocol import JobResult, WorkerRules
from passagework.workers.processes.worker_death import Death
from passagework.workers.processes.worker_process import Overdue, StartError, WorkerProcess

_logger = logging.getLogger("passagework")

_PAUSES_BETWEEN_STARTS: Final = (0.0, 0.2, 1.0)
_SHORTEST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class ProcessExecutor:
    """A pool of worker processes, each owned by one thread and doing one job at a time.

    - Processes start with the first jobs, as many as there are jobs, at most ``workers``, and stay until ``close``.
      Each is replaced after ``jobs_per_worker`` jobs, and when it retains more than half of its memory.
    - ``memory_mb`` limits what one worker can allocate; ordinary files take some 120 MB; 0 is no limit. Linux
      enforces it, macOS does not.
    - ``analyze`` is ``module:function``, a module that the child can import.
    - ``start_seconds`` is the time limit for a worker's imports.
    - ``extensions`` measure, each in a process beside each worker.
    - ``confined``: the analysis is handed each file open, and the kernel forbids it to open or start anything else.

    Any thread may call the methods. Outcomes are delivered in the pool's threads.
    """

    def __init__(
        self,
        workers: int,
        priority: Priority,
        memory_mb: int,
        analyze: str = ANALYZE_FILE,
        *,
        jobs_per_worker: int = 500,
        start_seconds: float = 60.0,
        confined: bool = True,
        extensions: tuple[ExtensionId, ...] = (),
    ) -> None:
        self._workers = workers
        self._start_seconds = start_seconds
        self._rules = WorkerRules(priority, memory_mb * 2**20, jobs_per_worker, analyze, confined, extensions)
        self._queue = JobQueue()
        self._threads: list[Thread] = []
        self._slots: list[_WorkerSlot] = []
        self._lock = Lock()

    @property
    def confined_by(self) -> tuple[str, ...]:
        """What of the kernel confines the workers that have started; empty if nothing does, or none has started."""
        with self._lock:
            return next((slot.held_by for slot in self._slots), ())

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        """Queue a job. The deadline counts from the moment a worker gets it."""
        task = Task(job, work, deadline_seconds, on_done)
        with self._lock:
            if self._queue.wants_taker and len(self._threads) < self._workers:
                slot = _WorkerSlot(self._queue, self._rules, self._start_seconds)
                thread = Thread(target=slot.serve, name=f"passagework-worker-{len(self._threads) + 1}", daemon=True)
                thread.start()
                self._threads.append(thread)
                self._slots.append(slot)
            self._queue.put(task)

    def cancel(self) -> None:
        """Kill the busy workers and drop queued jobs; each of these jobs gets Cancelled."""
        self._queue.cancel()

    def close(self) -> None:
        """Cancel everything, end all workers and threads, and return when they are gone. Idempotent.

        Called from an ``on_done`` callback, it does not wait for the thread that it is called in.
        """
        self._queue.close()
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            if thread is not current_thread():
                thread.join()


class _WorkerSlot:
    """One slot of the pool: its thread and the current worker."""

    def __init__(self, queue: JobQueue, rules: WorkerRules, start_seconds: float) -> None:
        self._queue = queue
        self._rules = rules
        self._start_seconds = start_seconds
        self._worker: WorkerProcess | None = None
        self._is_spent = False
        self._pause = 0.0
        self.held_by: tuple[str, ...] = ()

    def serve(self) -> None:
        """Run jobs until the queue is closed. This is the thread."""
        while (task := self._queue.take()) is not None:
            outcome = self._do(task)
            self._queue.settle(task, outcome)
            # A simultaneous cancellation may have killed a worker that had just finished.
            if self._is_spent or task.cancelled.is_set():
                self._retire()
        self._retire()

    def _do(self, task: Task) -> JobOutcome:
        if task.cancelled.is_set():
            return Cancelled(task.job)
        if self._worker and not self._worker.is_idle:
            self._retire()
        try:
            worker = self._worker or self._spawn(task)
            task.stop_with(worker.kill)
            return self._outcome(task, worker.run(task.work, task.deadline_seconds))
        except StartError as error:
            return NotStarted(task.job, str(error))
        except Exception as error:
            # The job must get its outcome and the slot must stay usable, even after an error in this code.
            _logger.exception("the worker pool failed on %s", display_path(task.work.path))
            self._is_spent = True
            return NotStarted(task.job, describe(error))

    def _outcome(self, task: Task, ended: JobResult | Death | Overdue) -> JobOutcome:
        self._is_spent = not isinstance(ended, JobResult) or ended.last
        match ended:
            case JobResult(result=result, cpu_seconds=cpu_seconds, traceback=traceback):
                if traceback:
                    _logger.error("the analysis of %s failed:\n%s", display_path(task.work.path), traceback)
                return Finished(task.job, result, cpu_seconds)
            case Death(detail=detail, out_of_memory=out_of_memory):
                return Crashed(task.job, detail, out_of_memory)
            case Overdue():
                return TimedOut(task.job, task.deadline_seconds)

    def _spawn(self, task: Task) -> WorkerProcess:
        """Start a worker; retry if that can help, with pauses that grow from job to job if it did not."""
        reason = StartError("cancelled")
        for pause in _PAUSES_BETWEEN_STARTS:
            if task.cancelled.wait(max(pause, self._pause)):
                break
            try:
                self._worker = WorkerProcess(self._rules)
                task.stop_with(self._worker.kill)
                self.held_by = self._worker.wait_until_ready(self._start_seconds).held_by
            except StartError as error:
                self._retire()
                reason = error
                if error.hopeless:
                    break
            else:
                self._pause = 0.0
                return self._worker
        if not task.cancelled.is_set():
            self._pause = min(max(_SHORTEST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)
        raise reason

    def _retire(self) -> None:
        """End the worker. Until it is dead the slot gets no new one, otherwise stuck workers would accumulate."""
        worker, self._worker = self._worker, None
        self._is_spent = False
        while worker and not worker.end():
            if self._queue.closed.is_set():
                _logger.warning(
                    "worker %d cannot be killed, it waits for a disk or server; it is left to the system", worker.pid
                )
                return
