"""What the session is told."""

from dataclasses import dataclass
from typing import Protocol

from passagework.actors.messages.library import Acknowledgement, LibraryDegraded, LibraryRecovered, RunClosed, RunOpened
from passagework.actors.runtime.messages import ActorRestarted, Asked, Ping
from passagework.domain.errors import PassageworkError
from passagework.domain.failures import Failure
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.domain.progress import Event, Progress, ScanProblem
from passagework.domain.units import Ticks
from passagework.domain.views import DeferredItems


class RunListener(Protocol):
    """Whoever ordered a run. Called in the session's thread; returns at once and raises nothing."""

    def emit(self, event: Event) -> None:
        """Hear what happens; RunFinished is the last of it."""

    def advance(self, progress: Progress) -> None:
        """Hear how far the run is."""

    def fail(self, error: PassageworkError) -> None:
        """Hear that the run ended, and that there is no report."""


@dataclass(frozen=True, slots=True)
class StartRun(Asked):
    """Begin a run; refused while another one is under way. The answer is None."""

    request_id: RunRequestId
    roots: tuple[bytes, ...]
    config_hash: str
    config_text: str
    retry_failed: bool
    link: bool
    listener: RunListener
    reanalyze: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Hand out no more work until Resume; what is in work is finished and stored."""

    request_id: RunRequestId


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after Pause."""

    request_id: RunRequestId


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the run: stop what is in work, keep what was acknowledged, close the run."""

    request_id: RunRequestId


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file that is to be analysed. Takes one credit.

    ``attempts`` counts earlier attempts that left no result; ``suspect``: it was in work when a process died.
    """

    run: RunId
    path: bytes
    stamp: FileStamp
    attempts: int
    suspect: bool


@dataclass(frozen=True, slots=True)
class ScanAdvanced:
    """Counts of the scan so far. ``expected_*`` look ahead of what was emitted."""

    run: RunId
    files_seen: int
    files_unchanged: int
    files_failed_before: int
    files_ignored: int
    files_expected: int
    bytes_expected: int
    expected_complete: bool


@dataclass(frozen=True, slots=True)
class ScanStumbled:
    """A root or folder could not be scanned."""

    run: RunId
    problem: ScanProblem


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """Every file of the run has been emitted."""

    run: RunId


@dataclass(frozen=True, slots=True)
class FileAnalysed:
    """A result is on its way to the library under ``write_id``."""

    write_id: WriteId
    failure: Failure | None
    passages: int
    audio: Ticks


@dataclass(frozen=True, slots=True)
class WorkersUnavailable:
    """No worker process can be started, so nothing can be analysed; ``detail`` says what is wrong."""

    run: RunId
    detail: str


@dataclass(frozen=True, slots=True)
class JobsCancelled:
    """No job is in work any more, and no result will come."""

    run: RunId


@dataclass(frozen=True, slots=True)
class LinkerAdvanced:
    """The links of ``files`` more files are durable."""

    files: int


@dataclass(frozen=True, slots=True)
class LinkerIdle:
    """No passage waits for the linker, but for those that were put off."""

    run: RunId
    put_off: tuple[DeferredItems, ...] = ()


SessionMessage = (
    Ping
    | StartRun
    | Pause
    | Resume
    | Cancel
    | RunOpened
    | RunClosed
    | FileFound
    | ScanAdvanced
    | ScanStumbled
    | ScanFinished
    | FileAnalysed
    | WorkersUnavailable
    | JobsCancelled
    | LinkerAdvanced
    | LinkerIdle
    | ActorRestarted
    | LibraryDegraded
    | LibraryRecovered
    | Acknowledgement
)
