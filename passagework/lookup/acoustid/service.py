"""Send fingerprints to AcoustID, as many per request as the service accepts."""

from collections.abc import Sequence
from typing import Protocol

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.planning.requests import AskAcoustid, Request
from passagework.lookup.acoustid.answer import read_results, usable_results
from passagework.lookup.acoustid.client import (
    FingerprintQuery,
    ItemAnswer,
    ItemAnswered,
    ItemRejected,
    ItemUnanswered,
)
from passagework.lookup.acoustid.document import AcoustidAnswerError, TooManyValuesError, read_object
from passagework.lookup.acoustid.transport import SERVICE
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.found import Found, Outcome, Unanswered, nothing_found


class Client(Protocol):
    """The interface of AcoustidClient."""

    @property
    def batch(self) -> int:
        """The number of queries per request."""

    def look_up(self, queries: Sequence[FingerprintQuery]) -> tuple[ItemAnswer, ...]:
        """Send all queries."""


class AcoustidService:
    """Many fingerprints per request, all of one width. Use it from one thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def choose(self, queue: Sequence[Request]) -> tuple[Request, ...]:
        """Choose the queued requests to send next: the first, and as many of the same width as one request takes."""
        wide = [isinstance(request, AskAcoustid) and request.wider for request in queue]
        same = [request for request, wider in zip(queue, wide, strict=True) if wider is wide[0]]
        return tuple(same[: self._client.batch])

    def ask(self, requests: Sequence[Request]) -> Outcome:
        """Send the chosen requests. A fault belongs to its request; the rate limiter's exceptions pass."""
        asked = [request for request in requests if isinstance(request, AskAcoustid)]
        if len(asked) != len(requests):
            raise TypeError("AcoustID can only look up fingerprints")
        queries = [FingerprintQuery(one.encoded, one.seconds, one.wider) for one in asked]
        try:
            items = self._client.look_up(queries)
        except LookupFault as fault:
            return Outcome((), tuple(Unanswered(one, fault) for one in asked))
        found: list[Found] = []
        unanswered: list[Unanswered] = []
        for one, item in zip(asked, items, strict=True):
            match item:
                case ItemAnswered(answer, raw):
                    found.append(Found(one.key, answer, raw))
                case ItemRejected():
                    found.append(nothing_found(one.key))
                case ItemUnanswered():
                    unanswered.append(Unanswered(one, item.fault))
        return Outcome(tuple(found), tuple(unanswered))


def read_stored(body: bytes) -> AcoustidAnswer:
    """Parse the stored answer to a fingerprint; LookupFault if it cannot be read."""
    try:
        return read_results(usable_results((read_object(body) or {}).get("results")))
    except (TooManyValuesError, AcoustidAnswerError) as error:
        raise LookupFault(SERVICE, FaultKind.UNREADABLE, f"the stored answer cannot be read: {error}") from error
