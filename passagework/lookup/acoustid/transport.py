"""Send one request to an AcoustID server and return its answer, or raise the fault."""

import gzip
import http.client
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from importlib.metadata import version
from typing import Final
from urllib.parse import urlencode, urlsplit

from passagework.domain.credentials import without_credentials
from passagework.lookup.acoustid.document import Json, TooManyValuesError, read_object
from passagework.lookup.answer_limits import LARGEST_ANSWER
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.rate_limiter import HeldOffError, RateLimiter
from passagework.lookup.retry_after import retry_after
from passagework.lookup.timed_http import timed_opener

SERVICE: Final = "acoustid"
LARGEST_BATCH: Final = 20
"""Fingerprints; the server's limit, which its authors intend to lower to ten or less."""

LIMIT_PAUSE: Final = 20.0
"""Seconds. The server counts requests over this time, and does not say when to retry."""

_BLOCK: Final = 64 * 1024
_LONGEST_DETAIL: Final = 200

# acoustid/api/errors.py of the server
_CODES: Final = {
    3: FaultKind.REFUSED,
    4: FaultKind.KEY,
    5: FaultKind.UNAVAILABLE,
    8: FaultKind.REFUSED,
    13: FaultKind.UNAVAILABLE,
    14: FaultKind.LIMITED,
    19: FaultKind.REFUSED,
}
_ITEM_CODES: Final = {3, 8}
_TOO_LARGE_CODE: Final = 19


class TooLargeFault(LookupFault):
    """The request or its answer was too large: fewer items may succeed."""


class ItemFault(LookupFault):
    """The server refuses an item: the other items may succeed without it."""


@dataclass(frozen=True, slots=True)
class AcoustidSettings:
    """Address and parameters for requests to AcoustID.

    ``key`` is the user's application key, and appears in no text. ``timeout_seconds`` limits the connection,
    and separately the whole answer. ``batch`` is the number of fingerprints per request, at most 20. An invalid base
    URL or batch raises ValueError.
    """

    key: str = field(repr=False)
    base_url: str = "https://api.acoustid.org/v2/"
    timeout_seconds: float = 30.0
    batch: int = 10

    def __post_init__(self) -> None:
        """Check everything that needs no request."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not the address of a web server: {self.base_url}")
        if not 1 <= self.batch <= LARGEST_BATCH:
            raise ValueError(f"a batch has 1 to {LARGEST_BATCH} fingerprints, not {self.batch}")

    @property
    def lookup_url(self) -> str:
        """The address for lookups."""
        return self.base_url.rstrip("/") + "/lookup"


class AcoustidTransport:
    """Sends requests one at a time, each through the rate limiter, without retries and redirects, with gzip.

    Every failure is a LookupFault, and so is too long a wait for the limiter, whose other exceptions pass. If the
    server asks for a pause, the limiter is told first. Use it from one thread.
    """

    def __init__(
        self, settings: AcoustidSettings, limiter: RateLimiter, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self._settings = settings
        self._limiter = limiter
        self._cancelled = cancelled
        self._opener = timed_opener(cancelled)

    def fetch(self, url: str, parameters: Mapping[str, object], timeout: float) -> Json:
        """Send ``parameters`` as a form, and return the answer with status "ok"."""
        request = urllib.request.Request(  # noqa: S310 - the settings admit http and https only
            url,
            gzip.compress(urlencode(parameters).encode("ascii")),
            {
                "User-Agent": f"Passagework/{version('passagework')}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Encoding": "gzip",
                "Accept-Encoding": "gzip",
                "Accept": "application/json",
            },
        )
        self._wait_for_turn()
        status, headers, body = self._exchange(request, timeout)
        try:
            answer = read_object(body)
        except TooManyValuesError as error:
            raise TooLargeFault(SERVICE, FaultKind.TOO_LARGE, str(error)) from None
        if status == http.HTTPStatus.OK and answer is not None and answer.get("status") == "ok":
            return answer
        raise self._refusal(status, headers, answer)

    def _wait_for_turn(self) -> None:
        try:
            self._limiter.pass_through(self._cancelled)
        except HeldOffError as error:
            raise LookupFault(SERVICE, FaultKind.LIMITED, "it asked for a pause", error.seconds) from None

    def _exchange(self, request: urllib.request.Request, timeout: float) -> tuple[int, Message, bytes]:
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return response.status, response.headers, _read_all(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, _read_error(error)
        except (OSError, http.client.HTTPException, zlib.error) as error:
            fault = self._unanswered(error)
        raise fault  # raised here, so that its context holds no exception that may quote the request and its key

    def _unanswered(self, error: Exception) -> LookupFault:
        match error:
            case TimeoutError() | urllib.error.URLError(reason=TimeoutError()):
                return LookupFault(SERVICE, FaultKind.TIMEOUT, "no whole answer in time")
            case urllib.error.URLError():
                return LookupFault(SERVICE, FaultKind.UNREACHABLE, self._cleaned(f"no connection: {error.reason}"))
            case OSError():
                return LookupFault(SERVICE, FaultKind.UNREACHABLE, self._cleaned(f"the connection broke: {error}"))
            case _:
                kind = type(error).__name__
                return LookupFault(SERVICE, FaultKind.UNREADABLE, f"not a whole answer of a web server: {kind}")

    def _refusal(self, status: int, headers: Message, answer: Json | None) -> LookupFault:
        code, said = _error(answer)
        kind = _CODES.get(code) or _kind_of(status)
        detail = self._cleaned(_detail(status, headers, code, said))
        pause = retry_after(headers) if kind in {FaultKind.LIMITED, FaultKind.UNAVAILABLE} else None
        if kind is FaultKind.LIMITED and pause is None:
            pause = LIMIT_PAUSE
        if pause is not None:
            self._limiter.hold_off(pause)
        if code == _TOO_LARGE_CODE or (not code and status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            return TooLargeFault(SERVICE, kind, detail)
        return (ItemFault if code in _ITEM_CODES else LookupFault)(SERVICE, kind, detail, pause)

    def _cleaned(self, text: str) -> str:
        """Convert foreign text to one line, without the key."""
        hidden = text.replace(self._settings.key, "(key)") if self._settings.key else text
        printable = "".join(sign if sign.isprintable() else " " for sign in hidden)
        return " ".join(printable.split())[:_LONGEST_DETAIL]


def _kind_of(status: int) -> FaultKind:
    """Classify an HTTP status without an error code of the service: from a proxy, or another server."""
    match status:
        case http.HTTPStatus.TOO_MANY_REQUESTS:
            return FaultKind.LIMITED
        case http.HTTPStatus.REQUEST_TIMEOUT | http.HTTPStatus.FORBIDDEN:  # the latter from a reverse proxy
            return FaultKind.UNAVAILABLE
        case _ if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            return FaultKind.UNAVAILABLE
        case _ if status >= http.HTTPStatus.BAD_REQUEST:
            return FaultKind.REFUSED
        case _:
            return FaultKind.UNREADABLE


def _detail(status: int, headers: Message, code: int, said: str) -> str:
    if code:
        return f"HTTP {status}, code {code}: {said}"
    if http.HTTPStatus.MULTIPLE_CHOICES <= status < http.HTTPStatus.BAD_REQUEST:
        return f"HTTP {status}: redirected to {without_credentials(headers.get('Location') or 'no address')}"
    if status == http.HTTPStatus.OK:
        return f"not an answer of AcoustID: {headers.get_content_type()}"
    return f"HTTP {status}: {http.client.responses.get(status, 'unknown')}"


def _error(answer: Json | None) -> tuple[int, str]:
    """Return code and message of an error of the service, 0 if it is none."""
    error = (answer or {}).get("error")
    if not isinstance(error, dict):
        return 0, ""
    code = error.get("code")
    return (code if type(code) is int else 0), str(error.get("message") or "")


def _read_error(error: urllib.error.HTTPError) -> bytes:
    """Read the body of an error as far as it arrives: the status alone is enough."""
    try:
        return _read_all(error)
    except (OSError, http.client.HTTPException, zlib.error, TooLargeFault):
        return b""


def _read_all(response: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
    """Read a body to its end and decompress it, up to the size of the largest answer."""
    packed = response.headers.get("Content-Encoding", "").strip().lower() == "gzip"
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if packed else None
    body = bytearray()
    while block := response.read(_BLOCK):
        body += unpacker.decompress(block, LARGEST_ANSWER + 1 - len(body)) if unpacker else block
        if len(body) > LARGEST_ANSWER:
            raise TooLargeFault(SERVICE, FaultKind.TOO_LARGE, f"the answer has more than {LARGEST_ANSWER} bytes")
    if unpacker and not unpacker.eof:
        raise http.client.IncompleteRead(b"")
    return bytes(body)
