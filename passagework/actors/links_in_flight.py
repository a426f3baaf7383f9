"""What a linker sent to the library and has no acknowledgement for yet. Plain, no threads."""

from collections.abc import Iterator

from passagework.actors.library_port import LibraryPort
from passagework.actors.messages import Acknowledgement
from passagework.actors.outstanding import Outstanding
from passagework.actors.port import Port
from passagework.domain.ids import Token
from passagework.persistence.writes import Write


class LinksInFlight:
    """Sends writes and counts them, here and in the importer's gauge. No number of ``tokens`` comes twice."""

    def __init__(self, library: LibraryPort, outstanding: Outstanding, tokens: Iterator[int]) -> None:
        self._library = library
        self._outstanding = outstanding
        self._tokens = tokens
        self._in_flight: set[Token] = set()

    def __bool__(self) -> bool:
        """Tell whether anything is in flight."""
        return bool(self._in_flight)

    def send(self, write: Write, reply_to: Port[Acknowledgement]) -> None:
        """Send a write."""
        token = Token(next(self._tokens))
        self._in_flight.add(token)
        self._outstanding.add(1)
        self._library.store(write, token, reply_to)

    def acknowledged(self, tokens: tuple[Token, ...]) -> int:
        """Tell how many of these were waited for."""
        known = self._in_flight.intersection(tokens)
        self._in_flight -= known
        self._outstanding.add(-len(known))
        return len(known)

    def forget(self) -> None:
        """Wait for nothing any more; what is not durable waits in the library still."""
        self._outstanding.add(-len(self._in_flight))
        self._in_flight.clear()
