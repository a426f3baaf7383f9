"""The narrow protocol between the analyzer and whatever runs its jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

from passagework.domain.analysis import AnalysisResult
from passagework.domain.jobs import AnalysisJob

JobId = NewType("JobId", int)

Priority = Literal["normal", "low", "idle"]
"""How workers compete for the machine: as everybody, after everybody else, or only for what nobody else wants."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The job came to an end by itself; a file that cannot be analysed is a result, too."""

    job: JobId
    result: AnalysisResult
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """The worker died during this job (``detail``: signal or exit code), or ran out of memory.

    ``final``: the executor has tried again by itself already.
    """

    job: JobId
    detail: str
    out_of_memory: bool
    final: bool = False


@dataclass(frozen=True, slots=True)
class NotStarted:
    """No worker could be started for this job; nothing was learned about its file.

    ``detail`` says what the installation lacks (a module, processes, memory), for the person who has to repair it.
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
    """Runs jobs, each to exactly one outcome. ``on_done`` is called in a thread of the executor."""

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        """Queue a job. The deadline counts from the moment the job starts, not from when it is queued.

        Paths are absolute. ``on_done`` is called exactly once, should return soon, and may submit, cancel and close;
        what it raises is logged and costs nothing else. After ``close`` this raises ``ImporterClosedError``.
        """

    def cancel(self) -> None:
        """Stop all queued and running jobs now; each gets the outcome Cancelled. The executor stays usable."""

    def close(self) -> None:
        """Cancel everything, end all workers and threads, and return when they are gone. Idempotent."""
