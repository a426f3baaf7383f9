"""Puts fingerprints to AcoustID, as many in one request as the service takes."""

import json
from collections.abc import Sequence
from typing import Protocol

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.planning.requests import AskAcoustid, Request
from passagework.lookup.acoustid.answer import AcoustidAnswerError, read_results
from passagework.lookup.acoustid.client import (
    FingerprintQuery,
    ItemAnswer,
    ItemAnswered,
    ItemRejected,
    ItemUnanswered,
)
from passagework.lookup.acoustid.transport import SERVICE
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.found import Found, Outcome, Unanswered, nothing_found


class Client(Protocol):
    """What is asked of a server: see AcoustidClient, which is one."""

    @property
    def batch(self) -> int:
        """How many queries go into one request."""

    def look_up(self, queries: Sequence[FingerprintQuery]) -> tuple[ItemAnswer, ...]:
        """Ask for all queries."""


class AcoustidService:
    """Many fingerprints a request, all of one width. To be used from one thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def choose(self, queue: Sequence[Request]) -> tuple[Request, ...]:
        """Say which of the queued requests go next: the first, and as many like it as one request takes."""
        wide = [isinstance(request, AskAcoustid) and request.wider for request in queue]
        same = [request for request, wider in zip(queue, wide, strict=True) if wider is wide[0]]
        return tuple(same[: self._client.batch])

    def ask(self, requests: Sequence[Request]) -> Outcome:
        """Ask what was chosen. A fault is that of its request; what the gate raises passes."""
        asked = [request for request in requests if isinstance(request, AskAcoustid)]
        if len(asked) != len(requests):
            raise TypeError("AcoustID knows nothing but fingerprints")
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
    """Read again what was answered to a fingerprint; LookupFault where that cannot be read."""
    try:
        value = json.loads(body)
        return read_results(value["results"])
    except (ValueError, KeyError, TypeError, AcoustidAnswerError) as error:
        raise LookupFault(SERVICE, FaultKind.UNREADABLE, f"the kept answer cannot be read: {error}") from error
