"""Answers of identification services as the library keeps them, so that nothing is asked twice."""

from dataclasses import dataclass

from passagework.domain.ids import Mbid


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a service answered to one request. An outage is no answer.

    ``key`` names the request; equal requests have equal keys. ``body`` is the answer as it came, or its part for this
    request; ``found`` False: the service knows no such thing. ``merged_into``: the answer is about this id, into which
    the one that was asked for was merged. ``schema_version`` is that of the request and of what is read from its
    answer. After ``expires_ns`` the answer is not given any more.
    """

    service: str
    key: str
    body: bytes
    schema_version: int
    fetched_ns: int
    expires_ns: int
    found: bool = True
    merged_into: Mbid | None = None
