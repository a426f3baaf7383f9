"""Send one request to a MusicBrainz server and return its answer, or raise the fault."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import version
from string import punctuation
from typing import Final, NoReturn, Protocol
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from passagework.lookup.answer_limits import LARGEST_ANSWER
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.document import SERVICE, error_text
from passagework.lookup.rate_limiter import HeldOffError
from passagework.lookup.retry_after import retry_after
from passagework.lookup.timed_http import timed_opener

_REDIRECTS: Final = 5  # a merged id costs one, and merges are resolved by the server
_LARGEST_ERROR: Final = 64 * 1024
_BLOCK: Final = 64 * 1024
_LONGEST_DETAIL: Final = 200

_PUBLIC: Final = "musicbrainz.org"


class Limiter(Protocol):
    """The interface of RateLimiter."""

    def pass_through(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Wait until a request may start, and count it."""

    def hold_off(self, seconds: float) -> None:
        """Let no request start for this many seconds."""


@dataclass(frozen=True, slots=True)
class MusicBrainzSettings:
    """Address and parameters for requests to MusicBrainz.

    ``base_url`` has scheme and host, and the port if it is not the default; ``path`` is that of the web service
    there. ``per_second`` is the rate that the server permits; the caller's rate limiter enforces it. ``contact`` is a
    mail address or URL for the user agent, which the public server requires. ``timeout_seconds`` limits the connection,
    and separately the whole answer. An invalid base URL raises ValueError.
    """

    base_url: str = "https://musicbrainz.org"
    path: str = "/ws/2"
    per_second: float = 1.0
    contact: str | None = None
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Check the address."""
        if self.server.scheme not in {"http", "https"} or not self.server.hostname:
            raise ValueError(f"not the address of a web server: {self.base_url}")

    @property
    def server(self) -> SplitResult:
        """The parsed base URL."""
        return urlsplit(self.base_url)

    @property
    def public(self) -> bool:
        """Whether this is MusicBrainz' own server and not a mirror."""
        host = self.server.hostname or ""
        return host == _PUBLIC or host.endswith("." + _PUBLIC)


@dataclass(frozen=True, slots=True)
class Reply:
    """The raw body of an answer, and the final URL after all redirects."""

    raw: bytes
    url: str


class MusicBrainzTransport:
    """Sends requests one at a time, each request and each redirect through the rate limiter, without retries.

    Every failure is a LookupFault, and so is too long a wait for the limiter, whose other exceptions pass. If the
    server asks for a pause, the limiter is told first. Use it from one thread.
    """

    def __init__(
        self, settings: MusicBrainzSettings, limiter: Limiter, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self._settings = settings
        self._limiter = limiter
        self._cancelled = cancelled
        self._opener = timed_opener(cancelled)
        self._agent = _user_agent(settings.contact)

    def fetch(self, url: str) -> Reply:
        """Fetch ``url`` on this server, and follow its redirects."""
        if self._settings.public and not _cleaned(self._settings.contact):
            raise LookupFault(
                SERVICE, FaultKind.NO_CONTACT, "musicbrainz.org requires a contact: set musicbrainz.contact"
            )
        for _ in range(1 + _REDIRECTS):
            self._wait_for_turn()
            answer = self._get(url)
            if isinstance(answer, Reply):
                return answer
            url = answer
        raise LookupFault(SERVICE, FaultKind.UNREADABLE, "the server redirects in circles")

    def _wait_for_turn(self) -> None:
        try:
            self._limiter.pass_through(self._cancelled)
        except HeldOffError as error:
            raise LookupFault(SERVICE, FaultKind.LIMITED, "it asked for a pause", error.seconds) from None

    def _get(self, url: str) -> Reply | str:
        """Return the answer, or the URL of a redirect."""
        request = urllib.request.Request(  # noqa: S310 - the settings admit http and https only, redirects too
            url, headers={"User-Agent": self._agent, "Accept": "application/xml"}
        )
        try:
            with self._opener.open(request, timeout=self._settings.timeout_seconds) as response:
                return Reply(_read_all(response), url)
        except urllib.error.HTTPError as error:
            with error:
                if error.code in {301, 302, 303, 307, 308}:
                    return self._redirected(url, error.headers.get("Location"))
                self._refused(error)
        except (OSError, http.client.HTTPException) as error:
            raise _unanswered(error) from error

    def _redirected(self, url: str, location: str | None) -> str:
        """Check the target of a redirect: a network with a login page redirects everything."""
        before = urlsplit(url)
        try:
            after = urlsplit(urljoin(url, quote(location or "", safe=punctuation)))
        except ValueError:
            _fail(FaultKind.UNREADABLE, "the server redirects to an invalid address")
        secured = (before.scheme, after.scheme) == ("http", "https") and before.hostname == after.hostname
        if not secured and (before.scheme, before.netloc) != (after.scheme, after.netloc):
            host = after.netloc.rpartition("@")[2] or "no host"
            _fail(FaultKind.UNREADABLE, f"the server redirects to another server: {host}")
        return urlunsplit(after._replace(query=after.query or before.query, fragment=""))

    def _refused(self, error: urllib.error.HTTPError) -> NoReturn:
        body = _read_error(error)
        said = error_text(body) or error.reason
        detail = f"HTTP {error.code}: {_cleaned(str(said))[:_LONGEST_DETAIL]}"
        kind = _kind_of(error.code, error.headers, body)
        pause = retry_after(error.headers) if kind in {FaultKind.LIMITED, FaultKind.UNAVAILABLE} else None
        if pause is not None:
            self._limiter.hold_off(pause)
        raise LookupFault(SERVICE, kind, detail, pause)


def _user_agent(contact: str | None) -> str:
    own = f"Passagework/{version('passagework')}"
    cleaned = _cleaned(contact).encode("ascii", "replace").decode("ascii")
    return f"{own} ( {cleaned} )" if cleaned else own


def _cleaned(text: str | None) -> str:
    """Convert it to one line that is valid in a header or a message."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())


def _fail(kind: FaultKind, detail: str) -> NoReturn:
    raise LookupFault(SERVICE, kind, detail)


def _read_all(response: http.client.HTTPResponse) -> bytes:
    blocks = []
    size = 0
    while block := response.read(_BLOCK):
        blocks.append(block)
        size += len(block)
        if size > LARGEST_ANSWER:
            _fail(FaultKind.TOO_LARGE, f"the answer has more than {LARGEST_ANSWER} bytes")
    if response.length:
        _fail(FaultKind.UNREADABLE, f"the answer ends {response.length} bytes early")
    return b"".join(blocks)


def _read_error(error: urllib.error.HTTPError) -> bytes:
    """Read the body of an error as far as it arrives: the status alone is enough."""
    try:
        return error.read(_LARGEST_ERROR)
    except (OSError, http.client.HTTPException):
        return b""


def _unanswered(error: OSError | http.client.HTTPException) -> LookupFault:
    match error:
        case urllib.error.URLError():
            return LookupFault(SERVICE, FaultKind.UNREACHABLE, f"no connection: {_cleaned(str(error.reason))}")
        case TimeoutError():
            return LookupFault(SERVICE, FaultKind.TIMEOUT, "no whole answer in time")
        case OSError():
            return LookupFault(SERVICE, FaultKind.UNREACHABLE, f"the connection broke: {_cleaned(str(error))}")
        case _:
            return LookupFault(SERVICE, FaultKind.UNREADABLE, f"not the answer of a web server: {type(error).__name__}")


def _kind_of(status: int, headers: Message, body: bytes) -> FaultKind:
    """Classify an HTTP status. For too many requests the public server answers 503, not 429, and a text."""
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        return FaultKind.LIMITED
    if status == http.HTTPStatus.SERVICE_UNAVAILABLE and (
        b"rate limit" in body or headers.get("X-RateLimit-Remaining") == "0"
    ):
        return FaultKind.LIMITED
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR or status == http.HTTPStatus.REQUEST_TIMEOUT:
        return FaultKind.UNAVAILABLE
    if status == http.HTTPStatus.NOT_FOUND:
        # An HTML page comes from a proxy or another server, and says nothing about the id.
        page = headers.get_content_type() == "text/html"
        return FaultKind.UNREADABLE if page else FaultKind.NOT_FOUND
    return FaultKind.REFUSED
