"""How many messages to the persistence actor are still to come or to be committed."""

import threading


class PendingWrites:
    """A gauge of work that will reach the persistence actor: files that hold a credit, and links in flight.

    The session and the linker count up when they hand something out and down when it is acknowledged. The
    persistence actor only reads it: when everything outstanding is already in its batch, waiting gains nothing.
    Safe in every thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """The number of messages outstanding."""
        return self._count

    def add(self, number: int) -> None:
        """Count ``number`` more; negative when they are acknowledged or given up."""
        with self._lock:
            self._count += number
