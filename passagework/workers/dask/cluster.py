"""Distribute the jobs of one executor to the workers of a dask cluster, and redo jobs whose worker was lost.

dask is the transport, and reports which workers are alive. The assignment of jobs is decided here: no job may go to an
unchecked worker, a worker gets only enough jobs to keep it busy, and the jobs affected by a death must be known.
"""

import asyncio
import itertools
import logging
import math
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from passagework.domain.encoded_analysis import EncodedAnalysis, EncodedTags
from passagework.domain.errors import ExecutorError
from passagework.domain.executor_choice import OnDask
from passagework.domain.files import display_path
from passagework.workers.dask.connection import connect, result_of
from passagework.workers.dask.members import Member, Members
from passagework.workers.dask.worker import RemoteJob, close_pool, run_remote_job, stop_jobs
from passagework.workers.executor import Cancelled, Crashed, Finished, JobOutcome, NotStarted
from passagework.workers.job_queue import JobQueue, Task
from passagework.workers.processes.attempt import describe
from passagework.workers.processes.wire_protocol import WorkerRules
from passagework.workers.root_map import RootMap, objection_to

if TYPE_CHECKING:
    from distributed import Client

_logger = logging.getLogger("passagework")

DEATHS_PER_JOB: Final = 3
"""A job during which more workers died is not tried again, like in dask itself (``allowed-failures``)."""

_DEATHS_OF_A_SUSPECT: Final = 2
_LOOK_SECONDS: Final = 0.5
_GOODBYE_SECONDS: Final = 5.0
_MOST_UNSEEN: Final = 3


@dataclass(slots=True, eq=False)
class _Job:
    """A task in flight; ``stopped`` ends the wait for the worker's result, also when the worker is ``lost``.

    ``unseen_by`` are the workers that do not see its file, or see another file.
    """

    task: Task
    deaths: int = 0
    lost: bool = False
    unseen_by: set[str] = field(default_factory=set)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_suspect(self) -> bool:
        return self.deaths >= _DEATHS_OF_A_SUSPECT


class DaskCluster:
    """Takes tasks from a queue, sends them to workers, and settles each exactly once.

    ``wake`` and ``cancel`` may be called from any thread; everything else runs in one event loop.
    """

    def __init__(
        self, where: OnDask, rules: WorkerRules, roots: RootMap, queue: JobQueue, patience_seconds: float
    ) -> None:
        self._where = where
        self._rules = rules
        self._roots = roots
        self._queue = queue
        self._patience = patience_seconds
        self._session = uuid.uuid4().hex
        self._numbers = itertools.count(1)
        self._members = Members(tuple(theirs for _, theirs in roots.pairs), rules.extensions)
        self._again: deque[_Job] = deque()
        self._following: set[asyncio.Task[None]] = set()
        self._abandoned: set[asyncio.Task[object]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopping = False
        self._looked = 0.0
        self._manned = 0.0
        self._bereaved = -math.inf

    @property
    def slots(self) -> int:
        """The number of jobs that the accepted workers run at the same time; at least 1."""
        return max(self._members.slots, 1)

    def wake(self) -> None:
        """Make the loop check the queue."""
        loop = self._loop
        # Before the loop runs it will check anyway, and after its end there is nothing to check.
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._woken.set)

    def cancel(self) -> None:
        """Tell the workers to kill their jobs for us, without waiting."""
        self._stopping = True
        self.wake()

    async def serve(self) -> None:
        """Run jobs until the queue is closed."""
        self._loop = asyncio.get_running_loop()
        while not self._queue.closed.is_set():
            try:
                client = await connect(self._where)
            except ExecutorError as error:
                self._give_back(str(error))
                await self._woken.wait()
                self._woken.clear()
                continue
            try:
                await self._work(client)
            except Exception as error:
                # Every job must get its outcome, even after an error in this code or in dask.
                _logger.exception("the dask executor failed")
                self._give_back(describe(error))
            finally:
                await self._part(client)
        self._give_back("the executor was closed")

    async def _work(self, client: "Client") -> None:
        """Run jobs until the queue is closed or the scheduler is lost permanently."""
        self._manned = time.monotonic()
        self._bereaved = -math.inf
        while not self._queue.closed.is_set() and client.status in {"running", "connecting"}:
            if client.status == "running":
                with suppress(OSError, TimeoutError):
                    await self._look(client)
                self._place(client)
                self._lose_patience()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _LOOK_SECONDS)
            self._woken.clear()
            if self._stopping:
                self._stopping = False
                self._settle_cancelled()
                await self._tell_workers(client, stop_jobs)

    async def _part(self, client: "Client") -> None:
        """Cancel the jobs of workers, make them end their children, and disconnect."""
        for job in [job for member in self._members.everybody() for job in member.jobs]:
            assert isinstance(job, _Job)
            job.stopped.set()
        if self._following:
            await asyncio.wait(self._following)
        await self._tell_workers(client, close_pool)
        self._members.forget()
        with suppress(Exception):
            await asyncio.wait_for(client.close(), _GOODBYE_SECONDS)

    async def _tell_workers(self, client: "Client", what: object) -> None:
        workers = [member.address for member in self._members.everybody()]
        if workers and client.status == "running":
            said = client.run(what, self._session, workers=workers, on_error="ignore")
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(said, _GOODBYE_SECONDS)

    async def _look(self, client: "Client") -> None:
        now = time.monotonic()
        # If no worker is accepted yet, look for new ones before any job is given up.
        if self._members.accepted and now - self._looked < _LOOK_SECONDS:
            return
        for gone in await self._members.look(client):
            self._bereaved = now
            _logger.warning("dask worker %s is gone; others redo its %d jobs", gone.address, len(gone.jobs))
            for job in tuple(gone.jobs):
                assert isinstance(job, _Job)
                job.lost = True
                job.stopped.set()
        self._looked = now

    def _lose_patience(self) -> None:
        """Settle waiting jobs as not started when no worker can run them and none is expected."""
        now = time.monotonic()
        members = self._members
        if members.accepted:
            self._manned = now
            return
        # A worker that died may be restarted by its nanny; a refused one stays refused.
        expected_until = (self._bereaved if members.refused else self._manned) + self._patience
        if members.undecided or now < expected_until:
            return
        refused = "; ".join(f"{address}: {reason}" for address, reason in members.refused.items())
        where = f"{self._where.host}:{self._where.port}"
        self._give_back(
            f"no dask worker at {where} can be used: {refused}"
            if refused
            else f"the dask scheduler at {where} has no worker; start one: dask worker {where}"
        )

    # Placing

    def _place(self, client: "Client") -> None:
        """Send waiting jobs to workers, enough to keep them busy."""
        while (job := self._next()) is not None:
            member = self._member_for(job)
            if member is None:
                self._again.appendleft(job)
                return
            member.jobs.add(job)
            following = asyncio.create_task(self._follow(client, member, job))
            self._following.add(following)
            following.add_done_callback(self._following.discard)

    def _next(self) -> _Job | None:
        """Take the next job that is not cancelled; None if none waits or no worker could run it."""
        while self._again or self._members.accepted:
            if self._again:
                job = self._again.popleft()
            elif (task := self._queue.take_now()) is not None:
                job = _Job(task)
            else:
                return None
            if not job.task.cancelled.is_set():
                return job
            self._queue.settle(job.task, Cancelled(job.task.job))
        return None

    def _member_for(self, job: _Job) -> Member | None:
        """Choose the least busy worker; for a suspect an idle one, which gets no other job meanwhile."""
        if job.unseen_by >= self._members.accepted.keys():
            job.unseen_by.clear()
        if job.is_suspect:
            return next((member for member in self._members.accepted.values() if not member.jobs), None)
        fitting = [
            member
            for member in self._members.accepted.values()
            if len(member.jobs) < 2 * member.slots
            and member.address not in job.unseen_by
            and not any(isinstance(other, _Job) and other.is_suspect for other in member.jobs)
        ]
        return min(fitting, key=lambda member: len(member.jobs) / member.slots, default=None)

    def _give_back(self, reason: str) -> None:
        """Settle every waiting job as not started."""
        waiting = [job.task for job in self._again]
        self._again.clear()
        while (task := self._queue.take_now()) is not None:
            waiting.append(task)
        for task in waiting:
            self._queue.settle(task, NotStarted(task.job, reason))

    def _settle_cancelled(self) -> None:
        """Settle the cancelled jobs that wait, even if there is no worker."""
        cancelled = [job.task for job in self._again if job.task.cancelled.is_set()]
        self._again = deque(job for job in self._again if not job.task.cancelled.is_set())
        for task in (*cancelled, *self._queue.take_cancelled()):
            self._queue.settle(task, Cancelled(task.job))

    # One job with one worker

    async def _follow(self, client: "Client", member: Member, job: _Job) -> None:
        """Run a job on a worker; settle it, or put it back if another worker has to run it."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.call_soon_threadsafe(job.stopped.set)

        job.task.stop_with(stop)
        try:
            outcome = await self._wait_for_outcome(client, member, job)
        except Exception as error:
            _logger.exception("the dask executor failed on %s", display_path(job.task.work.path))
            outcome = NotStarted(job.task.job, describe(error))
        member.jobs.discard(job)
        if job.task.cancelled.is_set():
            outcome = Cancelled(job.task.job)
        if outcome is None:
            job.stopped.clear()
            job.lost = False
            self._again.append(job)
        else:
            self._queue.settle(job.task, outcome)
        self._woken.set()

    async def _wait_for_outcome(self, client: "Client", member: Member, job: _Job) -> JobOutcome | None:
        """Wait for the outcome of a job; None if it has to run again."""
        from distributed import KilledWorker  # noqa: PLC0415 - an extra

        task = job.task
        remote = RemoteJob(
            self._session, self._rules, member.slots, self._roots.job_there(task.work), task.deadline_seconds
        )
        future = client.submit(
            run_remote_job,
            remote,
            key=f"passagework-{self._session}-{next(self._numbers)}",
            workers=[member.address],
            allow_other_workers=False,
            pure=False,
        )
        answer = asyncio.ensure_future(result_of(future))
        stopped = asyncio.ensure_future(job.stopped.wait())
        await asyncio.wait({answer, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if answer.done():
            said = answer.result()
            # A scheduler without permitted failures (allowed-failures = 0) reports the death before it is noticed here.
            return (
                self._after_death(member, job) if isinstance(said, KilledWorker) else self._outcome(member, job, said)
            )
        # The wait ends with the future. It is not cancelled, and with it what else is being fetched: result_of.
        self._abandoned.add(answer)
        answer.add_done_callback(self._abandoned.discard)
        with suppress(Exception):
            await asyncio.wait_for(client.cancel([future], force=True), _GOODBYE_SECONDS)
        return self._after_death(member, job) if job.lost else None

    def _after_death(self, member: Member, job: _Job) -> JobOutcome | None:
        job.deaths += 1
        if job.deaths <= DEATHS_PER_JOB:
            return None
        detail = f"{job.deaths} dask workers died during this job, the last was {member.address}"
        return Crashed(job.task.job, detail, out_of_memory=False, final=True)

    def _outcome(self, member: Member, job: _Job, said: object) -> JobOutcome | None:
        """Convert a worker's result to the outcome here; None if the job has to run again."""
        task = job.task
        match said:
            case Finished(result=result):
                # The job did not ask for it: job_there.
                assert not isinstance(result, EncodedAnalysis | EncodedTags)
                objection = objection_to(task.work, result, self._roots.there(task.work.path))
                if objection and self._is_for_another(member, job, objection):
                    return None
                if not objection:
                    member.unseen = 0
                return replace(said, job=task.job, result=self._roots.result_here(task.work, result))
            case NotStarted(detail=detail):
                self._members.refuse(member.address, f"it cannot start child processes: {detail}")
                return None
            case Cancelled() | None:
                # Not cancelled by us: the scheduler was lost, or another program cancelled it.
                return None
            case BaseException():
                return NotStarted(task.job, f"dask worker {member.address}: {describe(said)}")
            case _:
                assert isinstance(said, JobOutcome)
                return replace(said, job=task.job)

    def _is_for_another(self, member: Member, job: _Job, objection: str) -> bool:
        """Tell whether a job has to run again because its worker does not see the file.

        A worker that never saw one of our files lacks the music; one that missed several has lost it. A single
        file that no worker sees (a network file system may lag by seconds) fails, until the next import.
        """
        if member.unseen is None or member.unseen + 1 >= _MOST_UNSEEN:
            self._members.refuse(member.address, objection)
            return True
        member.unseen += 1
        job.unseen_by.add(member.address)
        return not job.unseen_by >= self._members.accepted.keys()
