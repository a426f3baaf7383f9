"""What a linker sent to the library and has no acknowledgement for yet. Plain, no threads."""

from collections.abc import Iterator, Sequence

from passagework.actors.messages.library import Acknowledgement
from passagework.actors.runtime.port import Port
from passagework.actors.writer.library_port import LibraryPort
from passagework.actors.writer.pending_writes import PendingWrites
from passagework.domain.ids import WriteId
from passagework.persistence.write.writes import Write


class LinksInFlight:
    """Sends writes and counts them, here and in the importer's gauge. No number of ``write_ids`` comes twice."""

    def __init__(self, library: LibraryPort, pending_writes: PendingWrites, write_ids: Iterator[int]) -> None:
        self._library = library
        self._pending_writes = pending_writes
        self._write_ids = write_ids
        self._in_flight: set[WriteId] = set()

    def __bool__(self) -> bool:
        """Tell whether anything is in flight."""
        return bool(self._in_flight)

    def send(self, writes: Sequence[Write], reply_to: Port[Acknowledgement]) -> None:
        """Send writes. All are counted before the first is sent: the library must not take that one for the last."""
        self._pending_writes.add(len(writes))
        for write in writes:
            write_id = WriteId(next(self._write_ids))
            self._in_flight.add(write_id)
            self._library.store(write, write_id, reply_to)

    def acknowledged(self, write_ids: tuple[WriteId, ...]) -> int:
        """Tell how many of these were waited for."""
        known = self._in_flight.intersection(write_ids)
        self._in_flight -= known
        self._pending_writes.add(-len(known))
        return len(known)

    def forget(self) -> None:
        """Wait for nothing any more; what is not durable waits in the library still."""
        self._pending_writes.add(-len(self._in_flight))
        self._in_flight.clear()
