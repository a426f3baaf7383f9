"""Messages to the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from passagework.actors.messages.acknowledgements import FilesChanged, LibraryNews, RunClosed
from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.messages import ActorRestarted, Asked, PauseChanged, Ping
from passagework.domain.errors import PassageworkError
from passagework.domain.ids import RunId, RunRequestId
from passagework.domain.progress import Event, FileLinked, Progress, RefreshPlanned, ScanProblem
from passagework.domain.scan_scope import WHOLE, ScanScope, UnfinishedFile
from passagework.domain.views import DeferredItems
from passagework.persistence.write.writes import StoreLinks, StoreTrackList, Write


class RunListener(Protocol):
    """The object that follows a run. Called in the session's thread; must return at once and raise nothing."""

    def emit(self, event: Event) -> None:
        """Receive an event; RunFinished is the last one."""

    def advance(self, progress: Progress) -> None:
        """Receive a snapshot of the progress."""

    def fail(self, error: PassageworkError) -> None:
        """Receive the error that ended the run; there is no report."""


@dataclass(frozen=True, slots=True)
class StartRun(Asked):
    """Begin a run; refused while another one is active. The reply is None."""

    request_id: RunRequestId
    roots: tuple[bytes, ...]
    config_hash: str
    config_text: str
    retry_failed: bool
    link: bool
    listener: RunListener
    reanalyze: bool = False
    scope: ScanScope = WHOLE


@dataclass(frozen=True, slots=True)
class Pause:
    """Hand out no more work until Resume; what is in work is finished and stored."""

    request_id: RunRequestId


@dataclass(frozen=True, slots=True)
class Resume:
    """Continue after Pause."""

    request_id: RunRequestId


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the run: stop what is in work, keep what was acknowledged, close the run."""

    request_id: RunRequestId


@dataclass(frozen=True, slots=True)
class ScanAdvanced:
    """Counts of the scan so far. ``expected_*`` look ahead of what was emitted.

    ``files_moved`` are under another path now, and were not opened. What was redone is stored.
    """

    run: RunId
    files_seen: int
    files_unchanged: int
    files_failed_before: int
    files_ignored: int
    files_expected: int
    bytes_expected: int
    expected_complete: bool
    files_redone: int = 0
    files_moved: int = 0


@dataclass(frozen=True, slots=True)
class ScanStumbled:
    """A root or folder could not be scanned."""

    run: RunId
    problem: ScanProblem


@dataclass(frozen=True, slots=True)
class ScanHeldBack:
    """Files that may still be written were left out."""

    run: RunId
    files: tuple[UnfinishedFile, ...]


@dataclass(frozen=True, slots=True)
class RefreshBegins:
    """All new and changed files of the run have been emitted; what is stale follows."""

    run: RunId
    planned: RefreshPlanned


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """Every file of the run has been emitted.

    ``may_join``: files of the library are missing, and new ones may be those. ``second_roots``: the names under which
    the walk has listed roots, each with a second name of that folder.
    """

    run: RunId
    may_join: bool = False
    second_roots: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class WorkersUnavailable:
    """No worker process can be started, so nothing can be analysed; ``detail`` says what is wrong."""

    run: RunId
    detail: str


@dataclass(frozen=True, slots=True)
class AnalysingStopped:
    """No file is in work any more, and no result will come."""

    run: RunId


@dataclass(frozen=True, slots=True)
class LinkerAdvanced:
    """The linker's decisions for some files are committed; ``linked`` are those that were not deferred."""

    run: RunId
    files: int
    linked: tuple[FileLinked, ...] = ()

    @classmethod
    def by(cls, written: Sequence[Write]) -> Self:
        """Count durable writes of the linker, one for each file. They are of one run: each pull waits for the last."""
        linked = (one for one in written if isinstance(one, StoreLinks))
        return cls(
            written[0].run,
            sum(not isinstance(one, StoreTrackList) for one in written),
            tuple(
                FileLinked(one.run, one.links.path, tuple(passage.passage for passage in one.links.passages))
                for one in linked
            ),
        )


@dataclass(frozen=True, slots=True)
class CutAgain:
    """These files are to be cut by what was found about them, which is stored; the linker waits for that."""

    run: RunId
    files: tuple[FileInHand, ...]


@dataclass(frozen=True, slots=True)
class NotThere:
    """A file that was to be cut again is not on the disk now; an import that finds it again cuts it."""

    run: RunId
    path: bytes


@dataclass(frozen=True, slots=True)
class LinkerIdle:
    """No passage waits for the linker, except deferred ones."""

    run: RunId
    deferred: tuple[DeferredItems, ...] = ()


RunCommand = Pause | Resume | Cancel
"""What a host can ask of its run."""

RunNews = (
    FileInHand
    | ScanAdvanced
    | ScanStumbled
    | ScanHeldBack
    | RefreshBegins
    | ScanFinished
    | WorkersUnavailable
    | AnalysingStopped
    | LinkerAdvanced
    | CutAgain
    | NotThere
    | LinkerIdle
    | FilesChanged
    | RunClosed
)
"""Messages about one run, by its number; those of an earlier run are ignored.

A FileInHand that was FOUND comes from the scanner, one whose result is being stored from the analyzer.
"""

SessionMessage = Ping | PauseChanged | StartRun | RunCommand | RunNews | LibraryNews | ActorRestarted
