"""Hostile and odd requests: each is refused with a status, a stable code and JSON, and the service goes on."""

import socket

import pytest

from passagework.service.tokens import make_token
from tests.service.conftest import unix


def raw(served, *pieces, end=True):
    """Send bytes over a connection, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", served.service.port), 20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if end:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := connection.recv(65_536):
            found += piece
        return found


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"Host": "evil.example"}, "host-refused", 403),
        ({"Host": "evil.example:80"}, "host-refused", 403),
        ({"Host": "127.0.0.1.evil.example"}, "host-refused", 403),
        ({"Host": ""}, "host-refused", 403),
        ({"Origin": "http://evil.example"}, "origin-refused", 403),
        ({"Origin": "null"}, "origin-refused", 403),
        ({"Origin": "http://localhost:3000"}, "origin-refused", 403),
        ({"Sec-Fetch-Site": "cross-site"}, "origin-refused", 403),
        ({"Sec-Fetch-Site": "same-site"}, "origin-refused", 403),
    ],
)
def test_a_page_of_another_site_gets_nothing(client, headers, code, status):
    for path in ("/api/1/passages", "/health", "/api/1/events"):
        answer = client.ask("GET", path, **headers)
        assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1:5723", "[::1]:5723", "192.168.1.7"])
def test_own_names_and_addresses_are_answered(client, host):
    assert client.get("/health", Host=host).status == 200
    assert client.get("/health", Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin").status == 200


def test_no_answer_invites_other_sites(client):
    answer = client.ask("OPTIONS", "/api/1/runs", Origin="http://evil.example", Access_Control_Request_Method="POST")
    assert answer.status == 403
    assert not [name for name in client.get("/health").headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""]
)
def test_what_changes_something_takes_json_alone(client, kind):
    answer = client.ask("POST", "/api/1/runs", b"{}", Content_Type=kind)
    assert (answer.status, answer.code) == (415, "request-not-json")


def test_a_large_body_is_refused_by_its_length_and_without_one(client, served):
    assert client.ask("POST", "/api/1/runs", b"x" * 70_000).status == 413
    head = b"POST /api/1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    answer = raw(served, head, *(b"4000\r\n" + b" " * 0x4000 + b"\r\n" for _ in range(5)), end=False)
    assert b" 413 " in answer.partition(b"\r\n")[0]


def test_long_paths_and_headers_are_refused(client, served):
    assert client.get("/api/1/passages?text=" + "x" * 9_000).code == "request-too-large"
    answer = raw(served, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 40_000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"request-invalid"' in answer


@pytest.mark.parametrize(
    "bytes_", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100]
)
def test_what_is_no_http_is_refused(served, bytes_):
    assert raw(served, bytes_).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"\xff",
        b'{"roots": "x"}',
        b'{"unknown": 1}',
        b'{"reanalyze": NaN}',
        b"[" * 30_000,
        b'{"roots": []}',
    ],
)
def test_a_body_that_is_not_as_it_should_be_changes_nothing(client, served, body):
    answer = client.ask("POST", "/api/1/runs", body)
    assert (answer.status, answer.code) == (400, "request-invalid")
    assert len(served.importer.library.runs()) == 1


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=1e3",
        "limit=1&limit=2",
        "nothing=1",
        "all=yes",
        "text=%00",
        "text=%ff",
        "leave_out=x",
        "limit=-1",
    ],
)
def test_a_query_that_is_not_as_it_should_be_is_refused(client, query):
    assert client.get(f"/api/1/passages?{query}").code == "request-invalid"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/1/passages/",
        "/api/1/../../etc/passwd",
        "/api/1/passages/..%2f..%2fetc%2fpasswd",
        "/api/1/file/x",
        "//health",
    ],
)
def test_other_paths_lead_nowhere(client, path):
    assert client.get(path).status in {400, 404}


def test_a_path_says_which_methods_it_has(client):
    answer = client.ask("DELETE", "/api/1/runs")
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "method-refused", "GET, HEAD, POST")


def test_folders_outside_of_the_roots_are_not_imported(client, served, tmp_path):
    (served.root / "way-out").symlink_to(tmp_path)
    try:
        for folder in ("/", str(tmp_path), f"{served.root}/..", f"{served.root}x", str(served.root / "way-out")):
            answer = client.post("/api/1/runs", {"roots": [folder]})
            assert (answer.status, answer.code) == (403, "outside-roots")
        assert client.post("/api/1/runs", {"roots": ["relative"]}).code == "request-invalid"
        assert client.post("/api/1/runs", {"roots": ["/a\0b"]}).code == "request-invalid"
    finally:
        (served.root / "way-out").unlink()


def test_the_token_is_needed_over_tcp_and_not_on_the_socket(serve_folder, music, tmp_path):
    token = make_token(tmp_path / "token")
    served = serve_folder(music, import_it=False, **{"serve.token_file": str(tmp_path / "token")})
    assert served.client.get("/health").status == 200
    for given in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": f"Bearer {token}x"},
    ):
        answer = served.client.ask("GET", "/api/1/library", **given)
        assert (answer.status, answer.code) == (401, "token-wrong")
    assert served.client.get("/api/1/library", Authorization=f"Bearer {token}").status == 200
    assert unix(served.socket).get("/api/1/library").status == 200
    assert served.socket.stat().st_mode & 0o777 == 0o600


def test_a_defect_is_a_problem_without_a_traceback(client, served, monkeypatch):
    monkeypatch.setattr(served.stage.board, "now_json", lambda: 1 / 0)
    answer = client.get("/api/1/now")
    assert (answer.status, answer.code) == (500, "internal-error")
    assert b"Zero" not in answer.body


def test_a_request_that_does_not_arrive_is_given_up(served):
    guard = served.service._guard
    guard.request_seconds = 0.05
    try:
        for pieces in (
            [b"GET /health HT"],
            [],
            [b"POST /api/1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"],
        ):
            raw(served, *pieces, end=False)
    finally:
        guard.request_seconds = 10.0


def test_one_connection_too_many_is_told_to_come_back(served):
    guard = served.service._guard
    before, guard.most = guard.most, 0
    try:
        answer = raw(served, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    finally:
        guard.most = before
    assert b" 503 " in answer.partition(b"\r\n")[0]
    assert b"retry-after: 1" in answer


def test_one_request_too_many_is_told_to_come_back(client, served):
    pool = served.stage.pool
    pool.busy += 1_000
    try:
        answer = client.get("/api/1/library")
    finally:
        pool.busy -= 1_000
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "service-busy", "1")
