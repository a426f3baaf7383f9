"""Messages to the analyzer."""

from dataclasses import dataclass

from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.messages import Ping
from passagework.domain.ids import RunId
from passagework.workers.executor import JobOutcome


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The job for this file ended. Sent from one of the executor's threads."""

    file: FileInHand
    outcome: JobOutcome


@dataclass(frozen=True, slots=True)
class StopAnalysing:
    """End the work on all files; the reply to the session is AnalysingStopped."""

    run: RunId


AnalyzerMessage = Ping | FileInHand | JobEnded | StopAnalysing
"""A FileInHand is to be analysed; its result is sent to the library under its ``write_id``."""
