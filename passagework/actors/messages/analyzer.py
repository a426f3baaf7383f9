"""What the analyzer is told."""

from dataclasses import dataclass

from passagework.actors.runtime.messages import Ping
from passagework.domain.ids import RunId, WriteId
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import JobOutcome


@dataclass(frozen=True, slots=True)
class Analyze:
    """Analyse a file and submit the result to the library under ``write_id``."""

    run: RunId
    write_id: WriteId
    job: AnalysisJob


@dataclass(frozen=True, slots=True)
class JobEnded:
    """News from the executor, told in one of its threads."""

    write_id: WriteId
    outcome: JobOutcome


@dataclass(frozen=True, slots=True)
class CancelJobs:
    """Stop all jobs; the session hears JobsCancelled."""

    run: RunId


AnalyzerMessage = Ping | Analyze | JobEnded | CancelJobs
