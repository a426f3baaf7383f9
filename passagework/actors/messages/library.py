"""Messages to the persistence actor."""

from dataclasses import dataclass

from passagework.actors.messages.acknowledgements import Acknowledgement, LibraryNews
from passagework.actors.runtime.messages import Asked, Ping
from passagework.actors.runtime.port import Port
from passagework.domain.edits import Edit
from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.forgetting import Forget
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.domain.plays import PlayReport
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Query
from passagework.persistence.write.writes import Write


@dataclass(frozen=True, slots=True)
class OpenLibrary(Asked):
    """Open the connection; the reply is None, or the LibraryError is raised."""


@dataclass(frozen=True, slots=True)
class Ask(Asked):
    """Ask the library something, between two transactions; the reply is the result of the query."""

    query: Query[object]


@dataclass(frozen=True, slots=True)
class AskWriterStatistics(Asked):
    """Return the statistics of the writer; the reply is a Writer."""


@dataclass(frozen=True, slots=True)
class SetValues(Asked):
    """Store what a person set, at once and all or none; the reply, after COMMIT, has the previous values."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class ReportPlays(Asked):
    """Store or take back what a host has played, at once and all or none; the reply, after COMMIT, has what changed."""

    report: PlayReport


@dataclass(frozen=True, slots=True)
class Undo(Asked):
    """Undo a run, while no run is active; the reply, after COMMIT, counts its rows."""

    run: RunId


@dataclass(frozen=True, slots=True)
class ForgetFiles(Asked):
    """Forget files, while no run is active; the reply, after the last COMMIT, counts what is gone."""

    forget: Forget


@dataclass(frozen=True, slots=True)
class AddDocuments(Asked):
    """Store documents about recordings, which a person gives; the reply, after COMMIT, counts those that are new."""

    documents: tuple[FlavorDocument, ...]


@dataclass(frozen=True, slots=True)
class ClearDocuments(Asked):
    """Delete all documents about recordings; the reply, after COMMIT, counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Write this with the next batch; after COMMIT, ``reply_to`` receives Committed or Rejected with ``write_id``.

    ``more``: another write of the same sender follows at once, so the batch may wait for it. ``told`` is the time of
    sending, on the importer's monotonic clock; None: its wait is not measured.
    """

    write: Write
    write_id: WriteId
    reply_to: Port[Acknowledgement]
    more: bool = False
    told: float | None = None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Open a run in the library; ``reply_to`` receives RunOpened. One request_id opens one run, even if sent again."""

    request_id: RunRequestId
    config_hash: str
    config_text: str
    roots: tuple[bytes, ...]
    reply_to: Port[LibraryNews]


@dataclass(frozen=True, slots=True)
class CloseRun:
    """Flush, then close the run in the library; ``reply_to`` receives RunClosed."""

    run: RunId
    state: RunState
    files_seen: int
    files_unchanged: int
    reply_to: Port[LibraryNews]


@dataclass(frozen=True, slots=True)
class Flush:
    """Write the batch now."""


@dataclass(frozen=True, slots=True)
class LingerElapsed:
    """The oldest message of batch ``batch`` has waited long enough.

    The actor sends it to itself, so FIFO order puts it behind everything that was queued meanwhile.
    """

    batch: int


@dataclass(frozen=True, slots=True)
class RetryFlush:
    """Try again to write the batch that the library did not take."""


@dataclass(frozen=True, slots=True)
class Drain(Asked):
    """Flush, commit, checkpoint. A failure is raised in the asking thread."""


PersistenceQuestion = (
    OpenLibrary
    | Ask
    | AskWriterStatistics
    | SetValues
    | ReportPlays
    | Undo
    | ForgetFiles
    | AddDocuments
    | ClearDocuments
    | Drain
)
"""Messages with a reply: an error is raised in the asking thread and changes nothing in the actor."""

PersistenceOrder = Submit | OpenRun | CloseRun | Flush | LingerElapsed | RetryFlush
"""Messages without a reply."""

PersistenceMessage = Ping | PersistenceQuestion | PersistenceOrder
