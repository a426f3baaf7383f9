"""The messages of one sender to the library that are not acknowledged yet. Plain, no threads."""

from collections.abc import Iterator

from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, Rejected
from passagework.actors.runtime.port import Port
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.ids import WriteId
from passagework.persistence.write.writes import Write


class UnacknowledgedWrites:
    """Sends writes and keeps each until it is acknowledged, to send it again or to forget it.

    There are three cases:

    - A write is acknowledged: it is removed.
    - The persistence actor was replaced: its writes may be lost. The sender sends them again under the same ids, or
      forgets them if it can make them again from the library.
    - A write that was forgotten is acknowledged: that is ignored.

    ``write_ids`` outlives the sender, so no id is used twice, not even after a restart.
    """

    def __init__(
        self,
        *,
        library: LibraryPort,
        reply_to: Port[Acknowledgement],
        write_ids: Iterator[int],
    ) -> None:
        self._library = library
        self._reply_to = reply_to
        self._write_ids = write_ids
        self._waiting: dict[WriteId, Write] = {}

    def __len__(self) -> int:
        """Count what is not acknowledged."""
        return len(self._waiting)

    def send(self, *writes: Write) -> None:
        """Send writes in order; the library may put all of them into one batch."""
        numbered = [(WriteId(next(self._write_ids)), write) for write in writes]
        self._waiting.update(numbered)
        self._tell(numbered)

    def send_again(self) -> None:
        """Send everything again that is not acknowledged, under the ids that it had."""
        self._tell(list(self._waiting.items()))

    def acknowledged(self, news: Acknowledgement) -> tuple[Write, ...]:
        """Remove the writes that this acknowledges, and return them."""
        match news:
            case Committed(write_ids):
                settled = write_ids
            case Rejected(write_id):
                settled = (write_id,)
        return tuple(self._waiting.pop(write_id) for write_id in settled if write_id in self._waiting)

    def forget(self) -> None:
        """Forget all writes; their acknowledgements are then ignored."""
        self._waiting.clear()

    def _tell(self, numbered: list[tuple[WriteId, Write]]) -> None:
        for left, (write_id, write) in zip(reversed(range(len(numbered))), numbered, strict=True):
            self._library.store(write, write_id, self._reply_to, more=left > 0)
