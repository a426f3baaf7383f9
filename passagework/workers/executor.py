"""The protocol between the analyzer and the executor that runs its jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

from passagework.domain.encoded_analysis import WorkResult
from passagework.domain.jobs import AnalysisJob

JobId = NewType("JobId", int)

Priority = Literal["normal", "low", "idle"]
"""CPU priority of workers: normal, after other programs, or only when the machine is idle."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The job ended by itself; a file that cannot be analysed is a result, too."""

    job: JobId
    result: WorkResult
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """The worker died during this job (``detail``: signal or exit code), or ran out of memory.

    ``final``: the executor has already retried it.
    """

    job: JobId
    detail: str
    out_of_memory: bool
    final: bool = False


@dataclass(frozen=True, slots=True)
class NotStarted:
    """No worker could be started for this job; nothing is known about its file.

    ``detail`` says what is missing (a module, processes, memory), for the person who has to fix it.
    """

    job: JobId
    detail: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The worker was killed because the job did not end within its deadline."""

    job: JobId
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was cancelled before it ended."""

    job: JobId


JobOutcome = Finished | Crashed | NotStarted | TimedOut | Cancelled


class AnalysisExecutor(Protocol):
    """Runs jobs; each gets exactly one outcome. ``on_done`` is called in a thread of the executor."""

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        """Queue a job. The deadline counts from the moment the job starts, not from when it is queued.

        Paths are absolute. ``on_done`` is called exactly once, should return soon, and may submit, cancel and close;
        exceptions that it raises are only logged. After ``close`` this raises ``ImporterClosedError``.
        """

    def cancel(self) -> None:
        """Stop all queued and running jobs now; each gets the outcome Cancelled. The executor stays usable."""

    def close(self) -> None:
        """Cancel everything, end all workers and threads, and return when they are gone. Idempotent."""
