"""What a service said to a question of the plan: the answer, and what of it is kept in the library."""

from dataclasses import dataclass

from passagework.domain.identification.planning.answers import Answer, NothingFound
from passagework.domain.identification.planning.requests import Request
from passagework.domain.ids import Mbid
from passagework.lookup.faults import LookupFault


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one question, by the question's key.

    ``body`` is what it was read from, and what it can be read from again. ``merged_into``: see StoredAnswer.
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
    """What one go at a service brought: every request is answered, or has its fault."""

    found: tuple[Found, ...]
    unanswered: tuple[Unanswered, ...] = ()


def nothing_found(key: str) -> Found:
    """Say that the service knows no such thing, or refuses the question for good."""
    return Found(key, NothingFound(), b"")
