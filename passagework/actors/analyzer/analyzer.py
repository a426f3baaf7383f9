"""The analyzer: gives jobs to the executor and turns each outcome into one message for the library."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from passagework.actors.messages.analyzer import Analyze, AnalyzerMessage, CancelJobs, JobEnded
from passagework.actors.messages.library import Acknowledgement
from passagework.actors.messages.session import FileAnalysed, JobsCancelled, SessionMessage, WorkersUnavailable
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import SupervisorMessage
from passagework.actors.runtime.port import Port
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.analysis import AnalysisResult, FailedAnalysis, FileAnalysis
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import display_path
from passagework.domain.ids import WriteId
from passagework.domain.units import NO_TIME
from passagework.logs import logger
from passagework.persistence.write.writes import StoreAnalysis, StoreFailure
from passagework.workers.executor import (
    AnalysisExecutor,
    Cancelled,
    Crashed,
    Finished,
    JobId,
    JobOutcome,
    NotStarted,
    TimedOut,
)

TRIES_AFTER_CRASH = 2
"""A worker that dies may be the victim of its neighbours (the kernel's memory killer), so it gets a second try."""

BYTES_PER_SECOND = 16_000
"""Size per second of audio at 128 kbit/s: the longest that a file of this size is likely to play."""


@dataclass(frozen=True, slots=True)
class DeadlineRules:
    """How long a job may take: ``seconds`` plus ``factor`` times the playing time that its size allows."""

    seconds: float = 60.0
    factor: float = 0.25

    def deadline(self, size: int) -> float:
        """Give the deadline in seconds for a file of ``size`` bytes."""
        return self.seconds + self.factor * size / BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class AnalyzerParts:
    """What an analyzer works with. ``acknowledge_to`` hears when a result is durable."""

    library: LibraryPort
    session: Port[SessionMessage]
    acknowledge_to: Port[Acknowledgement]
    own_port: Port[AnalyzerMessage]
    make_executor: Callable[[], AnalysisExecutor]
    deadlines: DeadlineRules


@dataclass(slots=True)
class _Job:
    order: Analyze
    tries: int = 1


class AnalyzerActor(BaseActor[AnalyzerMessage]):
    """Owns the executor. Outcomes arrive in the executor's threads and are told to the actor's own inbox."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: AnalyzerParts) -> None:
        super().__init__("analyzer", supervisor)
        self._parts = parts
        self._log = logger("analyzer")
        self._job_ids = itertools.count(1)
        self._jobs: dict[JobId, _Job] = {}
        self._executor = parts.make_executor()

    def receive(self, message: AnalyzerMessage) -> None:
        """Handle one message."""
        match message:
            case Analyze():
                self._submit(_Job(message))
            case JobEnded(write_id, outcome):
                self._ended(write_id, outcome)
            case CancelJobs(run):
                self._executor.cancel()
                self._jobs.clear()
                self._parts.session.tell(JobsCancelled(run))

    def release(self) -> None:
        """End the worker processes."""
        self._executor.close()

    def _submit(self, job: _Job) -> None:
        job_id = JobId(next(self._job_ids))
        self._jobs[job_id] = job
        work = job.order.job
        self._log.debug("job-started", run=job.order.run, file=display_path(work.path), attempt_of_worker=job.tries)
        own_port, write_id = self._parts.own_port, job.order.write_id

        def ended(outcome: JobOutcome) -> None:
            own_port.tell(JobEnded(write_id, outcome))

        self._executor.submit(job_id, work, self._parts.deadlines.deadline(work.stamp.size), ended)

    def _ended(self, write_id: WriteId, outcome: JobOutcome) -> None:
        job = self._jobs.get(outcome.job)
        if job is None or job.order.write_id != write_id:
            # Cancelled, or the job of an actor that this one has replaced: those were numbered alike.
            return
        del self._jobs[outcome.job]
        match outcome:
            case Finished(result=result):
                self._deliver(job.order, result)
            case Crashed(detail=detail, out_of_memory=out_of_memory, final=final):
                if job.tries < TRIES_AFTER_CRASH and not out_of_memory and not final:
                    job.tries += 1
                    self._submit(job)
                    return
                code = FailureCode.WORKER_MEMORY if out_of_memory else FailureCode.WORKER_CRASHED
                self._deliver(job.order, self._failed(job.order, code, detail))
            case TimedOut(deadline_seconds=deadline):
                detail = f"not done after {deadline:.0f} s"
                self._deliver(job.order, self._failed(job.order, FailureCode.WORKER_TIMEOUT, detail))
            case NotStarted(detail=detail):
                self._parts.session.tell(WorkersUnavailable(job.order.run, detail))
            case Cancelled():
                pass
            case _:
                assert_never(outcome)

    @staticmethod
    def _failed(order: Analyze, code: FailureCode, detail: str) -> FailedAnalysis:
        return FailedAnalysis(order.job.path, order.job.stamp, Failure(code, detail))

    def _deliver(self, order: Analyze, result: AnalysisResult) -> None:
        """Tell the session first: its news must be there before the library's acknowledgement."""
        match result:
            case FileAnalysis(passages=passages, duration=duration):
                self._parts.session.tell(FileAnalysed(order.write_id, None, len(passages), duration))
                write: StoreAnalysis | StoreFailure = StoreAnalysis(order.run, result)
            case FailedAnalysis(path=path, stamp=stamp, failure=failure):
                self._parts.session.tell(FileAnalysed(order.write_id, failure, 0, NO_TIME))
                write = StoreFailure(order.run, path, stamp, failure)
            case _:
                assert_never(result)
        self._parts.library.store(write, order.write_id, self._parts.acknowledge_to)
