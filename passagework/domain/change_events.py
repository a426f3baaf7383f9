"""Events about files that the library knew: what is committed of each that has changed, moved, gone or come back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from passagework.domain.changes import FileChange, Found
from passagework.domain.ids import Guid, RunId


@dataclass(frozen=True, slots=True)
class FileChanged:
    """The audio of a known file is another one; FileFinished has its result. The passages that stay keep their guids.

    This event and those below come after COMMIT. A crash right after it can lose them; ``library.findings`` of the run
    has all that was found.
    """

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


ChangeEvent = FileChanged | FileRetagged | FileMoved | FileMissing | FileBack | FileExcluded | FileIncluded

_EVENTS: Final[Mapping[Found, Callable[[RunId, Guid, bytes], ChangeEvent]]] = {
    Found.CHANGED: FileChanged,
    Found.RETAGGED: FileRetagged,
    Found.MISSING: FileMissing,
    Found.BACK: FileBack,
    Found.EXCLUDED: FileExcluded,
    Found.INCLUDED: FileIncluded,
}


def event_of(run: RunId, change: FileChange) -> ChangeEvent | None:
    """Return the event of a committed change; None for a result, which is a FileFinished."""
    if change.from_path is not None:
        return FileMoved(run, change.guid, change.path, change.from_path)
    event = _EVENTS.get(change.found)
    return event and event(run, change.guid, change.path)
