"""The stream of events: in order, without gaps that are not told, and ended by neither a slow nor a dead client."""

import socket
import threading
from itertools import pairwise

import pytest

from passagework.domain.ids import RunId
from passagework.domain.progress import RunStarted
from passagework.service.event_feed import KEPT, MOST_AT_ONCE, EventFeed
from tests.service.conftest import unix


def numbers(events):
    return [
        int(number.partition("-")[2]) for number, name, _ in events if name not in {"snapshot", "progress", "missed"}
    ]


def test_a_run_is_heard_from_its_beginning_to_its_end(served, client):
    stream = client.stream()
    try:
        assert stream.next()[1:] == (
            "snapshot",
            {"format": 2, "current_run": None, "library_paused": None, "following": []},
        )
        started = client.post("/api/1/runs", {"retry_failed": True})
        assert started.status == 202
        events = stream.until("run-finished")
    finally:
        stream.close()
    assert [name for _, name, _ in events if name != "progress"] == [
        "run-started",
        "file-failed",
        "file-finished",
        "run-finished",
    ]
    assert {data["run"] for _, name, data in events if name != "progress"} == {started.json["run"]}
    assert events[-1][2]["state"] == "completed"
    assert all(one + 1 == other for one, other in pairwise(numbers(events)))


def test_a_client_that_comes_back_gets_what_it_missed_and_then_a_snapshot(served, client):
    feed = served.stage.feed
    begin = feed.next
    for number in range(3):
        feed.hear(RunStarted(RunId(1_000 + number)))
    stream = client.stream(Last_Event_ID=feed.id_of(begin))
    try:
        events = stream.until("snapshot")
    finally:
        stream.close()
    assert [data.get("run") for _, _, data in events[:-1]] == [1_001, 1_002]
    assert events[-1][0] == feed.id_of(begin + 2)


@pytest.mark.parametrize(
    "odd", ["", "x", "0-0", "\u00e4", "9" * 500, "{name}-x", "{name}--1", "{name}-99999999", "another-1"]
)
def test_an_id_that_says_nothing_gets_a_snapshot_and_that_something_was_missed(served, client, odd):
    stream = client.stream(Last_Event_ID=odd.format(name=served.stage.feed.name).encode("utf-8"))
    try:
        events = stream.until("snapshot")
    finally:
        stream.close()
    assert [(name, data.get("number")) for _, name, data in events] == [("missed", None), ("snapshot", None)]


def test_what_is_too_old_is_counted():
    feed = EventFeed()
    for number in range(KEPT + 10):
        feed.hear(RunStarted(RunId(number)))
    taken = feed.take(1)
    assert (taken.missed, taken.next) == (10, 11 + MOST_AT_ONCE)
    assert taken.text.startswith(f"id: {feed.id_of(11)}\n".encode())


def test_each_client_gets_each_event_in_order(served, client):
    feed = served.stage.feed
    streams = [client.stream() for _ in range(8)]
    heard = [[] for _ in streams]

    def read(stream, found):
        while (event := stream.next()) is not None:
            if event[1] == "run-started":
                found.append(event[2]["run"])
                if event[2]["run"] == 5_999:
                    return

    readers = [threading.Thread(target=read, args=pair) for pair in zip(streams, heard, strict=True)]
    for stream in streams:
        assert stream.next()[1] == "snapshot"
    for reader in readers:
        reader.start()
    for number in range(5_000, 6_000):
        feed.hear(RunStarted(RunId(number)))
    for reader, stream in zip(readers, streams, strict=True):
        reader.join(20)
        stream.close()
    assert heard == [list(range(5_000, 6_000))] * len(streams)


def test_a_client_that_reads_nothing_is_dropped_and_holds_up_nobody(served, client):
    guard, feed = served.service._guard, served.stage.feed
    guard.unread_seconds = 0.05
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
            deaf.connect(str(served.socket))
            deaf.sendall(b"GET /api/1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            deaf.settimeout(20)
            assert deaf.recv(10)
            hear_many(feed)
            lively = client.stream()
            assert lively.next()[1] == "snapshot"
            lively.close()

            def is_dropped():
                # Of events that come faster than they are sent, some are missed: it takes more to fill the socket.
                hear_many(feed)
                return not served.stage.streams

            wait_until(is_dropped)
    finally:
        guard.unread_seconds = 30.0


def test_there_are_no_more_streams_than_there_may_be(served, client):
    served.stage.streams += 64
    try:
        answer = client.get("/api/1/events")
    finally:
        served.stage.streams -= 64
    assert (answer.status, answer.code) == (503, "service-busy")


def test_a_stream_over_the_unix_socket_is_the_same(served):
    stream = unix(served.socket).stream()
    assert stream.next()[1] == "snapshot"
    stream.close()


def hear_many(feed):
    for number in range(KEPT * 4):
        feed.hear(RunStarted(RunId(number)))


def wait_until(true):
    done = threading.Event()
    for _ in range(400):
        if true():
            return
        done.wait(0.02)
    raise AssertionError("it never came true")
