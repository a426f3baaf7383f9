"""Faults on demand: which faults the next requests get, and how often."""

import threading
from collections import deque
from enum import StrEnum


class Service(StrEnum):
    """The services that the stand-in replaces."""

    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"


class FaultOnDemand(StrEnum):
    """The faults that can be simulated."""

    UNAVAILABLE = "unavailable"  # 503
    UNAVAILABLE_FOR = "unavailable-for"  # 503 with Retry-After
    LIMITED = "limited"  # too many requests, with the text of the service
    HANG = "hang"  # no answer
    TRICKLE = "trickle"  # a slow trickle of bytes
    RESET = "reset"  # the connection breaks
    TRUNCATED = "truncated"  # half of the answer, with the length of the whole
    HTML = "html"  # an HTML page, with 200
    EMPTY = "empty"  # nothing, with 200
    REDIRECT_CHAIN = "redirect-chain"  # two redirects, then the answer
    REDIRECT_LOOP = "redirect-loop"  # endless redirects
    NOT_FOUND = "not-found"  # 404
    INVALID_KEY = "invalid-key"  # AcoustID only
    TOO_LARGE = "too-large"  # 413, AcoustID only
    NO_METADATA = "no-metadata"  # recordings without title, AcoustID only
    POLLUTED = "polluted"  # a recording of another song among the results, AcoustID only


class FaultQueue:
    """The queued faults. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[Service, deque[FaultOnDemand]] = {service: deque() for service in Service}
        self._always: dict[Service, FaultOnDemand | None] = dict.fromkeys(Service)

    def add(self, service: Service, fault: FaultOnDemand, times: int | None = 1) -> None:
        """Simulate a fault ``times`` times, or (None) always from now on."""
        with self._lock:
            if times is None:
                self._always[service] = fault
            else:
                self._next[service].extend([fault] * times)

    def clear(self, service: Service) -> None:
        """Remove all faults."""
        with self._lock:
            self._next[service].clear()
            self._always[service] = None

    def take(self, service: Service) -> FaultOnDemand | None:
        """Return the fault for the next request."""
        with self._lock:
            return self._next[service].popleft() if self._next[service] else self._always[service]
