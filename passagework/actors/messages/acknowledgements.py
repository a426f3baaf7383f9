"""What the library tells the senders of writes."""

from dataclasses import dataclass

from passagework.domain.changes import FileChange, StoredFile
from passagework.domain.failures import Failure
from passagework.domain.ids import Guid, RunId, RunRequestId, WriteId


@dataclass(frozen=True, slots=True)
class Committed:
    """These writes of the addressee are durable.

    ``linked``: those that came with links, each with the guids of the passages that were linked. ``results``: those
    that are the result of a file.
    """

    write_ids: tuple[WriteId, ...]
    linked: tuple[tuple[WriteId, tuple[Guid, ...]], ...] = ()
    results: tuple[tuple[WriteId, StoredFile], ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The library refused this write; the refusal itself is durable.

    ``result``: the file whose result this was, if the library knows it.
    """

    write_id: WriteId
    failure: Failure
    result: StoredFile | None = None


Acknowledgement = Committed | Rejected


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """These changes of known files are durable, in order."""

    run: RunId
    changes: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class RunOpened:
    """The run that was requested under ``request_id`` exists in the library."""

    run: RunId
    request_id: RunRequestId


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


LibraryNews = Acknowledgement | FilesChanged | RunOpened | RunClosed | LibraryDegraded | LibraryRecovered
"""All that the library sends to the session. Other senders receive acknowledgements only."""


@dataclass(frozen=True, slots=True)
class LibraryRestarted:
    """The persistence actor was replaced: what was sent to it and not acknowledged may be lost."""
