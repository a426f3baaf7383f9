"""Runs jobs on the workers of a dask cluster, which may be other machines."""

import asyncio
import socket
from collections.abc import Callable
from importlib.util import find_spec
from threading import Lock, Thread, current_thread
from typing import Final

from passagework.domain.errors import ExecutorError, ExecutorExtraMissingError
from passagework.domain.executor_choice import OnDask
from passagework.domain.extensions import ExtensionId
from passagework.domain.installing import install_words
from passagework.domain.jobs import AnalysisJob
from passagework.workers.dask.cluster import DaskCluster
from passagework.workers.executor import JobId, JobOutcome, Priority
from passagework.workers.job_queue import JobQueue, Task
from passagework.workers.processes.attempt import ANALYZE_FILE
from passagework.workers.processes.wire_protocol import WorkerRules
from passagework.workers.root_map import RootMap

_CONNECT_SECONDS: Final = 5.0
_JOBS_PER_CHILD: Final = 500


class DaskExecutor:
    """Sends jobs to the workers of a dask scheduler; each worker runs them in killable child processes.

    - Connects with the first job. If the scheduler cannot be reached, or the cluster has no usable worker for a
      minute, jobs get NotStarted with the reason.
    - Every worker, also one that joins later, gets its first job only after its versions were compared with ours and
      its folders were checked. One that differs is excluded, with a warning that names it.
    - If a worker dies, others redo its jobs. A job during which workers died repeatedly is
      Crashed. From the second death on it runs on a worker that has no other job, so that no job is blamed
      for another.
    - Deadlines kill, and count from when a child of a worker has the job.

    What it does not guarantee:

    - A worker that is disconnected but alive keeps its jobs until the scheduler notices (dask's ``worker-ttl``).
    - ``cancel`` and ``close`` do not wait for a worker that does not respond.
    - dask sends pickles: anyone who can reach the scheduler can run programs on every worker and here.

    Any thread may call the methods. Outcomes are delivered in the executor's thread.
    """

    def __init__(
        self,
        where: OnDask,
        priority: Priority,
        memory_mb: int,
        roots: RootMap,
        analyze: str = ANALYZE_FILE,
        *,
        patience_seconds: float = 60.0,
        confined: bool = True,
        extensions: tuple[ExtensionId, ...] = (),
    ) -> None:
        self._queue = JobQueue()
        rules = WorkerRules(priority, memory_mb * 2**20, _JOBS_PER_CHILD, analyze, confined, extensions)
        self._cluster = DaskCluster(where, rules, roots, self._queue, patience_seconds)
        self._thread: Thread | None = None
        self._lock = Lock()

    @property
    def slots(self) -> int:
        """The number of jobs that the accepted workers run at the same time; at least 1."""
        return self._cluster.slots

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        """Queue a job."""
        with self._lock:
            self._queue.put(Task(job, work, deadline_seconds, on_done))
            if self._thread is None:
                self._thread = Thread(target=self._serve, name="passagework-dask", daemon=True)
                self._thread.start()
        self._cluster.wake()

    def cancel(self) -> None:
        """Drop queued jobs and make the workers kill running ones; each job gets Cancelled."""
        self._queue.cancel()
        self._cluster.cancel()

    def close(self) -> None:
        """Cancel everything; return when the workers are notified and the connection is closed. Idempotent."""
        self._queue.close()
        self._cluster.wake()
        with self._lock:
            thread = self._thread
        if thread and thread is not current_thread():
            thread.join()

    def _serve(self) -> None:
        asyncio.run(self._cluster.serve())


def check_dask(where: OnDask) -> None:
    """Raise ExecutorError if jobs cannot be sent: the extra is not installed, or no scheduler listens."""
    if find_spec("distributed") is None:
        raise ExecutorExtraMissingError(
            "analysis.executor names a dask scheduler, but dask is not installed here; "
            f"install it: {install_words('dask', 'distributed')}"
        )
    try:
        socket.create_connection((where.host, where.port), _CONNECT_SECONDS).close()
    except OSError as error:
        raise ExecutorError(
            f"no dask scheduler answers at {where.host}:{where.port} ({error.strerror or error}); "
            "start one there: dask scheduler"
        ) from error
