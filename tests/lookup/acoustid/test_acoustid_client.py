import gzip
import json
import logging
import pickle
import socket
import sys
import threading
import time
import traceback
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from passagework.lookup.acoustid.answer import read_results
from passagework.lookup.acoustid.client import (
    AcoustidClient,
    FingerprintQuery,
    ItemAnswered,
    ItemRejected,
    ItemUnanswered,
)
from passagework.lookup.acoustid.service import read_stored
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.answer_limits import LARGEST_ANSWER
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.rate_limiter import RateLimiter, WaitCancelledError

KEY = "s3cretKey"
RECORDING = "0000000a-0000-4000-8000-000000000000"


def result_for(fingerprint):
    return [
        {
            "id": f"track-{fingerprint}",
            "score": 0.9,
            "recordings": [{"id": RECORDING.upper(), "title": "T", "sources": 3}],
        }
    ]


def answer_to(form, index=int, leave_out=()):
    places = [name.split(".")[1] for name in form if name.startswith("fingerprint.")]
    items = [
        {"index": index(place), "results": result_for(form[f"fingerprint.{place}"])}
        for place in places
        if form[f"fingerprint.{place}"] not in leave_out
    ]
    return {"status": "ok", "fingerprints": items}


def error_of(code, message):
    return json.dumps({"status": "error", "error": {"code": code, "message": message}}).encode()


class Service:
    """Answers on loopback with what ``reply`` makes of a form, or leaves the connection to ``raw``."""

    def __init__(self):
        self.requests = []
        self.headers = []
        self.paths = []
        self.started = []
        self.reply = lambda form: (200, {}, json.dumps(answer_to(form)).encode())
        self.raw = None
        self.release = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                service.started.append(time.monotonic())
                body = self.rfile.read(int(self.headers["Content-Length"]))
                form = dict(parse_qsl(gzip.decompress(body).decode(), strict_parsing=True))
                service.requests.append(form)
                service.headers.append(self.headers)
                service.paths.append(self.path)
                if service.raw is not None:
                    service.raw(self.connection, service.release)
                    self.close_connection = True
                    return
                status, headers, content = service.reply(form)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_):
                """Clients that hang up in the middle are what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v2/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def service():
    with Service() as service:
        yield service


@pytest.fixture
def limiter(tmp_path):
    return RateLimiter(tmp_path, "127.0.0.1", 1000.0)


@pytest.fixture
def client_of(service, limiter):
    def build(key=KEY, **settings):
        settings = {"base_url": service.url, "timeout_seconds": 5.0, **settings}
        return AcoustidClient(AcoustidSettings(key=key, **settings), limiter)

    return build


def queries(*names, wider=False):
    return [FingerprintQuery(name, 200.4, wider) for name in names]


def fault_of(client, names=("A",)):
    with pytest.raises(LookupFault) as caught:
        client.look_up(queries(*names))
    fault = caught.value
    assert fault.service == "acoustid"
    everything = "".join(traceback.format_exception(fault)) + repr(fault) + str(fault)
    assert KEY not in everything
    assert fault.__cause__ is None
    assert fault.__context__ is None
    assert "\n" not in str(fault)
    return fault


def ids(answers):
    return [item.answer.results[0].acoustid for item in answers]


def test_a_batch_is_one_packed_request_and_its_answers_come_in_order(service, client_of):
    names = [chr(ord("A") + one) for one in range(10)]
    answers = client_of().look_up(queries(*names))
    assert ids(answers) == [f"track-{name}" for name in names]
    (form,) = service.requests
    assert form["client"] == KEY
    assert form["batch"] == "1"
    assert form["meta"] == "recordings releasegroups releases tracks compress sources"
    assert form["duration.3"] == "200"
    assert form["fingerprint.3"] == "D"
    assert "maxdurationdiff" not in form
    assert service.paths == ["/v2/lookup"]
    assert service.headers[0]["Content-Encoding"] == "gzip"
    assert service.headers[0]["User-Agent"].startswith("Passagework/")


def test_what_is_kept_of_an_item_reads_the_same_and_does_not_depend_on_its_place(client_of):
    first, second = client_of().look_up(queries("A", "B"))
    (alone,) = client_of().look_up(queries("B"))
    assert alone.raw == second.raw
    assert read_results(json.loads(second.raw)["results"]) == second.answer
    assert first.raw != second.raw


def test_more_than_a_batch_goes_in_several_requests(service, client_of):
    answers = client_of(batch=4).look_up(queries(*"ABCDEFGHIJ"))
    assert ids(answers) == [f"track-{name}" for name in "ABCDEFGHIJ"]
    assert [sum(name.startswith("fingerprint.") for name in form) for form in service.requests] == [4, 4, 2]


def test_nothing_to_ask_asks_nothing(service, client_of):
    assert client_of(key="").look_up([]) == ()
    assert service.requests == []


def test_wider_queries_go_apart_because_the_width_belongs_to_a_request(service, client_of):
    mixed = [*queries("A"), *queries("B", wider=True), *queries("C")]
    assert ids(client_of().look_up(mixed)) == ["track-A", "track-B", "track-C"]
    assert [form.get("maxdurationdiff") for form in service.requests] == [None, "15"]
    assert service.requests[1]["fingerprint.0"] == "B"


@pytest.mark.parametrize("index", [int, str])
def test_answers_are_matched_by_index_however_it_is_written_and_ordered(service, client_of, index):
    def reply(form):
        answer = answer_to(form, index=index)
        answer["fingerprints"].reverse()
        return 200, {}, json.dumps(answer).encode()

    service.reply = reply
    assert ids(client_of().look_up(queries(*"ABC"))) == ["track-A", "track-B", "track-C"]


def test_an_index_left_out_is_a_rejection_and_an_empty_result_is_a_no_match(service, client_of):
    def reply(form):
        answer = answer_to(form, leave_out={"A"})
        answer["fingerprints"][0]["results"] = []
        return 200, {}, json.dumps(answer).encode()

    service.reply = reply
    left_out, unknown = client_of().look_up(queries("A", "B"))
    assert isinstance(left_out, ItemRejected)
    assert isinstance(unknown, ItemAnswered)
    assert unknown.answer.results == ()
    assert unknown.raw == b'{"results":[]}'


@pytest.mark.parametrize(
    "query",
    [
        FingerprintQuery("", 100),
        FingerprintQuery("Ä", 100),
        FingerprintQuery("\udc80", 100),
        FingerprintQuery("A", 0),
        FingerprintQuery("A", -1),
        FingerprintQuery("A", float("nan")),
        FingerprintQuery("A", float("inf")),
    ],
)
def test_what_is_no_fingerprint_or_no_length_is_rejected_without_a_request(service, client_of, query):
    rejected, answered = client_of().look_up([query, *queries("B")])
    assert isinstance(rejected, ItemRejected)
    assert ids([answered]) == ["track-B"]
    assert len(service.requests) == 1
    assert isinstance(client_of().look_up([query])[0], ItemRejected)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "status_and_body", [(413, b"<html>"), (413, error_of(19, "too large")), (400, error_of(19, ""))]
)
def test_a_batch_too_large_is_halved_and_the_smaller_size_is_remembered(service, client_of, status_and_body):
    status, body = status_and_body

    def reply(form):
        if "fingerprint.3" in form:
            return status, {}, body
        return 200, {}, json.dumps(answer_to(form)).encode()

    service.reply = reply
    client = client_of()
    names = "ABCDEFGHIJ"
    assert ids(client.look_up(queries(*names))) == [f"track-{name}" for name in names]
    assert client.batch == 3
    before = len(service.requests)
    assert ids(client.look_up(queries(*names))) == [f"track-{name}" for name in names]
    assert len(service.requests) - before == 4


def test_a_single_item_too_large_for_the_server_is_refused(service, client_of):
    service.reply = lambda _: (413, {}, b"")
    (refused,) = client_of().look_up(queries("A"))
    assert refused.fault.kind is FaultKind.REFUSED
    assert not refused.fault.outage


def test_an_answer_beyond_all_bounds_is_cut_off_and_asked_for_in_halves(service, client_of):
    bomb = gzip.compress(b" " * (LARGEST_ANSWER + 1))

    def reply(form):
        if "fingerprint.1" in form:
            return 200, {"Content-Encoding": "gzip"}, bomb
        return 200, {}, json.dumps(answer_to(form)).encode()

    service.reply = reply
    assert ids(client_of().look_up(queries("A", "B"))) == ["track-A", "track-B"]


def test_an_answer_that_inflates_a_thousandfold_takes_little_memory(service, client_of, monkeypatch):
    monkeypatch.setattr("passagework.lookup.acoustid.transport.LARGEST_ANSWER", 1_000_000)
    bomb = gzip.compress(bytes(16_000_000), 1)
    service.reply = lambda _: (200, {"Content-Encoding": "gzip"}, bomb)
    client = client_of()
    tracemalloc.start()
    try:
        (refused,) = client.look_up(queries("A"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.fault.kind is FaultKind.TOO_LARGE
    assert peak < 8_000_000


@pytest.mark.parametrize("results", ["[" + "[]," * 250_000 + "[]]", " " * LARGEST_ANSWER], ids=["values", "bytes"])
def test_an_item_whose_answer_is_too_large_does_not_take_the_others_with_it(service, client_of, results):
    def reply(form):
        answer = json.dumps(answer_to(form))
        return 200, {}, answer.replace(json.dumps(result_for("B")), results).encode()

    service.reply = reply
    first, large, last = client_of().look_up(queries("A", "B", "C"))
    assert large.fault.kind is FaultKind.TOO_LARGE
    assert not large.fault.outage, "it would be so again"
    assert ids([first, last]) == ["track-A", "track-C"]


@pytest.mark.parametrize("code", [3, 8])
def test_an_item_that_the_server_refuses_does_not_take_the_others_with_it(service, client_of, code):
    def reply(form):
        if "bad" in form.values():
            return 400, {}, error_of(code, f"invalid {KEY}")
        return 200, {}, json.dumps(answer_to(form)).encode()

    service.reply = reply
    client = client_of()
    answers = client.look_up(queries("A", "B", "bad", "C"))
    assert ids(answers[:2] + answers[3:]) == ["track-A", "track-B", "track-C"]
    assert answers[2] == ItemRejected(f"HTTP 400, code {code}: invalid (key)")
    assert client.batch == 10


RECORDED_LIMIT = error_of(14, "rate limit (3 requests per second) exceeded, try again later")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error_of(1, "unknown format"), FaultKind.REFUSED),
        (400, error_of(2, 'missing required parameter "client"'), FaultKind.REFUSED),
        (400, error_of(4, f"invalid API key {KEY}"), FaultKind.KEY),
        (200, error_of(4, "invalid API key"), FaultKind.KEY),
        (500, error_of(5, "internal error"), FaultKind.UNAVAILABLE),
        (503, error_of(13, "service currently not available"), FaultKind.UNAVAILABLE),
        (429, RECORDED_LIMIT, FaultKind.LIMITED),
        (400, RECORDED_LIMIT, FaultKind.LIMITED),
        (429, b"slow down", FaultKind.LIMITED),
        (400, error_of(16, "insecure request"), FaultKind.REFUSED),
        (400, b'{"status": "error", "error": "many"}', FaultKind.REFUSED),
        (502, b"<html>", FaultKind.UNAVAILABLE),
        (403, b"<html>", FaultKind.UNAVAILABLE),
        (404, b"<html>", FaultKind.REFUSED),
        (408, b"", FaultKind.UNAVAILABLE),
        (500, b'{"status": "ok", "fingerprints": []}', FaultKind.UNAVAILABLE),
        (200, b"<html>Please log in</html>", FaultKind.UNREADABLE),
        (200, b"", FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerpr', FaultKind.UNREADABLE),
        (200, b'{"status": "ok"}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "results": []}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": {}}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": [1]}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": [{"index": 1, "results": []}]}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": [{"index": true, "results": []}]}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": [{"index": "99999999", "results": []}]}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": [{"index": 0}, {"index": 0}]}', FaultKind.UNREADABLE),
        (200, b'{"status": "ok", "fingerprints": [], "x": NaN}', FaultKind.UNREADABLE),
        (200, b'{"status": "error"}', FaultKind.UNREADABLE),
        (200, b"[]", FaultKind.UNREADABLE),
        (200, b"\xff\xfe\xfd", FaultKind.UNREADABLE),
        (200, b"[" * 200_000, FaultKind.UNREADABLE),
    ],
)
def test_every_answer_that_is_none_has_its_kind(service, client_of, status, body, kind):
    service.reply = lambda _: (status, {}, body)
    fault = fault_of(client_of())
    assert fault.kind is kind
    assert fault.code == f"acoustid-{kind}"
    assert len(service.requests) == 1


def test_a_redirect_is_not_followed_and_its_target_is_named(service, client_of):
    service.reply = lambda _: (302, {"Location": f"http://me:hunter2@login.example/?{KEY}"}, b"")
    fault = fault_of(client_of())
    assert fault.kind is FaultKind.UNREADABLE
    assert "login.example" in fault.detail
    assert "hunter2" not in fault.detail


@pytest.mark.parametrize("encoding", ["gzip", "GZIP "])
def test_packed_answers_are_unpacked_and_damaged_ones_are_unreadable(service, client_of, encoding):
    packed = {}

    def reply(form):
        packed["whole"] = gzip.compress(json.dumps(answer_to(form)).encode())
        return 200, {"Content-Encoding": encoding}, packed["whole"]

    service.reply = reply
    assert ids(client_of().look_up(queries("A"))) == ["track-A"]
    for damaged in (packed["whole"][:-9], b"no gzip", packed["whole"][:40] + b"\x00" * 40):
        service.reply = lambda _, damaged=damaged: (200, {"Content-Encoding": encoding}, damaged)
        assert fault_of(client_of()).kind is FaultKind.UNREADABLE


def test_one_item_in_no_known_form_does_not_cost_the_others_their_answers(service, client_of):
    def reply(form):
        answer = answer_to(form)
        answer["fingerprints"][0]["results"] = [{"id": "x", "recordings": [{"title": "without an id"}]}]
        return 200, {}, json.dumps(answer).encode()

    service.reply = reply
    broken, fine = client_of().look_up(queries("A", "B"))
    assert isinstance(broken, ItemUnanswered)
    assert broken.fault.kind is FaultKind.UNREADABLE
    assert broken.fault.outage
    assert ids([fine]) == ["track-B"]


def replying(service, **of_first):
    """Have the service answer with these values in the first result and its recording of the first item."""

    def reply(form):
        answer = answer_to(form)
        result = answer["fingerprints"][0]["results"][0]
        recording = result["recordings"][0]
        for name, value in of_first.items():
            (result if name in result and name != "id" else recording)[name] = value
        text = json.dumps(answer).replace("Infinity", "1e999")
        return 200, {}, text.encode()

    service.reply = reply


@pytest.mark.parametrize("ill", [{"score": 1e999}, {"duration": -1e999}, {"sources": 2**64}, {"unknown": 1e999}])
def test_a_number_that_cannot_be_costs_only_its_item(service, client_of, ill):
    replying(service, **ill)
    first, fine = client_of().look_up(queries("A", "B"))
    assert isinstance(first, ItemUnanswered)
    assert first.fault.kind is FaultKind.UNREADABLE
    assert ids([fine]) == ["track-B"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_an_answer_with_a_number_that_is_no_json_is_unreadable(service, client_of, number):
    service.reply = lambda form: (200, {}, json.dumps(answer_to(form)).replace("0.9", number).encode())
    assert fault_of(client_of()).kind is FaultKind.UNREADABLE


@pytest.mark.parametrize("ill", ["not-an-id", "", "0000000A-0000-4000-8000-00000000000\ud800"])
def test_an_id_that_is_no_mbid_costs_only_its_item(service, client_of, ill):
    replying(service, id=ill)
    first, fine = client_of().look_up(queries("A", "B"))
    assert isinstance(first, ItemUnanswered)
    assert ids([fine]) == ["track-B"]


def test_half_a_surrogate_pair_is_replaced_so_that_the_text_can_be_stored(service, client_of):
    replying(service, title="\ud800 A \udfff \U0001f600")
    (item,) = client_of().look_up(queries("A"))
    assert item.answer.results[0].recordings[0].title == "? A ? \U0001f600"
    assert read_stored(item.raw) == item.answer
    earlier = json.dumps({"results": [{"score": 1.0, "recordings": [{"id": RECORDING, "title": "\ud800"}]}]})
    assert read_stored(earlier.encode()).results[0].recordings[0].title == "?"


def test_a_stored_answer_of_an_earlier_version_with_an_infinite_number_is_not_given():
    with pytest.raises(LookupFault):
        read_stored(b'{"results":[{"id":"x","score":Infinity}]}')


def test_what_was_answered_before_a_fault_is_kept(service, client_of):
    def reply(form):
        if len(service.requests) > 1:
            return 503, {}, b""
        return 200, {}, json.dumps(answer_to(form)).encode()

    service.reply = reply
    answers = client_of(batch=2).look_up(queries(*"ABCDE"))
    assert ids(answers[:2]) == ["track-A", "track-B"]
    assert [item.fault.kind for item in answers[2:]] == [FaultKind.UNAVAILABLE] * 3
    assert len(service.requests) == 2


@pytest.mark.parametrize("key", ["", "  ", "schlüssel", "two\nlines", "\udc80"])
def test_a_key_that_can_be_none_is_said_without_asking(service, client_of, key):
    fault = fault_of(client_of(key=key))
    assert fault.kind is FaultKind.KEY
    assert not fault.outage
    assert service.requests == []


def test_the_key_is_in_no_text_of_the_settings_and_in_no_log(client_of, caplog):
    caplog.set_level(logging.DEBUG)
    client_of().look_up(queries("A"))
    assert KEY not in repr(AcoustidSettings(key=KEY))
    assert KEY not in caplog.text


@pytest.mark.parametrize("base_url", ["", "api.acoustid.org", "ftp://example.org", "https:///v2"])
def test_an_address_that_is_none_is_refused(base_url):
    with pytest.raises(ValueError, match="address"):
        AcoustidSettings(key=KEY, base_url=base_url)


@pytest.mark.parametrize("batch", [0, 21])
def test_a_batch_that_the_service_never_takes_is_refused(batch):
    with pytest.raises(ValueError, match="batch"):
        AcoustidSettings(key=KEY, batch=batch)


def test_a_service_that_is_not_there_is_unreachable(limiter):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        assert fault_of(AcoustidClient(AcoustidSettings(key=KEY, base_url=url), limiter)).kind is FaultKind.UNREACHABLE


def hang(connection, release):
    release.wait(20)


def trickle_headers(connection, release):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not release.wait(0.05):
        connection.sendall(b"x")


def trickle_body(connection, release):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not release.wait(0.05):
        connection.sendall(b" ")


@pytest.mark.parametrize("way", [hang, trickle_headers, trickle_body])
def test_an_answer_that_does_not_come_in_time_is_a_timeout(service, client_of, way):
    service.raw = way
    start = time.monotonic()
    fault = fault_of(client_of(timeout_seconds=0.3))
    assert fault.kind is FaultKind.TIMEOUT
    assert fault.outage
    # The service would hang for 20 s, or trickle for ever.
    assert time.monotonic() - start < 15


def reset(connection, release):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def sends(data):
    return lambda connection, _: connection.sendall(data)


CUT_OFF = b"Transfer-Encoding: chunked\r\n\r\nff\r\n{"


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (reset, FaultKind.UNREACHABLE),
        (sends(b""), FaultKind.UNREACHABLE),
        (sends(b"220 mail ready\r\n"), FaultKind.UNREADABLE),
        (sends(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"status'), FaultKind.UNREADABLE),
        (sends(b"HTTP/1.1 200 OK\r\n" + CUT_OFF), FaultKind.UNREADABLE),
        (sends(b"HTTP/1.1 429 Slow\r\n" + CUT_OFF), FaultKind.LIMITED),
    ],
)
def test_a_connection_that_breaks_is_an_outage(service, client_of, way, kind):
    service.raw = way
    fault = fault_of(client_of())
    assert fault.kind is kind
    assert fault.outage


class RecordingLimiter(RateLimiter):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.held = []

    def hold_off(self, seconds):
        self.held.append(seconds)


@pytest.mark.parametrize(
    ("status", "headers", "body", "held"),
    [
        (429, {"Retry-After": "7"}, RECORDED_LIMIT, [7.0]),
        (429, {}, RECORDED_LIMIT, [20.0]),
        (429, {"Retry-After": "soon"}, RECORDED_LIMIT, [20.0]),
        (503, {"Retry-After": "90"}, b"", [90.0]),
        (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT"}, b"", None),
        (503, {}, b"", []),
        (400, {"Retry-After": "90"}, error_of(4, ""), []),
    ],
)
def test_everyone_at_the_gate_waits_as_long_as_the_service_asks(service, tmp_path, status, headers, body, held):
    service.reply = lambda _: (status, headers, body)
    limiter = RecordingLimiter(tmp_path, "127.0.0.1", 1000.0)
    fault = fault_of(AcoustidClient(AcoustidSettings(key=KEY, base_url=service.url), limiter))
    if held is None:  # a date, long gone by the server's own clock
        held = [0.0]
    assert limiter.held == held
    assert fault.retry_after == (held[0] if held else None)


def test_each_request_passes_the_gate_halves_included(service, tmp_path):
    service.reply = lambda form: (
        (413, {}, b"") if "fingerprint.1" in form else (200, {}, json.dumps(answer_to(form)).encode())
    )
    client = AcoustidClient(AcoustidSettings(key=KEY, base_url=service.url), RateLimiter(tmp_path, "127.0.0.1", 20.0))
    client.look_up(queries("A", "B"))
    assert len(service.started) == 3
    assert service.started[2] - service.started[0] >= 2 / 20 - 0.02


def test_a_cancelled_wait_sends_nothing(service, limiter):
    client = AcoustidClient(AcoustidSettings(key=KEY, base_url=service.url), limiter, lambda: True)
    limiter.hold_off(60)
    with pytest.raises(WaitCancelledError):
        client.look_up(queries("A"))
    assert service.requests == []


def test_the_copy_of_pyacoustid_that_others_use_stays_as_it_is(client_of):
    import acoustid  # noqa: PLC0415 - what a host may have imported and set before
    import requests  # noqa: PLC0415

    acoustid.REQUEST_INTERVAL = 7.0
    acoustid.set_base_url("http://host.example/")
    before = dict(vars(acoustid))
    modules = set(sys.modules)
    client_of().look_up(queries("A"))
    assert vars(acoustid) == before
    assert acoustid.requests is requests
    assert sys.modules["acoustid"] is acoustid
    assert not {name for name in set(sys.modules) - modules if "acoustid" in name}


def test_two_clients_have_two_copies(client_of, service):
    one, other = client_of(), client_of(key="otherKey")
    one.look_up(queries("A"))
    other.look_up(queries("A"))
    assert [form["client"] for form in service.requests] == [KEY, "otherKey"]


def test_a_fault_crosses_processes_whole():
    fault = pickle.loads(pickle.dumps(LookupFault("acoustid", FaultKind.LIMITED, "too many", 3.0)))
    assert (fault.code, fault.detail, fault.retry_after) == ("acoustid-limited", "too many", 3.0)
    assert str(fault) == "acoustid-limited: too many"
