"""What the persistence actor is told and asked, and what it tells its senders after COMMIT."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from passagework.actors.runtime.messages import Asked, Ping
from passagework.domain.edits import Edit
from passagework.domain.failures import Failure
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Query
from passagework.persistence.write.writes import Write

if TYPE_CHECKING:
    from passagework.actors.messages.session import SessionMessage
    from passagework.actors.runtime.port import Port


@dataclass(frozen=True, slots=True)
class OpenLibrary(Asked):
    """Open the connection; the answer is None, or the LibraryError is raised."""


@dataclass(frozen=True, slots=True)
class Ask(Asked):
    """Answer a query between two transactions."""

    query: Query[object]


@dataclass(frozen=True, slots=True)
class AskWriterStatistics(Asked):
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
    """Write this with the next batch; after COMMIT, ``reply_to`` hears Committed or Rejected with ``write_id``."""

    write: Write
    write_id: WriteId
    reply_to: "Port[Acknowledgement]"
    told: float | None = None
    """When it was told, on the importer's monotonic clock; None: its wait is not measured."""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Open a run in the library; ``reply_to`` hears RunOpened. One request_id opens one run, however often it comes."""

    request_id: RunRequestId
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
    | AskWriterStatistics
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


@dataclass(frozen=True, slots=True)
class Committed:
    """These messages of the addressee are durable."""

    write_ids: tuple[WriteId, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The library refused this message; the refusal itself is durable."""

    write_id: WriteId
    failure: Failure


Acknowledgement = Committed | Rejected


@dataclass(frozen=True, slots=True)
class RunOpened:
    """The run that was ordered under ``request_id`` exists in the library."""

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


@dataclass(frozen=True, slots=True)
class LibraryRestarted:
    """The persistence actor was replaced: what was sent to it and not acknowledged may be lost."""
