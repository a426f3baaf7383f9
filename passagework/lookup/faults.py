"""The faults of requests to a service, by the kinds that callers handle."""

from enum import StrEnum
from typing import Final, Self

_OUTAGE: Final = True
_ANSWER: Final = False


class FaultKind(StrEnum):
    """Why a service gave no answer. ``outage``: temporary; ask again later, and never store it as an answer."""

    outage: bool

    def __new__(cls, code: str, outage: bool) -> Self:  # noqa: FBT001 - enums pass values by position
        """Create a member; one without all parts fails at import."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.outage = outage
        return member

    UNREACHABLE = "unreachable", _OUTAGE  # no connection: name, route, refusal, reset, TLS
    TIMEOUT = "timeout", _OUTAGE  # connected, but no whole answer in time
    LIMITED = "limited", _OUTAGE  # too many requests
    UNAVAILABLE = "unavailable", _OUTAGE  # the service says that it cannot answer now
    UNREADABLE = "unreadable", _OUTAGE  # HTML, truncated, empty, or not in the documented form
    REFUSED = "refused", _ANSWER  # our request was invalid; the same one will be refused again
    NOT_FOUND = "not-found", _ANSWER  # the service knows nothing under this id
    TOO_LARGE = "too-large", _ANSWER  # more bytes or values than are read of an answer; it would be so again
    KEY = "key", _ANSWER  # the application key is not valid
    NO_CAPABILITY = "no-capability", _ANSWER  # this server cannot do it at all: a mirror without search
    NO_CONTACT = "no-contact", _ANSWER  # the public server must not be asked without a contact in the user agent


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

    def with_retry_after(self, seconds: float) -> "LookupFault":
        """Return the same fault with another pause."""
        return LookupFault(self.service, self.kind, self.detail, seconds)

    @property
    def code(self) -> str:
        """Return service and kind as one stable word, such as "acoustid-limited"."""
        return f"{self.service}-{self.kind.value}"

    @property
    def outage(self) -> bool:
        """Tell whether it is temporary: ask again later, and never store it as an answer."""
        return self.kind.outage
