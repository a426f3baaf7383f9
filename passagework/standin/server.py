"""The loopback server that replaces both services."""

import gzip
import socket
import struct
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Final, Self
from urllib.parse import parse_qsl, urlsplit

from passagework.domain.json_text import read_json
from passagework.standin import acoustid, musicbrainz, musicbrainz_xml
from passagework.standin.acoustid import AcoustidStandIn
from passagework.standin.catalogue import StandInCatalogue
from passagework.standin.faults import FaultOnDemand, FaultQueue, Service
from passagework.standin.musicbrainz import MusicBrainzStandIn
from passagework.standin.rate_limit import RateLimit
from passagework.standin.recorded import Recorded
from passagework.standin.reply import Reply, json_reply

NAME: Final = "Passagework-stand-in"
_LARGEST_BODY: Final = 4 * 2**20
_HOPS: Final = 2
_TRICKLE_SECONDS: Final = 0.1

_PAGE: Final = b"""<!doctype html><title>Passagework stand-in</title>
<p>This is a stand-in for AcoustID and MusicBrainz on this machine, and not one of these services.
"""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A received request: its service, its path, and how it was answered (status, or the fault)."""

    service: Service
    target: str
    outcome: str


@dataclass(frozen=True, slots=True)
class StandInRules:
    """Options of the stand-in. Rates of 0 are not enforced; ``key`` None: any key is valid."""

    key: str | None = None
    acoustid_per_second: float = 3.0
    musicbrainz_per_second: float = 1.0
    searches: bool = True
    retry_after: int = 1


class StandIn:
    """Answers on ``127.0.0.1`` during the ``with`` block. ``port`` 0: any free port.

    ``recorded`` answers have priority over the catalogue.
    """

    def __init__(
        self,
        catalogue: StandInCatalogue,
        rules: StandInRules | None = None,
        port: int = 0,
        recorded: Recorded | None = None,
    ) -> None:
        recorded = recorded or Recorded()
        self.rules = rules or StandInRules()
        self.faults = FaultQueue()
        self.ending = threading.Event()
        self._acoustid = AcoustidStandIn(catalogue, self.rules.key, recorded.heard)
        self._musicbrainz = MusicBrainzStandIn(catalogue, searches=self.rules.searches, recorded=recorded.documents)
        # A burst like in the services: AcoustID counts over some seconds, MusicBrainz allows hardly any.
        self._limits = {
            service: RateLimit(rate, burst) if rate > 0 else None
            for service, rate, burst in (
                (Service.ACOUSTID, self.rules.acoustid_per_second, 6.0),
                (Service.MUSICBRAINZ, self.rules.musicbrainz_per_second, 2.0),
            )
        }
        self._lock = threading.Lock()
        self._seen: list[SeenRequest] = []
        handler = type("Handler", (_Handler,), {"standin": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def acoustid_url(self) -> str:
        """The base URL of the AcoustID stand-in; ``/v2/lookup`` is below it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def musicbrainz_url(self) -> str:
        """The base URL of the MusicBrainz stand-in; ``/ws/2`` is below it."""
        return self.acoustid_url

    @property
    def requests(self) -> tuple[SeenRequest, ...]:
        """The requests so far."""
        with self._lock:
            return tuple(self._seen)

    def count(self, service: Service) -> int:
        """Count the requests to a service."""
        return sum(request.service is service for request in self.requests)

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()

    def wait(self) -> None:
        """Answer until the process is interrupted."""
        self._thread.join()

    def service_of(self, path: str) -> Service | None:
        """Return the service that a path belongs to."""
        if path.startswith("/v2/"):
            return Service.ACOUSTID
        return Service.MUSICBRAINZ if path.startswith("/ws/2/") else None

    def answer(self, service: Service, path: str, fields: Mapping[str, str], agent: str, fault: str) -> Reply:
        """Answer a request to a service, unless a fault of the connection comes first."""
        if service is Service.ACOUSTID:
            nameless, polluted = fault == FaultOnDemand.NO_METADATA, fault == FaultOnDemand.POLLUTED
            return self._acoustid.lookup(fields, nameless=nameless, polluted=polluted)
        return self._musicbrainz.answer(path.removeprefix("/ws/2/"), fields, agent)

    def over_limit(self, service: Service) -> Reply | None:
        """Refuse a request above the rate limit."""
        limit = self._limits[service]
        if limit is None or limit.allows():
            return None
        return _too_many(service)

    def seen(self, service: Service, target: str, outcome: str) -> None:
        """Remember a request."""
        with self._lock:
            self._seen.append(SeenRequest(service, target, outcome))


def _too_many(service: Service) -> Reply:
    return acoustid.rate_limited() if service is Service.ACOUSTID else musicbrainz.rate_limited()


class _Handler(BaseHTTPRequestHandler):
    standin: ClassVar[StandIn]
    server_version = NAME
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a GET."""
        self._respond({})

    def do_POST(self) -> None:
        """Answer a POST with a form, compressed or not, or with JSON for the stand-in itself."""
        size = int(self.headers.get("Content-Length") or 0)
        if size > _LARGEST_BODY:
            self._send(acoustid.refusal(413, 19, "request is too large"))
            return
        body = self.rfile.read(size)
        if self.headers.get("Content-Encoding") == "gzip":
            with suppress(OSError, EOFError):
                body = gzip.decompress(body)
        if self.path.startswith("/stand-in/"):
            self._send(self._order(body))
            return
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        self._respond(_joined(fields))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _respond(self, form: Mapping[str, str]) -> None:
        parts = urlsplit(self.path)
        service = self.standin.service_of(parts.path)
        if service is None:
            self._send(self._own(parts.path))
            return
        fields = {**_joined(parse_qsl(parts.query, keep_blank_values=True)), **form}
        hops = int(fields.pop("hops", "0") or 0)
        fault = self.standin.faults.take(service) if not hops else None
        refused = None if hops else self.standin.over_limit(service)
        outcome = fault.value if fault else str(refused.status) if refused else "redirected" if hops > 1 else "answered"
        self.standin.seen(service, parts.path, outcome)
        if fault is not None and self._break(service, fault):
            return
        if refused is not None:
            self._send(refused)
        elif hops > 1 or fault in {FaultOnDemand.REDIRECT_LOOP, FaultOnDemand.REDIRECT_CHAIN}:
            self._send_on(fault, hops)
        else:
            agent = self.headers.get("User-Agent") or ""
            self._send(self.standin.answer(service, parts.path, fields, agent, fault or ""), fault)

    def _send_on(self, fault: FaultOnDemand | None, hops: int) -> None:
        """Redirect: endlessly, or a few times before the answer."""
        bare = self.path.partition("hops=")[0].rstrip("?&")
        left = 99 if fault is FaultOnDemand.REDIRECT_LOOP or hops > _HOPS else (hops - 1 if hops else _HOPS)
        joint = "&" if "?" in bare else "?"
        self._send(Reply(301, b"", "text/plain", (("Location", f"{bare}{joint}hops={left}"),)))

    def _break(self, service: Service, fault: FaultOnDemand) -> bool:
        """Simulate a fault of the connection or of the service; tell whether that completes the request."""
        canned = _canned(service, fault, self.standin.rules.retry_after)
        if canned is not None:
            self._send(canned)
        elif fault is FaultOnDemand.HANG:
            self.close_connection = True
            self.standin.ending.wait(3600)
        elif fault is FaultOnDemand.RESET:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            return False
        return True

    def _send(self, reply: Reply, fault: FaultOnDemand | None = None) -> None:
        body = reply.body[: len(reply.body) // 2] if fault is FaultOnDemand.TRUNCATED else reply.body
        with suppress(OSError):
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            if fault is FaultOnDemand.TRICKLE:
                for at in range(len(body)):
                    if self.standin.ending.wait(_TRICKLE_SECONDS):
                        break
                    self.wfile.write(body[at : at + 1])
                    self.wfile.flush()
            else:
                self.wfile.write(body)

    def _own(self, path: str) -> Reply:
        if path == "/stand-in/requests":
            seen = self.standin.requests
            counts = Counter(request.service.value for request in seen)
            listed = [[request.service, request.target, request.outcome] for request in seen]
            return json_reply(200, {"counts": counts, "requests": listed})
        return Reply(200 if path == "/" else 404, _PAGE, "text/html; charset=UTF-8")

    def _order(self, body: bytes) -> Reply:
        """Process a request for faults: ``{"service": …, "fault": …, "times": 1}``; ``fault`` null: none."""
        try:
            order = read_json(body.decode())
            service = Service(order["service"])
            if order["fault"] is None:
                self.standin.faults.clear(service)
            else:
                times = order.get("times", 1)
                self.standin.faults.add(service, FaultOnDemand(order["fault"]), None if times is None else int(times))
        except (ValueError, KeyError, TypeError) as error:
            return json_reply(400, {"error": f"not a valid request for a fault: {error}"})
        return json_reply(200, {"status": "ok"})


def _canned(  # noqa: PLR0911 - an answer for each fault
    service: Service, fault: FaultOnDemand, retry_after: int
) -> Reply | None:
    """Return the fixed answer of a fault, None for a fault of another kind."""
    match fault:
        case FaultOnDemand.UNAVAILABLE:
            return Reply(503, b"", "text/plain")
        case FaultOnDemand.UNAVAILABLE_FOR:
            return Reply(503, b"", "text/plain", (("Retry-After", str(retry_after)),))
        case FaultOnDemand.LIMITED:
            return _too_many(service)
        case FaultOnDemand.HTML:
            return Reply(200, _PAGE, "text/html; charset=UTF-8")
        case FaultOnDemand.EMPTY:
            return Reply(200, b"", "text/plain")
        case FaultOnDemand.NOT_FOUND if service is Service.MUSICBRAINZ:
            return musicbrainz_xml.error(404, "Not Found")
        case FaultOnDemand.NOT_FOUND:
            return Reply(404, b"not found", "text/plain")
        case FaultOnDemand.INVALID_KEY:
            return acoustid.refusal(400, 4, "invalid API key")
        case FaultOnDemand.TOO_LARGE:
            return acoustid.refusal(413, 19, "request is too large")
        case _:
            return None


def _joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Create a mapping; repeated values are joined by spaces."""
    joined: dict[str, str] = {}
    for name, value in fields:
        joined[name] = f"{joined[name]} {value}" if name in joined else value
    return joined
