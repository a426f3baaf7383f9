"""Runs jobs in a thread of this process: for tests, and for hosts that must not start child processes."""

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread, current_thread

from passagework.audio.resting import rest_with
from passagework.domain.files import display_path
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import Cancelled, Crashed, Finished, JobId, JobOutcome, NotStarted
from passagework.workers.job_queue import JobQueue, Task
from passagework.workers.pause_switch import PauseSwitch
from passagework.workers.processes.attempt import ANALYZE_FILE, attempt, describe, load_analysis

_logger = logging.getLogger("passagework")


class InlineExecutor:
    """One thread that runs one job after another, without a child process.

    What it does not guarantee:

    - Deadlines are not enforced: a job that hangs blocks all others, and ``close``.
    - A decoder that crashes ends the whole process, one that leaks makes it grow; there is no memory limit.
    - A running job cannot be stopped: ``cancel`` and ``close`` let it end and then call it cancelled.
    - Analysis and host share one interpreter, and slow each other down.

    ``analyze`` is ``module:function``, imported with the first job. While ``switch`` is off, the job rests at its next
    block of audio.
    """

    def __init__(self, analyze: str = ANALYZE_FILE, *, switch: PauseSwitch | None = None) -> None:
        self._analyze = analyze
        self._switch = switch or PauseSwitch()
        self._queue = JobQueue()
        self._thread: Thread | None = None
        self._lock = Lock()

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        """Queue a job."""
        task = Task(job, work, deadline_seconds, on_done)
        with self._lock:
            if self._thread is None and self._queue.wants_taker:
                thread = Thread(target=self._serve, name="passagework-analysis", daemon=True)
                thread.start()
                self._thread = thread
            self._queue.put(task)

    def cancel(self) -> None:
        """Drop queued jobs at once; the running job gets Cancelled when it has ended by itself."""
        self._queue.cancel()

    def close(self) -> None:
        """Cancel everything and return when the running job has ended. Idempotent."""
        self._queue.close()
        with self._lock:
            thread = self._thread
        if thread and thread is not current_thread():
            thread.join()

    def _serve(self) -> None:
        while (task := self._queue.take()) is not None:
            self._queue.settle(task, self._do(task))

    def _rest(self, task: Task) -> None:
        if self._switch.is_paused:
            self._switch.wait(unless=task.cancelled.is_set)

    def _do(self, task: Task) -> JobOutcome:
        task.stop_with(self._switch.nudge)
        self._rest(task)
        if task.cancelled.is_set():
            return Cancelled(task.job)
        try:
            analyze = load_analysis(self._analyze)
        except Exception as error:  # noqa: BLE001 - any error that prevents loading the analysis is the outcome
            return NotStarted(task.job, f"{self._analyze}: {describe(error)}")
        cpu_before = time.thread_time()
        try:
            with rest_with(lambda: self._rest(task)):
                done = attempt(analyze, task.work)
        except MemoryError as error:
            return Crashed(task.job, describe(error), out_of_memory=True)
        if done.traceback:
            _logger.error("the analysis of %s failed:\n%s", display_path(task.work.path), done.traceback)
        return Finished(task.job, done.result, time.thread_time() - cpu_before)
