"""Messages to the persistence actor."""

from dataclasses import dataclass

from passagework.actors.messages.acknowledgements import Acknowledgement, LibraryNews
from passagework.actors.runtime.messages import Asked, Ping
from passagework.actors.runtime.port import Port
from passagework.domain.edits import Edit
from passagework.domain.ids import RunId, RunRequestId, WriteId
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
    """Say how the writing goes; the reply is a Writer."""


@dataclass(frozen=True, slots=True)
class SetValues(Asked):
    """Store what a person set, at once and all or none; the reply, after COMMIT, says what was there before."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Undo(Asked):
    """Undo a run, while no run is active; the reply, after COMMIT, says what happened to its rows."""

    run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Write this with the next batch; after COMMIT, ``reply_to`` hears Committed or Rejected with ``write_id``.

    ``more``: another write of the same sender follows at once, so that the batch may wait for it. ``told`` is when it
    was told, on the importer's monotonic clock; None: its wait is not measured.
    """

    write: Write
    write_id: WriteId
    reply_to: Port[Acknowledgement]
    more: bool = False
    told: float | None = None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Open a run in the library; ``reply_to`` hears RunOpened. One request_id opens one run, however often it comes."""

    request_id: RunRequestId
    config_hash: str
    config_text: str
    roots: tuple[bytes, ...]
    reply_to: Port[LibraryNews]


@dataclass(frozen=True, slots=True)
class CloseRun:
    """Flush, then close the run in the library; ``reply_to`` hears RunClosed."""

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

    Told by the actor to itself, so FIFO order puts it behind everything that was queued meanwhile.
    """

    batch: int


@dataclass(frozen=True, slots=True)
class RetryFlush:
    """Try again to write the batch that the library did not take."""


@dataclass(frozen=True, slots=True)
class Drain(Asked):
    """Flush, commit, checkpoint. Failure is raised to the asker."""


PersistenceQuestion = OpenLibrary | Ask | AskWriterStatistics | SetValues | Undo | Drain
"""What is asked: errors go to the asker and change nothing in the actor."""

PersistenceOrder = Submit | OpenRun | CloseRun | Flush | LingerElapsed | RetryFlush
"""Messages without a reply."""

PersistenceMessage = Ping | PersistenceQuestion | PersistenceOrder
