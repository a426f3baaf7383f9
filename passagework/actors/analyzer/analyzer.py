"""The analyzer: gives files to the executor and turns each outcome into one message for the library."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from passagework.actors.analyzer.failing_extensions import IN_A_ROW, FailingExtensions
from passagework.actors.messages.acknowledgements import Acknowledgement
from passagework.actors.messages.analyzer import AnalyzerMessage, JobEnded, StopAnalysing
from passagework.actors.messages.session import AnalysingStopped, SessionMessage, WorkersUnavailable
from passagework.actors.pipeline import NOT_SENT, FileInHand, Stage
from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.analysis import FailedAnalysis, FileAnalysis, SameAudio, SameContent
from passagework.domain.analysis_rules import AnalysisRules, RulesBelow
from passagework.domain.encoded_analysis import EncodedAnalysis, EncodedTags, WorkResult, with_stamp
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import display_path
from passagework.domain.jobs import AnalysisJob, Finish
from passagework.domain.moves import FileMove
from passagework.domain.parts import deepest_around
from passagework.logs import logger
from passagework.persistence.write.writes import (
    MarkMissing,
    MoveFiles,
    StampFiles,
    StoreAnalysis,
    StoreFailure,
    StoreTags,
)
from passagework.workers.encoding import encoded
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """How long a job may take: ``seconds`` plus ``factor`` times the playing time that its size allows."""

    seconds: float = 60.0
    factor: float = 0.25

    def deadline(self, size: int) -> float:
        """Return the deadline in seconds for a file of ``size`` bytes."""
        return self.seconds + self.factor * size / BYTES_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerParts:
    """What an analyzer works with. ``acknowledge_to`` receives the acknowledgement of each result.

    ``finish``: whether results are linked at once, which takes that no service is asked, or left to the linker.
    """

    library: LibraryPort
    session: Port[SessionMessage]
    acknowledge_to: Port[Acknowledgement]
    own_port: Port[AnalyzerMessage]
    clock: Clock
    make_executor: Callable[[], AnalysisExecutor]
    analysis: AnalysisRules
    folders: tuple[RulesBelow, ...]
    deadlines: DeadlineRules
    finish: Finish = Finish.ENCODE


@dataclass(frozen=True, slots=True)
class _InWork:
    """A file that the executor has, and since when: it reads the file later than that."""

    file: FileInHand
    since_ns: int


class AnalyzerActor(BaseActor[AnalyzerMessage]):
    """Owns the executor. Outcomes arrive in the executor's threads, which send them to the actor's inbox."""

    def __init__(self, supervisor: Port[SupervisorMessage], parts: AnalyzerParts) -> None:
        super().__init__(ActorName.ANALYZER, supervisor)
        self._parts = parts
        self._log = logger("analyzer")
        self._job_ids = itertools.count(1)
        self._in_work: dict[JobId, _InWork] = {}
        self._failing = FailingExtensions(parts.analysis.extensions)
        self._executor = parts.make_executor()

    def receive(self, message: AnalyzerMessage) -> None:
        """Handle one message."""
        match message:
            case FileInHand():
                self._submit(message)
            case JobEnded(file, outcome):
                self._ended(file, outcome)
            case StopAnalysing(run):
                # Outcomes of cancelled jobs still arrive; without an entry here they are ignored.
                self._executor.cancel()
                self._in_work.clear()
                self._parts.session.tell(AnalysingStopped(run))
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)

    def release(self) -> None:
        """End the worker processes."""
        self._executor.close()

    def _submit(self, file: FileInHand) -> None:
        job_id = JobId(next(self._job_ids))
        self._in_work[job_id] = _InWork(file, self._parts.clock.time_ns())
        self._log.debug("job-started", run=file.run, file=display_path(file.path), attempt_of_worker=file.worker_tries)
        own_port = self._parts.own_port

        def ended(outcome: JobOutcome) -> None:
            own_port.tell(JobEnded(file, outcome))

        of_folder = self._rules_of(file.path)
        rules = self._failing.rules(file.run, self._parts.analysis if of_folder is None else of_folder.rules)
        job = AnalysisJob(file.path, file.stamp, rules, self._parts.finish, file.known, file.given)
        self._executor.submit(job_id, job, self._parts.deadlines.deadline(file.stamp.size), ended)

    def _rules_of(self, path: bytes) -> RulesBelow | None:
        """Return the rules of the deepest folder around a file that has its own."""
        return deepest_around(path, ((one.folder, one) for one in self._parts.folders), None)

    def _ended(self, file: FileInHand, outcome: JobOutcome) -> None:
        work = self._in_work.get(outcome.job)
        if work is None or work.file is not file:
            # Cancelled, or a job of the actor that this one has replaced, whose jobs had the same numbers.
            return
        del self._in_work[outcome.job]
        # Every outcome is one result for the library, with two exceptions: a crash has a second try in another worker,
        # and without workers the run ends.
        match outcome:
            case Finished(result=result):
                stamp = result.stamp.to_store(work.since_ns, self._parts.clock.time_ns())
                self._deliver(file, result if stamp is result.stamp else with_stamp(result, stamp))
            case Crashed(detail=detail, out_of_memory=out_of_memory, final=final):
                if file.worker_tries < TRIES_AFTER_CRASH and not out_of_memory and not final:
                    self._submit(replace(file, worker_tries=file.worker_tries + 1))
                    return
                code = FailureCode.WORKER_MEMORY if out_of_memory else FailureCode.WORKER_CRASHED
                self._deliver(file, _failed(file, code, detail))
            case TimedOut(deadline_seconds=deadline):
                self._deliver(file, _failed(file, FailureCode.WORKER_TIMEOUT, f"not done after {deadline:.0f} s"))
            case NotStarted(detail=detail):
                self._parts.session.tell(WorkersUnavailable(file.run, detail))
            case Cancelled():
                """The sender of the cancellation expects no result."""
            case _:
                assert_never(outcome)

    def _deliver(self, file: FileInHand, result: WorkResult) -> None:
        """Tell the session first, so that its message arrives before the acknowledgement of the library."""
        # What executors without processes return is not encoded; what cannot be encoded is rejected by the library.
        result = encoded(result, self._parts.finish)
        for extension in self._failing.note(file.run, result):
            self._log.warning("extension-left-out", run=file.run, extension=str(extension), files=IN_A_ROW)
        known, moved = file.known, self._moved(file, result)
        write: StoreAnalysis | StoreTags | StampFiles | MoveFiles | StoreFailure
        match result:
            case (
                EncodedAnalysis(passages=passages, duration=duration)
                | FileAnalysis(passages=passages, duration=duration)
            ):
                stored = file.at(Stage.STORING, passages=len(passages), audio=duration)
                of_folder = self._rules_of(file.path)
                write = StoreAnalysis(file.run, result, None if of_folder is None else of_folder.parts)
            case EncodedTags() | SameAudio():
                stored = replace(
                    file,
                    stage=Stage.STORING,
                    passages=0 if known is None else known.passages,
                    tags_only=True,
                    was_moved=moved is not None,
                )
                write = StoreTags(file.run, result)
                if moved is not None:
                    # First, and in the same batch. If this alone is written, what follows is found again and stored.
                    self._parts.library.store(moved, NOT_SENT, self._parts.acknowledge_to, more=True)
            case SameContent(path=path, stamp=stamp):
                stored = replace(file, stage=Stage.STORING, unchanged=True, was_moved=moved is not None)
                write = StampFiles(file.run, ((path, stamp),)) if moved is None else moved
            case FailedAnalysis(path=path, stamp=stamp, failure=failure):
                stored = replace(file, stage=Stage.STORING, failure=failure)
                write = StoreFailure(file.run, path, stamp, failure)
            case _:
                assert_never(result)
        if known is not None and known.path != file.path and moved is None and stored.failure is None:
            # The file that it might have been is nowhere.
            self._parts.library.store(
                MarkMissing(file.run, (known.path,)), NOT_SENT, self._parts.acknowledge_to, more=True
            )
        self._parts.session.tell(stored)
        self._parts.library.store(write, file.write_id, self._parts.acknowledge_to)

    @staticmethod
    def _moved(file: FileInHand, result: WorkResult) -> MoveFiles | None:
        """Return the move if the file is one that the library has at another path."""
        known = file.known
        if known is None or known.path == file.path or not isinstance(result, SameContent | SameAudio | EncodedTags):
            return None
        move = FileMove(guid=known.guid, source=known.path, target=file.path, stamp=result.stamp)
        return MoveFiles(file.run, (move,))


def _failed(file: FileInHand, code: FailureCode, detail: str) -> FailedAnalysis:
    return FailedAnalysis(file.path, file.stamp, Failure(code, detail))
