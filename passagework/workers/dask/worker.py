"""What runs inside a dask worker: it hands each job to a killable child process of its own machine.

A damaged file takes down such a child and never the dask worker, and a deadline kills. Everything here is called by
dask; the importer sends the functions by name, so the worker needs this package, but not dask's extra of it.
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
from passagework.workers.code_versions import code_versions
from passagework.workers.executor import Cancelled, JobId, JobOutcome
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.workers.processes.wire_protocol import WorkerRules

_IDLE_SECONDS: Final = 600.0
"""A pool that nobody used for so long belongs to an importer that was killed."""

_THE_JOB: Final = JobId(0)


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """One job as it travels. ``session`` names the executor that sends it; ``slots`` is the worker's own number."""

    session: str
    rules: WorkerRules
    slots: int
    work: AnalysisJob
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class Description:
    """What a worker says of itself: its versions by name, and those of the folders asked for that it does not have."""

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
    """Say what this worker is made of and which of ``folders`` it lacks."""
    return Description(code_versions(), tuple(folder for folder in folders if not os.path.isdir(folder)))


def run_order(order: RemoteOrder) -> JobOutcome:
    """Do one job in a child process and wait for its outcome. The deadline counts from when a child has the job."""
    if order.session in _closed:
        return Cancelled(_THE_JOB)
    outcomes: SimpleQueue[JobOutcome] = SimpleQueue()
    pool, forgotten = _enter(order)
    try:
        for old in forgotten:
            old.close()
        pool.executor.submit(_THE_JOB, order.work, order.deadline_seconds, outcomes.put)
        return outcomes.get()
    finally:
        with _lock:
            pool.jobs -= 1
            pool.used = time.monotonic()


async def stop_jobs(session: str) -> None:
    """Kill what is in work for an executor."""
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


def _enter(order: RemoteOrder) -> tuple[_Pool, list[ProcessExecutor]]:
    """Take the pool of an executor, made with its first job; give those, too, that nobody seems to need."""
    now = time.monotonic()
    with _lock:
        stale = [name for name, pool in _pools.items() if not pool.jobs and now - pool.used > _IDLE_SECONDS]
        forgotten = [_pools.pop(name).executor for name in stale if name != order.session]
        pool = _pools.get(order.session)
        if pool is None:
            rules = order.rules
            executor = ProcessExecutor(
                order.slots,
                rules.priority,
                rules.memory_bytes // 2**20,
                rules.analyze,
                jobs_per_worker=rules.jobs,
            )
            pool = _pools[order.session] = _Pool(executor, now)
        pool.jobs += 1
        return pool, forgotten
