"""Events about files: what is committed of each that is new, or has changed, moved, gone, come back or failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from passagework.domain.changes import FileChange, Found
from passagework.domain.failures import Failure
from passagework.domain.ids import Guid, RunId


@dataclass(frozen=True, slots=True)
class FileAdded:
    """The library has a file that it did not know; FileFinished, which follows at once, has its result, good or bad.

    This event and those below come after COMMIT. A crash right after it can lose them; ``library.findings`` of the run
    has all that was found. A new file that turns out at the end of the run to be a missing one has its guid from then
    on: FileMoved tells it.
    """

    run: RunId
    guid: Guid
    path: bytes


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file could not be analysed; FileFinished, which follows at once, says the same of it.

    What an earlier analysis found stays, unless the failure lasts: then the passages of the file are retired.
    """

    run: RunId
    guid: Guid
    path: bytes
    failure: Failure


@dataclass(frozen=True, slots=True)
class FileChanged:
    """The audio of a known file is another one; FileFinished has its result. Passages that stay keep their guids."""

    run: RunId
    guid: Guid
    path: bytes


@dataclass(frozen=True, slots=True)
class FileRetagged:
    """A known file has other tags, or other bytes beside its audio, which is the same. FileFinished has its result."""

    run: RunId
    guid: Guid
    path: bytes


@dataclass(frozen=True, slots=True)
class FileMoved:
    """A known file has another path. It keeps its guid, its passages and all that people set."""

    run: RunId
    guid: Guid
    path: bytes
    from_path: bytes


@dataclass(frozen=True, slots=True)
class FileMissing:
    """A known file is not there any more. Nothing of it is deleted."""

    run: RunId
    guid: Guid
    path: bytes


@dataclass(frozen=True, slots=True)
class FileBack:
    """A file that was missing is there again."""

    run: RunId
    guid: Guid
    path: bytes


@dataclass(frozen=True, slots=True)
class FileExcluded:
    """The rules of the scan now exclude a known file. Nothing of it is deleted."""

    run: RunId
    guid: Guid
    path: bytes


@dataclass(frozen=True, slots=True)
class FileIncluded:
    """The rules of the scan include a file again that they excluded."""

    run: RunId
    guid: Guid
    path: bytes


ChangeOfKnown = FileChanged | FileRetagged | FileMoved | FileMissing | FileBack | FileExcluded | FileIncluded
"""What the library notes itself while it stores the change."""

ChangeEvent = FileAdded | FileFailed | ChangeOfKnown

_EVENTS: Final[Mapping[Found, Callable[[RunId, Guid, bytes], ChangeOfKnown]]] = {
    Found.CHANGED: FileChanged,
    Found.RETAGGED: FileRetagged,
    Found.MISSING: FileMissing,
    Found.BACK: FileBack,
    Found.EXCLUDED: FileExcluded,
    Found.INCLUDED: FileIncluded,
}


def event_of(run: RunId, change: FileChange) -> ChangeOfKnown | None:
    """Return the event of a committed change; None for a result, which is a FileFinished."""
    if change.from_path is not None:
        return FileMoved(run, change.guid, change.path, change.from_path)
    event = _EVENTS.get(change.found)
    return event and event(run, change.guid, change.path)
