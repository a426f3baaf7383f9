"""A service's answer to a question of the plan, and the form in which the library stores it."""

from dataclasses import dataclass

from passagework.domain.identification.planning.answers import Answer, NothingFound
from passagework.domain.identification.planning.requests import Request
from passagework.domain.ids import Mbid
from passagework.lookup.faults import LookupFault


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one question, by the question's key.

    ``body`` is the source of the answer; it can be parsed again. ``merged_into``: see StoredAnswer.
    """

    key: str
    answer: Answer
    body: bytes
    merged_into: Mbid | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that has no answer yet; ``fault`` says why."""

    request: Request
    fault: LookupFault


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one request to a service: every question has an answer or a fault."""

    found: tuple[Found, ...]
    unanswered: tuple[Unanswered, ...] = ()


def nothing_found(key: str) -> Found:
    """Return the answer that the service knows nothing, or rejects the question permanently."""
    return Found(key, NothingFound(), b"")
