"""The code that runs inside a dask worker: it passes each job to a killable child process on the same machine.

A damaged file can crash the child but not the dask worker, and a deadline kills the child. dask calls everything here;
the importer sends the functions by name, so the worker needs this package, but not its dask extra.
"""

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock
from typing import Final

from passagework.domain.jobs import AnalysisJob
from passagework.workers.code_versions import code_versions, extension_versions
from passagework.workers.executor import Cancelled, JobId, JobOutcome
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.workers.processes.wire_protocol import WorkerRules

_IDLE_SECONDS: Final = 600.0
"""A pool that was not used for this long belongs to an importer that was killed."""

_THE_JOB: Final = JobId(0)


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """One job as it is sent. ``session`` names the sending executor; ``slots`` is the worker's number of slots."""

    session: str
    rules: WorkerRules
    slots: int
    work: AnalysisJob
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class Description:
    """A worker's description of itself: its versions by name, and the requested folders that it does not have."""

    versions: dict[str, str]
    missing_folders: tuple[bytes, ...]


@dataclass(slots=True)
class _Pool:
    executor: ProcessExecutor
    used: float
    jobs: int = 0


_pools: Final[dict[str, _Pool]] = {}
_closed: Final[deque[str]] = deque(maxlen=1_000)
_lock: Final = Lock()


def describe_worker(folders: tuple[bytes, ...]) -> Description:
    """Return the versions of this worker and which of ``folders`` it lacks."""
    return Description(
        code_versions() | extension_versions(), tuple(folder for folder in folders if not os.path.isdir(folder))
    )


def run_remote_job(remote: RemoteJob) -> JobOutcome:
    """Run one job in a child process and wait for its outcome. The deadline counts from when a child has the job."""
    if remote.session in _closed:
        return Cancelled(_THE_JOB)
    outcomes: SimpleQueue[JobOutcome] = SimpleQueue()
    pool, forgotten = _enter(remote)
    try:
        for old in forgotten:
            old.close()
        pool.executor.submit(_THE_JOB, remote.work, remote.deadline_seconds, outcomes.put)
        return outcomes.get()
    finally:
        with _lock:
            pool.jobs -= 1
            pool.used = time.monotonic()


async def stop_jobs(session: str) -> None:
    """Kill the running jobs of an executor."""
    with _lock:
        pool = _pools.get(session)
    if pool is not None:
        await asyncio.to_thread(pool.executor.cancel)


async def close_pool(session: str) -> None:
    """End the child processes of an executor."""
    with _lock:
        _closed.append(session)
        pool = _pools.pop(session, None)
    if pool is not None:
        await asyncio.to_thread(pool.executor.close)


def _enter(remote: RemoteJob) -> tuple[_Pool, list[ProcessExecutor]]:
    """Return the pool of an executor, created with its first job, and the pools that are no longer used."""
    now = time.monotonic()
    with _lock:
        stale = [name for name, pool in _pools.items() if not pool.jobs and now - pool.used > _IDLE_SECONDS]
        forgotten = [_pools.pop(name).executor for name in stale if name != remote.session]
        pool = _pools.get(remote.session)
        if pool is None:
            rules = remote.rules
            executor = ProcessExecutor(
                remote.slots,
                rules.priority,
                rules.memory_bytes // 2**20,
                rules.analyze,
                jobs_per_worker=rules.jobs,
                confined=rules.confined,
                extensions=rules.extensions,
            )
            pool = _pools[remote.session] = _Pool(executor, now)
        pool.jobs += 1
        return pool, forgotten
