"""What a run reports while it runs: progress snapshots and events."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.change_events import ChangeEvent
from passagework.domain.codes import ExplainedCode
from passagework.domain.failures import Failure
from passagework.domain.following import FollowingEvent
from passagework.domain.ids import Guid, RunId
from passagework.domain.links import LinkState
from passagework.domain.scan_scope import UnfinishedFile
from passagework.domain.units import NO_TIME, Ticks, seconds
from passagework.domain.user_events import UserEvent
from passagework.domain.views import NOTHING_STALE, DeferredItems, RunState, RunSummary, Stale


class Phase(StrEnum):
    """What a run is doing."""

    STARTING = "starting"
    IMPORTING = "importing"
    LINKING = "linking"
    CLOSING = "closing"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of one run; every count is of acknowledged (committed) work, except ``in_flight``.

    ``files_expected`` and ``bytes_expected`` count what is to be analysed as far as the scan has looked ahead;
    ``expected_complete`` says that it has seen everything. ``audio`` is the decoded length of the analysed files.
    ``files_tags_read`` counts those whose audio the library knew, so that only their tags were read.
    ``files_moved`` counts the files that the library knew under another path. ``files_verified`` are those that were
    read because their stamp had changed, and whose content had not. ``files_failed_before`` counts the unchanged files
    whose analysis failed in an earlier run. ``refresh`` says what of unchanged files is done again, as soon as that
    begins; ``files_redone`` counts those for which the library was enough. ``paused`` is the reason why the run does
    not advance, None while it does; for ``resting_seconds`` of the elapsed time it did not.
    """

    phase: Phase = Phase.STARTING
    files_seen: int = 0
    files_unchanged: int = 0
    files_moved: int = 0
    files_failed_before: int = 0
    files_ignored: int = 0
    files_expected: int = 0
    bytes_expected: int = 0
    expected_complete: bool = False
    files_analysed: int = 0
    files_tags_read: int = 0
    files_failed: int = 0
    files_verified: int = 0
    bytes_done: int = 0
    in_flight: int = 0
    passages: int = 0
    audio: Ticks = NO_TIME
    files_linked: int = 0
    files_redone: int = 0
    elapsed_seconds: float = 0.0
    resting_seconds: float = 0.0
    paused: str | None = None
    refresh: "RefreshPlanned | None" = None

    @property
    def files_done(self) -> int:
        """Files with an acknowledged result, good or bad."""
        return self.files_analysed + self.files_tags_read + self.files_failed + self.files_verified

    @property
    def speed(self) -> float | None:
        """Analysed audio per time of work (x real time); None before the first result."""
        if not self.audio or self._working_seconds <= 0:
            return None
        return seconds(self.audio) / self._working_seconds

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the end, by bytes; None while too little is known."""
        if not self.expected_complete or not self.bytes_done or self._working_seconds < 1:
            return None
        remaining = max(0, self.bytes_expected - self.bytes_done)
        return remaining * self._working_seconds / self.bytes_done

    @property
    def _working_seconds(self) -> float:
        return self.elapsed_seconds - self.resting_seconds


class ScanProblemCode(ExplainedCode):
    """Why a root or a folder could not be scanned: ``NAME = stored code, words for people``."""

    ROOT_MISSING = (
        "root-missing",
        "the folder that was to be imported is not there (an unmounted disk?); exit code 4",
    )
    ROOT_IS_FILE = (
        "root-is-a-file",
        "what was to be imported is a file, not a folder: name the folder that it is in; exit code 4",
    )
    ROOT_EMPTY = (
        "root-empty",
        "it has no entries at all, as the mount point of an unmounted disk has; exit code 4 if nothing else is found",
    )
    FOLDER_NOT_MOUNTED = (
        "folder-not-mounted",
        (
            "a folder below a root seems to stand in for one on a disk that is not mounted; what is known of it counts "
            "as it was last seen; exit code 4"
        ),
    )
    LINK_DANGLING = (
        "link-dangling",
        (
            "the link to a folder below a root leads nowhere (an unmounted disk?); what is known of it counts as it "
            "was last seen; exit code 4"
        ),
    )
    FOLDER_UNREADABLE = "folder-unreadable", "a folder below a root may not be read; what is known of it stays"
    ENTRIES_UNREADABLE = (
        "entries-unreadable",
        (
            "some entries of a folder could not be looked at (no permission, a link in circles, a failing disk); "
            "what is known of them stays"
        ),
    )
    INODES_NOT_USED = (
        "inodes-not-used",
        (
            "the inode numbers of the files of a root are not kept by its file system, or all are others than before; "
            "changes and moves are told by size, time and content"
        ),
    )
    MOVE_AMBIGUOUS = (
        "move-ambiguous",
        "a new file has the audio of a missing one, and it is not clear which is which; it counts as new",
    )
    PATH_TOO_LONG = (
        "path-too-long",
        "entries of a folder, and all that is below them, have a path that is longer than the system allows",
    )


_NOT_THERE: Final = frozenset(
    {
        *(ScanProblemCode.ROOT_MISSING, ScanProblemCode.ROOT_IS_FILE),
        *(ScanProblemCode.FOLDER_NOT_MOUNTED, ScanProblemCode.LINK_DANGLING),
    }
)


@dataclass(frozen=True, slots=True)
class ScanProblem:
    """A root or folder that could not be scanned, or not all of it. Nothing in the library changes because of it."""

    code: ScanProblemCode
    path: bytes
    detail: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """The end of a run: how it ended, what the library holds of it, and what could not be scanned.

    ``error`` says why a run that was not cancelled ended early, None for every other one. ``put_off`` is what was
    deferred because a service could not be asked, in this run or before. ``stale`` is what the library still has of
    older versions and other settings.
    """

    state: RunState
    summary: RunSummary
    progress: Progress
    problems: tuple[ScanProblem, ...]
    error: str | None = None
    put_off: tuple[DeferredItems, ...] = ()
    stale: Stale = NOTHING_STALE

    @property
    def ending(self) -> str:
        """How it ended: the state, or that it was completed with items waiting for a service."""
        if self.state is RunState.COMPLETED and self.put_off and self.error is None:
            return "completed-with-items-waiting"
        return self.state.value

    @property
    def new_failures(self) -> int:
        """Failures that this run saw for the first time."""
        return sum(failed.new for failed in self.summary.failed)

    @property
    def failed_to_link(self) -> int:
        """Passages of which the library could not store what they were linked to: a defect, or an impossible answer."""
        return sum(count for state, count in self.summary.link_states if state is LinkState.FAILED)

    @property
    def nothing_found(self) -> bool:
        """Whether a root or a disk below it is not there, a root is no folder, or no audio file was found at all."""
        return self.progress.files_seen == 0 or any(p.code in _NOT_THERE for p in self.problems)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run was opened in the library."""

    run: RunId


@dataclass(frozen=True, slots=True)
class FileFinished:
    """The result of a file is committed. ``failure`` is None if it has none.

    ``audio`` is the length that was decoded. ``tags_only``: nothing was, since the library knew the audio of the file;
    its tags were read again.
    """

    run: RunId
    guid: Guid
    path: bytes
    failure: Failure | None
    passages: int
    audio: Ticks
    tags_only: bool = False


@dataclass(frozen=True, slots=True)
class FileLinked:
    """The links of passages of a file are committed; ``passages`` are their guids.

    One event for each COMMIT of the links of a file, not one for each passage: what the passages of a file are is
    decided together, and a host that asks for them then never sees half of an album side.
    There can be several events for one file: when a service knows more later, the passages are linked again. There can
    be none when the linker or the process crashes right after the COMMIT. The library has the current links.
    """

    run: RunId
    path: bytes
    passages: tuple[Guid, ...]


@dataclass(frozen=True, slots=True)
class FileUnfinished:
    """A new or changed file may still be written: this run leaves it out, and the watch takes it when it rests."""

    run: RunId
    file: UnfinishedFile


@dataclass(frozen=True, slots=True)
class FolderSkipped:
    """A root or folder could not be scanned, or not all of it."""

    run: RunId
    problem: ScanProblem


@dataclass(frozen=True, slots=True)
class RefreshPlanned:
    """Files that have not changed are analysed again in part: ``redone`` in this run, from now on; ``put_off`` is not.

    New and changed files are ahead of them. ``one_at_a_time``: they are redone in idle time.
    """

    run: RunId
    redone: Stale
    put_off: Stale
    one_at_a_time: bool


@dataclass(frozen=True, slots=True)
class LibraryPaused:
    """The library takes no writes at the moment (disk full, locked, read-only); work continues when it does again."""

    run: RunId
    reason: str


@dataclass(frozen=True, slots=True)
class LibraryResumed:
    """The library takes writes again; nothing was lost."""

    run: RunId


@dataclass(frozen=True, slots=True)
class EventsMissed:
    """Who hears this was too slow: it does not receive ``number`` events, the oldest that were queued for it."""

    number: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is closed in the library. The last event of a run that did not fail."""

    run: RunId
    report: RunReport


@dataclass(frozen=True, slots=True)
class RunFailed:
    """A run could not continue: the last event of it. What was acknowledged is kept, and ``Run.wait`` raises why.

    ``run`` is None if the library could not open it. ``code`` is that of the error, ``reason`` its message.
    """

    run: RunId | None
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImporterPaused:
    """The importer rests, with all that it does (``Importer.pause``)."""


@dataclass(frozen=True, slots=True)
class ImporterResumed:
    """The importer goes on where it was (``Importer.resume``)."""


Event = (
    RunStarted
    | FileFinished
    | FileUnfinished
    | FileLinked
    | ChangeEvent
    | FolderSkipped
    | FollowingEvent
    | ImporterPaused
    | ImporterResumed
    | UserEvent
    | RefreshPlanned
    | LibraryPaused
    | LibraryResumed
    | EventsMissed
    | RunFinished
    | RunFailed
)
