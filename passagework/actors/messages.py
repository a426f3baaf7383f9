"""Every message between the actors: frozen and self-contained. Commands are imperative, news is in the past tense."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from passagework.audio.workers.executor import JobOutcome
from passagework.domain.edits import Edit
from passagework.domain.errors import PassageworkError
from passagework.domain.failures import Failure
from passagework.domain.files import FileStamp
from passagework.domain.identification.answers import Answer
from passagework.domain.identification.requests import Request
from passagework.domain.ids import RunId, Ticket, Token
from passagework.domain.jobs import AnalysisJob
from passagework.domain.progress import Event, Progress, ScanProblem
from passagework.domain.units import Ticks
from passagework.domain.views import PutOffItems, RunState
from passagework.persistence.queries import Query
from passagework.persistence.writes import Write

if TYPE_CHECKING:
    from passagework.actors.port import Port


class Asked:
    """A message that is always asked: its errors go to the asker and leave the actor alive."""

    __slots__ = ()


# To every actor


@dataclass(frozen=True, slots=True)
class Ping(Asked):
    """Answered when everything told before it has been handled."""


# To the persistence actor


@dataclass(frozen=True, slots=True)
class OpenLibrary(Asked):
    """Open the connection; the answer is None, or the LibraryError is raised."""


@dataclass(frozen=True, slots=True)
class Ask(Asked):
    """Answer a query between two transactions."""

    query: Query[object]


@dataclass(frozen=True, slots=True)
class AskAccounts(Asked):
    """Say how the writing goes; the answer is a Writer."""


@dataclass(frozen=True, slots=True)
class SetValues(Asked):
    """Store what a person set, at once and all or none; the answer, after COMMIT, says what was there before."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Undo(Asked):
    """Undo a run, while none is under way; the answer, after COMMIT, says what became of its rows."""

    run: RunId


@dataclass(frozen=True, slots=True)
class Submit:
    """Write this with the next batch; after COMMIT, ``reply_to`` hears Committed or Rejected with ``token``."""

    write: Write
    token: Token
    reply_to: "Port[Acknowledgement]"
    told: float | None = None
    """When it was told, on the importer's monotonic clock; None: its wait is not measured."""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Open a run in the library; ``reply_to`` hears RunOpened. One ticket opens one run, however often it comes."""

    ticket: Ticket
    config_hash: str
    config_text: str
    roots: tuple[bytes, ...]
    reply_to: "Port[SessionMessage]"


@dataclass(frozen=True, slots=True)
class CloseRun:
    """Flush, then close the run in the library; ``reply_to`` hears RunClosed."""

    run: RunId
    state: RunState
    files_seen: int
    files_unchanged: int
    reply_to: "Port[SessionMessage]"


@dataclass(frozen=True, slots=True)
class Flush:
    """Write the batch now."""


@dataclass(frozen=True, slots=True)
class NothingToCome:
    """No new work will come for now: write the batch if everything that is outstanding is in it."""


@dataclass(frozen=True, slots=True)
class LingerElapsed:
    """The oldest message of batch ``batch`` has waited long enough.

    Told by the actor to itself, so FIFO order puts it behind everything that was queued meanwhile.
    """

    batch: int


@dataclass(frozen=True, slots=True)
class RetryFlush:
    """Try again to write the batch that the library did not take."""


@dataclass(frozen=True, slots=True)
class Drain(Asked):
    """Flush, commit, checkpoint. Failure is raised to the asker."""


PersistenceMessage = (
    Ping
    | OpenLibrary
    | Ask
    | AskAccounts
    | SetValues
    | Undo
    | Submit
    | OpenRun
    | CloseRun
    | Flush
    | NothingToCome
    | LingerElapsed
    | RetryFlush
    | Drain
)


# From the persistence actor


@dataclass(frozen=True, slots=True)
class Committed:
    """These messages of the addressee are durable."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The library refused this message; the refusal itself is durable."""

    token: Token
    failure: Failure


Acknowledgement = Committed | Rejected


@dataclass(frozen=True, slots=True)
class RunOpened:
    """The run that was ordered under ``ticket`` exists in the library."""

    run: RunId
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class RunClosed:
    """The run is closed in the library."""

    run: RunId


@dataclass(frozen=True, slots=True)
class LibraryDegraded:
    """The library does not take writes; the batch is kept and tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class LibraryRecovered:
    """The library takes writes again."""


# To the session


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

    ticket: Ticket
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

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after Pause."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the run: stop what is in work, keep what was acknowledged, close the run."""

    ticket: Ticket


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
    """A result is on its way to the library under ``token``."""

    token: Token
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
    put_off: tuple[PutOffItems, ...] = ()


@dataclass(frozen=True, slots=True)
class ActorRestarted:
    """An actor was replaced after a crash; ``message`` was in its hands."""

    name: str
    message: object
    error: str


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


# To those who write to the library beside the session


@dataclass(frozen=True, slots=True)
class LibraryRestarted:
    """The persistence actor was replaced: what was sent to it and not acknowledged may be lost."""


# To the scanner


@dataclass(frozen=True, slots=True)
class Scan:
    """Walk these roots and emit what is to be analysed, under credits."""

    run: RunId
    roots: tuple[bytes, ...]
    retry_failed: bool
    reanalyze: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """The scanner may emit ``number`` more files."""

    run: RunId
    number: int


@dataclass(frozen=True, slots=True)
class ContinueScan:
    """Do the next slice of the walk. Told by the scanner to itself."""

    run: RunId


@dataclass(frozen=True, slots=True)
class StopScan:
    """Forget the walk; nothing more is emitted."""


ScannerMessage = Ping | Scan | Credit | ContinueScan | StopScan | LibraryRestarted | Acknowledgement


# To the analyzer


@dataclass(frozen=True, slots=True)
class Analyze:
    """Analyse a file and submit the result to the library under ``token``."""

    run: RunId
    token: Token
    job: AnalysisJob


@dataclass(frozen=True, slots=True)
class JobEnded:
    """News from the executor, told in one of its threads."""

    token: Token
    outcome: JobOutcome


@dataclass(frozen=True, slots=True)
class CancelJobs:
    """Stop all jobs; the session hears JobsCancelled."""

    run: RunId


AnalyzerMessage = Ping | Analyze | JobEnded | CancelJobs


# To the linker


@dataclass(frozen=True, slots=True)
class Link:
    """Link what waits in the library, until nothing does; ``final``: say LinkerIdle then."""

    run: RunId
    final: bool = False


@dataclass(frozen=True, slots=True)
class StopLinking:
    """Pull no more work."""


@dataclass(frozen=True, slots=True)
class AnswersArrived:
    """A service answered. The answers, by the keys of their questions, were sent to the library before."""

    ticket: int
    answers: tuple[tuple[str, Answer], ...]
    given_ns: int


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """These requests have no answer for now, nor will they in ``retry_seconds`` (0: the service did not say)."""

    ticket: int
    requests: tuple[Request, ...]
    code: str
    detail: str
    retry_seconds: float


@dataclass(frozen=True, slots=True)
class CapabilityMissing:
    """These requests cannot be put to this server at all: a mirror without search."""

    ticket: int
    requests: tuple[Request, ...]


LookupNews = AnswersArrived | LookupFailed | CapabilityMissing


@dataclass(frozen=True, slots=True)
class GatewayRestarted:
    """A gateway was replaced: what was asked there and not answered is lost."""


LinkerMessage = Ping | Link | StopLinking | LibraryRestarted | GatewayRestarted | LookupNews | Acknowledgement


# To a gateway


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the service all this; ``reply_to`` hears of every request, once, under ``ticket``."""

    run: RunId
    ticket: int
    requests: tuple[Request, ...]
    reply_to: "Port[LookupNews]"


@dataclass(frozen=True, slots=True)
class ContinueLookups:
    """Send the next request. Told by the gateway to itself."""


@dataclass(frozen=True, slots=True)
class StopLookups:
    """Forget what is queued; nobody is told. Whoever sends it raises the gateway's flag before."""


GatewayMessage = Ping | LookUp | ContinueLookups | StopLookups | Acknowledgement


# To the supervisor


@dataclass(frozen=True, slots=True)
class StartAll(Asked):
    """Start the actors bottom-up; the answer is None, or the first error is raised."""


@dataclass(frozen=True, slots=True)
class Down:
    """An actor failed with ``message`` in its hands. It takes nothing more; ``error`` says ``cause`` in one line."""

    name: str
    message: object
    error: str
    cause: Exception


@dataclass(frozen=True, slots=True)
class Restart:
    """Replace the actor now. Told by the scheduler after the back-off."""

    name: str
    down: Down


@dataclass(frozen=True, slots=True)
class StopAll(Asked):
    """Drain, then stop the actors top-down; the answer is None, or the error of the drain is raised."""

    drain: bool = True


SupervisorMessage = Ping | StartAll | Down | Restart | StopAll
