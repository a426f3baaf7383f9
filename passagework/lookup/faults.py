"""The faults of requests to a service, by the kinds that callers handle."""

from enum import StrEnum


class FaultKind(StrEnum):
    """Why a service gave no answer."""

    UNREACHABLE = "unreachable"  # no connection: name, route, refusal, reset, TLS
    TIMEOUT = "timeout"  # connected, but no whole answer in time
    LIMITED = "limited"  # too many requests
    UNAVAILABLE = "unavailable"  # the service says that it cannot answer now
    UNREADABLE = "unreadable"  # HTML, truncated, empty, too large, or not in the documented form
    REFUSED = "refused"  # our request was invalid; the same one will be refused again
    NOT_FOUND = "not-found"  # the service knows nothing under this id
    KEY = "key"  # the application key is not valid
    NO_CAPABILITY = "no-capability"  # this server cannot do it at all: a mirror without search
    NO_CONTACT = "no-contact"  # the public server must not be asked without a contact in the user agent


_OUTAGES = frozenset(
    {
        FaultKind.UNREACHABLE,
        FaultKind.TIMEOUT,
        FaultKind.LIMITED,
        FaultKind.UNAVAILABLE,
        FaultKind.UNREADABLE,
    }
)


class LookupFault(Exception):  # noqa: N818 - a fault is the service's, and usually no error of ours
    """A request without an answer.

    ``service`` is a short lower-case name, such as "acoustid". ``detail`` is for people: what happened, without keys
    or other secrets. ``retry_after`` is the pause that the service asked for in seconds, None if it did not.
    It can be pickled, so it can cross processes.
    """

    def __init__(self, service: str, kind: FaultKind, detail: str, retry_after: float | None = None) -> None:
        super().__init__(service, kind, detail, retry_after)
        self.service = service
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Return code and detail, as in "acoustid-limited: too many requests"."""
        return f"{self.code}: {self.detail}"

    @property
    def code(self) -> str:
        """Return service and kind as one stable word, such as "acoustid-limited"."""
        return f"{self.service}-{self.kind.value}"

    @property
    def outage(self) -> bool:
        """Tell whether it is temporary: ask again later, and never store it as an answer."""
        return self.kind in _OUTAGES
