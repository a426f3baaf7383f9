import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import musicbrainzngs
import pytest

from passagework.domain.ids import Mbid
from passagework.lookup.answer_limits import MOST_LISTED
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.answer import read_release
from passagework.lookup.musicbrainz.client import MusicBrainzClient
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.rate_limiter import RateLimiter, WaitCancelledError
from tests.support.http_server import serving

ANSWERS = Path(__file__).with_name("musicbrainz_answers")
RELEASE = Mbid("aaaaaaaa-0000-4000-8000-000000000001")
RECORDING = Mbid("ffffffff-0000-4000-8000-000000000001")
GROUP = Mbid("cccccccc-0000-4000-8000-000000000001")
MERGED = Mbid("12345678-0000-4000-8000-000000000001")
XML = "application/xml; charset=utf-8"
ERROR = b'<?xml version="1.0" encoding="UTF-8"?><error><text>%s</text><text>For usage, see the docs</text></error>'
TOO_MANY = b"Your requests are exceeding the allowable rate limit (22.3, limit is 22.0 per 20 seconds)."
ARTIST = b'<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#"><artist/></metadata>'


@dataclass
class CountingLimiter:
    """Lets everything pass at once, and keeps what it was asked."""

    passes: int = 0
    pauses: list[float] = field(default_factory=list)

    def pass_through(self, cancelled=None):
        if cancelled is not None and cancelled():
            raise WaitCancelledError
        self.passes += 1

    def hold_off(self, seconds):
        self.pauses.append(seconds)


@dataclass
class Served:
    """One answer of the server, told by status, headers and body, or by a function that writes to the socket."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    write: object = None


class Server(ThreadingHTTPServer):
    """Answers on loopback with what the test gives it, by path, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.agents = []
        self.answers = {}
        self.done = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """The client hangs up on purpose in these tests."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.agents.append(self.headers["User-Agent"])
        served = self.server.answers.get(urlsplit(self.path).path, Served(ERROR % b"Not Found", 404))
        if callable(served):
            served = served(len(self.server.asked))
        if served.write is not None:
            served.write(self.connection, self.server.done)
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(served.status)
        for name, value in ({"Content-Type": XML, "Content-Length": str(len(served.body))} | served.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(served.body)

    def log_message(self, *args):
        """Stay silent."""


@pytest.fixture
def server():
    with serving(Server()) as server:
        yield server
        server.done.set()


@pytest.fixture
def limiter():
    return CountingLimiter()


@pytest.fixture
def client(server, limiter):
    return MusicBrainzClient(MusicBrainzSettings(server.url, timeout_seconds=5.0), limiter)


def answer(name):
    return Served((ANSWERS / name).read_bytes())


def fault_of(ask):
    with pytest.raises(LookupFault) as caught:
        ask()
    return caught.value


def query_of(path):
    return parse_qs(urlsplit(path).query)


RELEASE_PATH = f"/ws/2/release/{RELEASE}"


def test_an_album_costs_one_request_that_asks_for_all_its_links(server, client, limiter):
    server.answers[RELEASE_PATH] = answer("release.xml")
    answered = client.release(RELEASE)
    assert answered.value.title == "Tides and Other Pieces"
    assert answered.raw == answer("release.xml").body
    assert answered.url == server.url + server.asked[0]
    assert (len(server.asked), limiter.passes) == (1, 1)
    assert query_of(server.asked[0])["inc"][0].split() == [
        "artist-credits",
        "recordings",
        "media",
        "labels",
        "release-groups",
        "isrcs",
        "recording-level-rels",
        "work-rels",
        "work-level-rels",
        "artist-rels",
    ]


def test_the_raw_answer_reads_the_same_later(server, client):
    server.answers[RELEASE_PATH] = answer("release.xml")
    answered = client.release(RELEASE)
    assert read_release(answered.raw, RELEASE) == answered.value


def test_a_recording_is_looked_up_with_its_works(server, client):
    server.answers[f"/ws/2/recording/{RECORDING}"] = answer("recording.xml")
    assert client.recording(RECORDING).value.title == "Ebb"
    assert "work-level-rels" in query_of(server.asked[0])["inc"][0].split()


def test_the_releases_of_a_group_come_in_pages_without_tracks(server, client):
    server.answers["/ws/2/release/"] = answer("releases.xml")
    page = client.releases_of_group(GROUP, offset=100).value
    assert (len(page.releases), page.total) == (2, 130)
    asked = query_of(server.asked[0])
    assert (asked["release-group"], asked["limit"], asked["offset"]) == ([GROUP], ["100"], ["100"])
    assert "media" in asked["inc"][0].split()
    assert "recordings" not in asked["inc"][0].split()


def test_the_releases_of_a_recording_come_with_all_that_a_lookup_gives(server, client):
    server.answers["/ws/2/release/"] = answer("releases.xml")
    server.answers[RELEASE_PATH] = answer("release.xml")
    client.releases_of_recording(RECORDING)
    client.release(RELEASE)
    browsed, looked_up = (query_of(path) for path in server.asked)
    assert browsed["recording"] == [RECORDING]
    assert browsed["inc"] == looked_up["inc"]


def test_many_recordings_are_searched_at_once(server, client):
    server.answers["/ws/2/recording/"] = answer("found.xml")
    wanted = [Mbid(f"ffffffff-0000-4000-8000-{number:012}") for number in range(MOST_LISTED)]
    found = client.search_recordings(wanted).value
    assert [one.recording.title for one in found] == ["Ebb", "Flood"]
    asked = query_of(server.asked[0])
    assert asked["query"] == [f"rid:({' OR '.join(wanted)})"]
    assert asked["limit"] == ["100"]
    assert len(server.asked) == 1


@pytest.mark.parametrize("number", [0, 101])
def test_a_search_for_no_or_too_many_recordings_is_the_callers_mistake(client, number):
    with pytest.raises(ValueError, match="1 to 100"):
        client.search_recordings([RECORDING] * number)


def test_text_from_tags_is_searched_as_words_and_never_as_a_query(server, client):
    server.answers["/ws/2/release/"] = answer("releases.xml")
    client.search_releases("AC/DC OR *:*", "Tides\x00 (live)\udc80", 12)
    assert query_of(server.asked[0])["query"] == [r"artist:(ac\/dc or \*\:\*) release:(tides \(live\)\?) tracks:(12)"]


def test_a_search_for_nothing_is_the_callers_mistake(client):
    with pytest.raises(ValueError, match="artist or a title"):
        client.search_releases(" ", "\0", 12)


@pytest.mark.parametrize("mbid", ["", "../artist", RELEASE.upper(), RELEASE + "?inc=x", "a OR b"])
def test_what_is_no_id_is_refused_before_any_request(server, client, mbid):
    for ask in (client.release, client.recording, client.releases_of_group, client.releases_of_recording):
        assert fault_of(lambda ask=ask: ask(mbid)).kind is FaultKind.REFUSED
    assert fault_of(lambda: client.search_recordings([mbid])).kind is FaultKind.REFUSED
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_merged_id_is_followed_and_both_requests_pass_the_limiter(server, client, limiter, status):
    moved = f"/ws/2/release/{MERGED}"
    server.answers[moved] = lambda _: Served(b"", status, {"Location": f"{RELEASE_PATH}?inc=media"})
    server.answers[RELEASE_PATH] = answer("release.xml")
    answered = client.release(MERGED)
    assert (answered.value.mbid, answered.value.asked_as) == (RELEASE, MERGED)
    assert answered.url == f"{server.url}{RELEASE_PATH}?inc=media"
    assert limiter.passes == 2


def test_a_redirect_that_forgets_the_includes_keeps_ours(server, client):
    server.answers[f"/ws/2/release/{MERGED}"] = Served(b"", 301, {"Location": f"{server.url}{RELEASE_PATH}"})
    server.answers[RELEASE_PATH] = answer("release.xml")
    client.release(MERGED)
    assert query_of(server.asked[0]) == query_of(server.asked[1])


def test_a_redirect_in_circles_ends(server, client, limiter):
    server.answers[RELEASE_PATH] = Served(b"", 301, {"Location": RELEASE_PATH})
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.UNREADABLE
    assert limiter.passes == len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://login.example/portal",
        "//127.0.0.1:1/ws/2/release/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://[broken",
        "https://other.example/ws/2",
        "https://me:hunter2@other.example/ws/2",
    ],
)
def test_a_redirect_to_another_place_is_not_followed(server, client, limiter, location):
    server.answers[RELEASE_PATH] = Served(b"", 302, {"Location": location})
    fault = fault_of(lambda: client.release(RELEASE))
    assert fault.kind is FaultKind.UNREADABLE
    assert "hunter2" not in fault.detail
    assert limiter.passes == 1


@pytest.mark.parametrize(
    ("served", "kind", "detail"),
    [
        (Served(ERROR % b"Not Found", 404), FaultKind.NOT_FOUND, "HTTP 404: Not Found"),
        (Served(b"", 404), FaultKind.NOT_FOUND, "HTTP 404: Not Found"),
        (Served(b"<html>", 404, {"Content-Type": "text/html"}), FaultKind.UNREADABLE, "HTTP 404: Not Found"),
        (Served(ERROR % b"x is not a valid inc parameter", 400), FaultKind.REFUSED, "HTTP 400: x is not a valid inc"),
        (Served(b"", 403), FaultKind.REFUSED, "HTTP 403"),
        (Served(ERROR % TOO_MANY, 503), FaultKind.LIMITED, "HTTP 503: Your requests are exceeding"),
        (Served(b"", 503, {"X-RateLimit-Remaining": "0"}), FaultKind.LIMITED, "HTTP 503"),
        (Served(b"", 429), FaultKind.LIMITED, "HTTP 429"),
        (Served(b"<html>", 503), FaultKind.UNAVAILABLE, "HTTP 503"),
        (Served(b"", 500), FaultKind.UNAVAILABLE, "HTTP 500"),
        (Served(b"", 502), FaultKind.UNAVAILABLE, "HTTP 502"),
        (Served(b"", 408), FaultKind.UNAVAILABLE, "HTTP 408"),
        (Served(b"<metadata/>" + b" " * 100_000, 503, {"Content-Length": "999999"}), FaultKind.UNAVAILABLE, "HTTP 503"),
        (Served(b"<!DOCTYPE html><p>Down<p>"), FaultKind.UNREADABLE, "no XML"),
        (Served(b""), FaultKind.UNREADABLE, "no XML"),
        (Served(b"<metadata>", headers={"Content-Length": "5000"}), FaultKind.UNREADABLE, "4990 bytes early"),
        (Served(b"<metadata><release", headers={}), FaultKind.UNREADABLE, "no XML"),
    ],
)
def test_every_kind_of_bad_answer_is_named_after_one_request(server, client, limiter, served, kind, detail):
    server.answers[RELEASE_PATH] = served
    fault = fault_of(lambda: client.release(RELEASE))
    assert (fault.service, fault.kind) == ("musicbrainz", kind)
    assert detail in fault.detail
    assert fault.retry_after is None
    assert limiter.passes == len(server.asked) == 1


NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("2.5", 2.5),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Fri, 31 Feb 2026 25:00:00 GMT", None),
        (f"Fri, 13 Feb 2026 12:00:{'9' * 30} GMT", None),
        ("soon", None),
        ("-5", None),
        ("1e400", None),
        ("nan", None),
    ],
)
@pytest.mark.parametrize(("status", "kind"), [(429, FaultKind.LIMITED), (503, FaultKind.UNAVAILABLE)])
def test_the_pause_that_the_server_asks_for_reaches_the_limiter(
    server, client, limiter, status, kind, written, seconds
):
    def write(connection, _):
        head = f"HTTP/1.1 {status} No\r\nDate: {format_datetime(NOW, usegmt=True)}\r\nRetry-After: {written}\r\n\r\n"
        connection.sendall(head.encode())

    server.answers[RELEASE_PATH] = Served(write=write)
    fault = fault_of(lambda: client.release(RELEASE))
    assert (fault.kind, fault.retry_after) == (kind, seconds)
    assert limiter.pauses == ([] if seconds is None else [seconds])


def hang(_, done):
    done.wait(20)


def hang_in_the_middle(connection, done):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<meta")
    done.wait(20)


def trickle_body(connection, done):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    with contextlib.suppress(OSError):
        while not done.wait(0.02):
            connection.sendall(b" ")


def trickle_head(connection, done):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(OSError):
        while not done.wait(0.02):
            connection.sendall(b"X-Padding: x\r\n")


def trickle_error(connection, done):
    connection.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 100000\r\n\r\n")
    with contextlib.suppress(OSError):
        while not done.wait(0.02):
            connection.sendall(b" ")


@pytest.mark.parametrize("write", [hang, hang_in_the_middle, trickle_body, trickle_head])
def test_an_answer_that_is_not_whole_in_time_is_given_up(server, limiter, write):
    client = MusicBrainzClient(MusicBrainzSettings(server.url, timeout_seconds=0.3), limiter)
    server.answers[RELEASE_PATH] = Served(write=write)
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.TIMEOUT
    assert limiter.passes == 1


def test_an_error_whose_text_trickles_is_known_by_its_status(server, limiter):
    client = MusicBrainzClient(MusicBrainzSettings(server.url, timeout_seconds=0.3), limiter)
    server.answers[RELEASE_PATH] = Served(write=trickle_error)
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.UNAVAILABLE


def reset(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def hang_up(_connection, _done):
    """Say nothing and close."""


def babble(connection, _):
    connection.sendall(b"220 mail.example ESMTP\r\n\r\n")


def break_chunks(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello")


def endless(connection, done):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        while not done.is_set():
            connection.sendall(b" " * 65536)


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (reset, FaultKind.UNREACHABLE),
        (hang_up, FaultKind.UNREACHABLE),
        (babble, FaultKind.UNREADABLE),
        (break_chunks, FaultKind.UNREADABLE),
        (endless, FaultKind.TOO_LARGE),
    ],
)
def test_a_connection_that_breaks_or_speaks_otherwise_is_named(server, client, limiter, write, kind):
    server.answers[RELEASE_PATH] = Served(write=write)
    assert fault_of(lambda: client.release(RELEASE)).kind is kind
    assert limiter.passes == 1


def test_nobody_at_the_address_is_unreachable(limiter):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = MusicBrainzClient(MusicBrainzSettings(f"http://127.0.0.1:{unused.getsockname()[1]}"), limiter)
        assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.UNREACHABLE


def test_a_server_without_tls_is_unreachable_by_https(server, limiter):
    address = server.url.replace("http:", "https:")
    client = MusicBrainzClient(MusicBrainzSettings(address, timeout_seconds=5.0), limiter)
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.UNREACHABLE


@pytest.fixture
def certificate(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is needed to make a certificate")
    both = tmp_path / "both.pem"
    order = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([openssl, *order.split(), "-keyout", both, "-out", both], check=True, capture_output=True)
    return both


@pytest.fixture
def tls_server(server, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


@pytest.mark.slow
def test_a_server_whose_certificate_is_trusted_is_asked_by_https(tls_server, limiter, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls_server.answers[RELEASE_PATH] = answer("release.xml")
    tls_server.answers[f"/ws/2/release/{MERGED}"] = Served(write=trickle_body)
    client = MusicBrainzClient(
        MusicBrainzSettings(tls_server.url.replace("http:", "https:"), timeout_seconds=0.5), limiter
    )
    assert client.release(RELEASE).value.mbid == RELEASE
    assert fault_of(lambda: client.release(MERGED)).kind is FaultKind.TIMEOUT


def test_a_server_whose_certificate_nobody_vouches_for_is_not_asked(tls_server, limiter):
    client = MusicBrainzClient(MusicBrainzSettings(tls_server.url.replace("http:", "https:")), limiter)
    fault = fault_of(lambda: client.release(RELEASE))
    assert fault.kind is FaultKind.UNREACHABLE
    assert "CERTIFICATE_VERIFY_FAILED" in fault.detail
    assert tls_server.asked == []


def test_an_address_may_move_to_https_but_not_back(server, client, limiter):
    server.answers[RELEASE_PATH] = Served(b"", 301, {"Location": f"https://127.0.0.1:1{RELEASE_PATH}"})
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.UNREACHABLE
    assert limiter.passes == 2


@pytest.mark.slow
def test_no_redirect_leaves_https(tls_server, limiter, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls_server.answers[RELEASE_PATH] = Served(b"", 301, {"Location": tls_server.url + RELEASE_PATH})
    client = MusicBrainzClient(MusicBrainzSettings(tls_server.url.replace("http:", "https:")), limiter)
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.UNREADABLE
    assert limiter.passes == 1


def test_a_mirror_that_answers_lookups_and_no_search_lacks_the_capability(server, client):
    server.answers[RELEASE_PATH] = answer("release.xml")
    server.answers["/ws/2/recording/"] = Served(ERROR % b"Search server down", 503)
    client.release(RELEASE)
    fault = fault_of(lambda: client.search_recordings([RECORDING]))
    assert (fault.kind, fault.outage) == (FaultKind.NO_CAPABILITY, False)
    assert len(server.asked) == 2


def test_a_mirror_that_was_only_searched_is_tried_once_with_a_lookup(server, client, limiter):
    server.answers["/ws/2/artist/89ad4ac3-39f7-470e-963a-56509c546377"] = Served(ARTIST)
    server.answers["/ws/2/release/"] = Served(b"", 503)
    for asked in (2, 3):
        assert fault_of(lambda: client.search_releases("a", "b")).kind is FaultKind.NO_CAPABILITY
        assert len(server.asked) == limiter.passes == asked


def test_a_mirror_that_answers_nothing_has_an_outage(server, client):
    down = Served(b"", 503)
    server.answers["/ws/2/artist/89ad4ac3-39f7-470e-963a-56509c546377"] = down
    server.answers["/ws/2/release/"] = down
    assert fault_of(lambda: client.search_releases("a", "b")).kind is FaultKind.UNAVAILABLE


@pytest.mark.parametrize(
    ("served", "kind"),
    [
        (Served(ERROR % TOO_MANY, 503), FaultKind.LIMITED),
        (Served(b"", 503, {"Retry-After": "3"}), FaultKind.UNAVAILABLE),
        (Served(ERROR % b"bad query", 400), FaultKind.REFUSED),
    ],
)
def test_a_search_that_fails_for_a_moment_is_no_missing_capability(server, client, served, kind):
    server.answers[RELEASE_PATH] = answer("release.xml")
    server.answers["/ws/2/release/"] = served
    client.release(RELEASE)
    assert fault_of(lambda: client.search_releases("a", "b")).kind is kind


def test_the_public_server_has_a_search_that_is_down_at_times(server, limiter, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.answers[RELEASE_PATH] = answer("release.xml")
    server.answers["/ws/2/release/"] = Served(ERROR % b"Search server down", 503)
    client = MusicBrainzClient(MusicBrainzSettings("http://musicbrainz.org", contact="a@example.org"), limiter)
    client.release(RELEASE)
    assert server.asked[0].startswith("http://musicbrainz.org/ws/2/release/"), "asked through the proxy"
    assert fault_of(lambda: client.search_releases("a", "b")).kind is FaultKind.UNAVAILABLE


@pytest.mark.parametrize("contact", [None, "", " \n"])
@pytest.mark.parametrize("host", ["musicbrainz.org", "beta.musicbrainz.org", "MusicBrainz.org:443"])
def test_the_public_server_is_not_asked_without_a_contact(limiter, host, contact):
    client = MusicBrainzClient(MusicBrainzSettings(f"https://{host}", contact=contact), limiter)
    assert fault_of(lambda: client.release(RELEASE)).kind is FaultKind.NO_CONTACT
    assert limiter.passes == 0


def test_the_user_agent_names_program_version_and_contact(server, limiter):
    server.answers[RELEASE_PATH] = answer("release.xml")
    for contact in ("a@example.org", "evil\r\nX-Header: é", None):
        MusicBrainzClient(MusicBrainzSettings(server.url, contact=contact), limiter).release(RELEASE)
    program = server.agents[2]
    assert program.startswith("Passagework/")
    assert server.agents[:2] == [f"{program} ( a@example.org )", f"{program} ( evil X-Header: ? )"]


def test_a_mirror_may_serve_below_another_path(server, limiter):
    server.answers[f"/mirror/api/release/{RELEASE}"] = answer("release.xml")
    client = MusicBrainzClient(MusicBrainzSettings(server.url, path="/mirror/api/"), limiter)
    assert client.release(RELEASE).value.mbid == RELEASE


@pytest.mark.parametrize("address", ["musicbrainz.org", "ftp://musicbrainz.org", "https://", "file:///etc/passwd"])
def test_an_address_that_is_no_web_server_is_refused_at_once(address):
    with pytest.raises(ValueError, match="not the address"):
        MusicBrainzSettings(address)


def test_who_cancels_sends_nothing_more(server, limiter):
    server.answers[RELEASE_PATH] = answer("release.xml")
    client = MusicBrainzClient(MusicBrainzSettings(server.url), limiter, cancelled=lambda: True)
    with pytest.raises(WaitCancelledError):
        client.release(RELEASE)
    assert server.asked == []


def test_the_gate_of_the_machine_fits(server, tmp_path, monkeypatch):
    def sleep(_seconds):
        pytest.fail("the library's own limiter waited too")

    monkeypatch.setattr("musicbrainzngs.musicbrainz.time.sleep", sleep)
    server.answers[RELEASE_PATH] = answer("release.xml")
    waits = []
    limiter = RateLimiter(tmp_path, "127.0.0.1", 50.0, sleep=waits.append, clock=lambda: 100.0 + sum(waits))
    client = MusicBrainzClient(MusicBrainzSettings(server.url), limiter)
    for _ in range(3):
        client.release(RELEASE)
    assert sum(waits) == pytest.approx(0.06)


def test_two_clients_and_the_hosts_own_library_keep_their_settings(server, limiter):
    before = (
        musicbrainzngs.musicbrainz.hostname,
        musicbrainzngs.musicbrainz._useragent,
        musicbrainzngs.musicbrainz.do_rate_limit,
        musicbrainzngs.musicbrainz.parser_fun,
        musicbrainzngs.musicbrainz._safe_read,
        list(musicbrainzngs.musicbrainz.VALID_BROWSE_INCLUDES["release"]),
    )
    server.answers[RELEASE_PATH] = answer("release.xml")
    server.answers["/ws/2/release/"] = answer("releases.xml")
    first = MusicBrainzClient(MusicBrainzSettings(server.url), limiter)
    MusicBrainzClient(MusicBrainzSettings("http://127.0.0.1:1"), limiter)
    first.release(RELEASE)
    first.releases_of_recording(RECORDING)
    assert len(server.asked) == 2
    assert before == (
        musicbrainzngs.musicbrainz.hostname,
        musicbrainzngs.musicbrainz._useragent,
        musicbrainzngs.musicbrainz.do_rate_limit,
        musicbrainzngs.musicbrainz.parser_fun,
        musicbrainzngs.musicbrainz._safe_read,
        musicbrainzngs.musicbrainz.VALID_BROWSE_INCLUDES["release"],
    )
