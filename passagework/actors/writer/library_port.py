"""The typed port of the persistence actor, for all other actors and for the API."""

from typing import Final, TypeVar, cast

from passagework.actors.messages.acknowledgements import Acknowledgement
from passagework.actors.messages.library import Ask, AskWriterStatistics, PersistenceMessage, Submit
from passagework.actors.runtime.clock import Clock, SystemClock
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.domain.errors import LibraryUnavailableError
from passagework.domain.ids import WriteId
from passagework.domain.writer_statistics import Writer
from passagework.persistence.read.queries import Query
from passagework.persistence.write.writes import Write

R = TypeVar("R")

LIBRARY_AWAY: Final = (NobodyThereError, LibraryUnavailableError)
"""Errors of a query after which to ask again: the actor is being replaced, or the disk has a problem."""

LIBRARY_RETRY_SECONDS: Final = 0.2

ASK_TIMEOUT_SECONDS: Final = 120.0
"""Longer than any batch; a reply that takes longer means that the library hangs."""


class LibraryPort(Port[PersistenceMessage]):
    """A port with the two uses of the library: store a write, run a query."""

    def __init__(self, name: ActorName, clock: Clock | None = None) -> None:
        super().__init__(name)
        self._clock = clock or SystemClock()

    def store(
        self,
        write: Write,
        write_id: WriteId,
        reply_to: Port[Acknowledgement],
        *,
        more: bool = False,
    ) -> None:
        """Send a write; ``reply_to`` receives its acknowledgement. ``more``: another write follows at once."""
        self.tell(
            Submit(
                write=write,
                write_id=write_id,
                reply_to=reply_to,
                more=more,
                told=self._clock.monotonic(),
            )
        )

    def query(self, query: Query[R]) -> R:
        """Run a query, between two transactions.

        Raises:
            NobodyThereError: the persistence actor is being restarted, or does not reply.
            LibraryUnavailableError: the library cannot be read at the moment.
            LibraryError: the library cannot be read.

        """
        return cast("R", self.ask(Ask(cast("Query[object]", query)), ASK_TIMEOUT_SECONDS))

    def writer(self) -> Writer:
        """Return the statistics of the writer; NobodyThereError while the persistence actor is being restarted."""
        return cast("Writer", self.ask(AskWriterStatistics(), ASK_TIMEOUT_SECONDS))
