"""``passagework doctor`` asks each configured service one real question, over HTTP on loopback."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from passagework.config.settings import load_settings
from passagework.doctor.services import examine_services
from passagework.lookup.rate_limiter import RateLimiter
from passagework.standin import StandIn, StandInCatalogue
from passagework.standin.server import StandInRules
from tests.support.http_server import serving

HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


class Server(ThreadingHTTPServer):
    """Gives everybody one answer, or none until the test ends."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = (200, {}, b"")
        self.asked = []
        self.done = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.server.answer is None:
            self.server.done.wait()
            return
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class calls it so

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture(scope="module")
def server():
    with serving(Server()) as server:
        yield server
        server.done.set()


@pytest.fixture
def ask(tmp_path):
    """Give a function that asks one of the services, or both, at an address, and gives what was found by name."""

    def ask(port, *services, **more):
        overrides = {"identification.gate_folder": str(tmp_path / "gates")}
        for service in services:
            overrides |= {f"{service}.url": f"http://127.0.0.1:{port}", f"{service}.per_second": "1000"}
            overrides[f"{service}.timeout_seconds"] = more.get("timeout", "5")
        if "acoustid" in services:
            overrides["acoustid.key"] = more.get("key", "mine")
        found = {one.what: one for one in examine_services(load_settings(overrides=overrides))}
        assert found.pop("identification").ok
        return found

    return ask


def test_without_configuration_nobody_is_asked(ask):
    assert ask(1) == {}


def test_linking_that_is_switched_off_asks_nobody(tmp_path):
    settings = load_settings(overrides={"link.enabled": "false", "acoustid.key": "mine"})
    assert [one.what for one in examine_services(settings)] == ["identification"]


def test_services_that_answer_are_in_order_and_a_wrong_key_is_named(ask):
    rules = StandInRules(key="mine", acoustid_per_second=0, musicbrainz_per_second=0)
    with StandIn(StandInCatalogue((), (), (), {}), rules) as standin:
        port = standin.acoustid_url.rpartition(":")[2]
        found = ask(port, "acoustid", "musicbrainz")
        assert {name: one.ok for name, one in found.items()} == {"AcoustID": True, "MusicBrainz": True}
        assert found["MusicBrainz"].detail.startswith(f"http://127.0.0.1:{port}/ws/2 answers, after ")
        wrong = ask(port, "acoustid", key="another")["AcoustID"]
        assert not wrong.ok
        assert "it does not accept acoustid.key: copy the key again" in wrong.detail
        assert "another" not in wrong.detail


OTHERS = {
    "a page of a proxy": ((404, {"Content-Type": "text/html"}, HTML), "but not as {} does: look whether the address"),
    "a login page": ((200, {"Content-Type": "text/html"}, HTML), "the login page of a network answers instead"),
    "another address": ((302, {"Location": "http://192.0.2.1/login"}, b""), "but not as {} does"),
    "too many requests": ((429, {"Retry-After": "7"}, b""), "wait for 7 s: {} had too many requests"),
    "maintenance": ((500, {}, b""), "try again later; what imports cannot ask now waits in the library"),
}


def test_an_answer_to_the_fingerprint_that_cannot_be_is_none_of_acoustid(ask, server):
    answer = b'{"status": "ok", "fingerprints": [{"index": "0", "results": [{"id": "mine", "score": 99}]}]}'
    server.answer = (200, {"Content-Type": "application/json"}, answer)
    (found,) = ask(server.server_port, "acoustid").values()
    assert not found.ok
    assert "but not as AcoustID does: look whether the address" in found.detail


@pytest.mark.parametrize("name", ["AcoustID", "MusicBrainz"])
@pytest.mark.parametrize("what", OTHERS)
def test_an_answer_of_something_else_is_said_with_what_to_do(ask, server, what, name):
    server.answer, words = OTHERS[what]
    server.asked.clear()
    (found,) = ask(server.server_port, name.lower()).values()
    assert (found.what, found.ok) == (name, False)
    assert words.format(name) in found.detail
    assert len(server.asked) == 1


def test_a_service_that_does_not_answer_is_not_waited_for(ask, server):
    server.answer = None
    for name in ("AcoustID", "MusicBrainz"):
        (found,) = ask(server.server_port, name.lower(), timeout="0.1").values()
        assert not found.ok
        assert f"no whole answer in time; {name.lower()}.timeout_seconds is 0.1; set more" in found.detail


def test_a_service_that_cannot_be_reached_is_said_with_its_address(ask):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        for name in ("AcoustID", "MusicBrainz"):
            (found,) = ask(port, name.lower()).values()
            assert not found.ok
            assert "no connection: " in found.detail
            assert f"whether this machine has a network, and whether {name.lower()}.url is right (http" in found.detail


def test_the_rate_limit_of_imports_is_kept(ask, server, tmp_path):
    server.asked.clear()
    RateLimiter(tmp_path / "gates", f"127.0.0.1:{server.server_port}", 1.0).hold_off(3_000)
    for name in ("AcoustID", "MusicBrainz"):
        (found,) = ask(server.server_port, name.lower()).values()
        assert not found.ok
        assert "it asked for a pause; wait for " in found.detail
    assert server.asked == []


def test_a_turn_is_not_waited_for_long(ask, server, tmp_path, monkeypatch):
    monkeypatch.setattr("passagework.doctor.services._PATIENCE_SECONDS", -1.0)
    RateLimiter(tmp_path / "gates", f"127.0.0.1:{server.server_port}", 1.0).hold_off(60)
    (found,) = ask(server.server_port, "musicbrainz").values()
    assert (found.ok, found.detail.partition(":")[0]) == (True, "not asked now")


def test_a_rate_limit_that_cannot_be_kept_is_said(ask, server, tmp_path):
    (tmp_path / "gates").write_text("")
    (found,) = ask(server.server_port, "musicbrainz").values()
    assert not found.ok
    assert "cannot be used to limit the request rate" in found.detail
