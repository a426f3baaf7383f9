"""Faults on demand: what goes wrong with the next requests, and how often."""

import threading
from collections import deque
from enum import StrEnum


class Service(StrEnum):
    """The services that are stood in for."""

    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"


class FaultOnDemand(StrEnum):
    """What can be made to go wrong."""

    UNAVAILABLE = "unavailable"  # 503
    UNAVAILABLE_FOR = "unavailable-for"  # 503 with Retry-After
    LIMITED = "limited"  # too many requests, in the words of the service
    HANG = "hang"  # no answer at all
    TRICKLE = "trickle"  # a byte now and then
    RESET = "reset"  # the connection breaks
    TRUNCATED = "truncated"  # half of the answer, which says that it is whole
    HTML = "html"  # a page for people, with 200
    EMPTY = "empty"  # nothing, with 200
    REDIRECT_CHAIN = "redirect-chain"  # sent on twice, then answered
    REDIRECT_LOOP = "redirect-loop"  # sent on for ever
    NOT_FOUND = "not-found"  # 404
    INVALID_KEY = "invalid-key"  # AcoustID only
    TOO_LARGE = "too-large"  # 413, AcoustID only
    NO_METADATA = "no-metadata"  # recordings without title, AcoustID only
    POLLUTED = "polluted"  # a recording of another song among the results, AcoustID only


class FaultQueue:
    """The faults that are to come. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[Service, deque[FaultOnDemand]] = {service: deque() for service in Service}
        self._always: dict[Service, FaultOnDemand | None] = dict.fromkeys(Service)

    def add(self, service: Service, fault: FaultOnDemand, times: int | None = 1) -> None:
        """Have a fault happen ``times`` times, or (None) always from now on."""
        with self._lock:
            if times is None:
                self._always[service] = fault
            else:
                self._next[service].extend([fault] * times)

    def clear(self, service: Service) -> None:
        """Let everything go well again."""
        with self._lock:
            self._next[service].clear()
            self._always[service] = None

    def take(self, service: Service) -> FaultOnDemand | None:
        """Return the fault for a request that has come."""
        with self._lock:
            return self._next[service].popleft() if self._next[service] else self._always[service]
