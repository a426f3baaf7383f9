"""Messages to the linker."""

from dataclasses import dataclass

from passagework.actors.messages.acknowledgements import Acknowledgement, LibraryRestarted
from passagework.actors.runtime.messages import Ping
from passagework.domain.identification.planning.answers import Answer
from passagework.domain.identification.planning.requests import Request
from passagework.domain.ids import RunId


@dataclass(frozen=True, slots=True)
class Link:
    """Link what waits in the library, until nothing does; ``final``: then send LinkerIdle."""

    run: RunId
    final: bool = False


@dataclass(frozen=True, slots=True)
class StopLinking:
    """Pull no more work."""


@dataclass(frozen=True, slots=True)
class AnswersArrived:
    """A service answered. The answers, by the keys of their questions, were sent to the library first."""

    round_id: int
    answers: tuple[tuple[str, Answer], ...]
    given_ns: int


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """These requests have no answer for now, nor will they in ``retry_seconds`` (0: the service did not say)."""

    round_id: int
    requests: tuple[Request, ...]
    code: str
    detail: str
    retry_seconds: float


@dataclass(frozen=True, slots=True)
class CapabilityMissing:
    """These requests cannot be put to this server at all: a mirror without search."""

    round_id: int
    requests: tuple[Request, ...]


LookupNews = AnswersArrived | LookupFailed | CapabilityMissing


@dataclass(frozen=True, slots=True)
class GatewayRestarted:
    """A gateway was replaced: what was asked there and not answered is lost."""


LinkerMessage = Ping | Link | StopLinking | LibraryRestarted | GatewayRestarted | LookupNews | Acknowledgement
