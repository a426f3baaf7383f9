"""Requests that end when their caller cancels them, whatever the server does, and that work as others do else."""

import socket
import threading
import time
import urllib.error
from contextlib import closing, suppress

import pytest

from passagework.lookup.rate_limiter import WaitCancelledError
from passagework.lookup.timed_http import timed_opener

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE = 30


@pytest.fixture
def serve():
    """Give a function that has a server do something with its next connection, and gives its address."""
    servers = []

    def start(handle):
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def run():
            # Where nobody connects, the server is closed meanwhile.
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    handle(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield start
    for server in servers:
        server.close()


def opened(url, cancelled=None, timeout=PATIENCE):
    with timed_opener(cancelled).open(url, timeout=timeout) as response:
        return response.read()


def test_an_answer_is_read_as_it_comes(serve):
    def trickle(connection):
        connection.recv(1000)
        for byte in ANSWER:
            connection.sendall(bytes([byte]))

    assert opened(serve(trickle), lambda: False) == b"ok"


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"])
def test_a_request_ends_when_it_is_cancelled_while_the_server_says_no_more(serve, begun):
    cancelled, over = threading.Event(), threading.Event()

    def hang(connection):
        connection.recv(1000)
        connection.sendall(begun)
        cancelled.set()
        over.wait(PATIENCE)

    began = time.monotonic()
    with pytest.raises(WaitCancelledError):
        opened(serve(hang), cancelled.is_set)
    over.set()
    assert time.monotonic() - began < PATIENCE / 3


def test_what_was_cancelled_before_it_began_does_not_even_connect(serve):
    with pytest.raises(WaitCancelledError):
        opened(serve(lambda _: None), lambda: True)


def test_an_answer_that_does_not_come_in_time_is_given_up(serve):
    over = threading.Event()
    with pytest.raises(TimeoutError):
        opened(serve(lambda _: over.wait(PATIENCE)), timeout=0.2)
    over.set()


def test_where_nobody_listens_the_connection_is_refused():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    with pytest.raises(urllib.error.URLError, match="refused"):
        opened(f"http://127.0.0.1:{port}/")


def test_of_several_addresses_of_a_host_the_next_one_is_tried_where_one_does_not_answer(serve, monkeypatch):
    url = serve(lambda connection: (connection.recv(1000), connection.sendall(ANSWER)))
    port = int(url.rstrip("/").rpartition(":")[2])
    # Its queue is full, so that nobody answers another connection.
    with closing(socket.socket()) as silent, closing(socket.socket()) as waits, closing(socket.socket()) as waits_too:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for one in (waits, waits_too):
            one.settimeout(0.0)
            one.connect_ex(silent.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (silent.getsockname(), ("127.0.0.1", port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        assert opened(url, timeout=0.5) == b"ok"
