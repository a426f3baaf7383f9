"""The process of an extension that states what passages are: whatever its code does, it says so and goes on."""

import socket
import threading
from contextlib import suppress

import pytest

from passagework.domain.json_text import read_json, write_json
from passagework.workers.evidence.answering import _serve, signal
from passagework.workers.evidence.frames import receive, send
from tests.support.extension_packages import install_evidence

CODE = """
from passagework.extensions import Stated

class Tells:
    def __call__(self, file):
        tags = ", ".join(f"{name}={'|'.join(values)}" for name, values in file.tags.items())
        yield Stated("title", f"{file.path!r} {tags}")
        for one in file.passages:
            yield Stated("track", f"{one.start} {one.end}", one.number)

class Floods:
    def __call__(self, file):
        while True:
            yield Stated("title", "x" * 5000)

class Raises:
    def __call__(self, file):
        raise RuntimeError("no\\nluck")

class Quits:
    def __call__(self, file):
        raise SystemExit(3)

class Nonsense:
    def __call__(self, file):
        return [5]

class Unmade:
    def __init__(self):
        raise KeyboardInterrupt
"""

NAMES = ("tells", "floods", "raises", "quits", "nonsense", "unmade")


def serve(connection):
    with suppress(ConnectionError):
        _serve(connection)


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Ask an extension about two files in this process; give both answers."""
    install_evidence(tmp_path / "site", CODE, *NAMES)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr("passagework.workers.evidence.answering.resource.setrlimit", lambda *_: None)
    monkeypatch.setattr(signal, "setitimer", lambda *_: None)

    def answer(name):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            send(ours, f"{name}==1.0")
            for number in range(2):
                tags = [["TITLE", ["One", "Two"]]]
                send(ours, write_json([b"/m/\xff%d".__mod__(number).hex(), tags, [[0.5, 2], [3, 4.25]]]))
            ours.shutdown(socket.SHUT_WR)
            serving = threading.Thread(target=serve, args=(theirs,))
            serving.start()
            found = [read_json(receive(ours)) for _ in range(2)]
            serving.join()
            return found

    return answer


def test_it_is_given_the_file_with_its_tags_and_passages(answer):
    assert answer("tells") == [
        [["title", f"b'/m/\\xff{n}' TITLE=One|Two", None], ["track", "0.5 2", 1], ["track", "3 4.25", 2]]
        for n in range(2)
    ]


def test_of_endless_statements_the_first_thousand_count_and_of_long_values_the_beginning(answer):
    first, _ = answer("floods")
    assert len(first) == 1_000
    assert {tuple(one) for one in first} == {("title", "x" * 1_000, None)}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "RuntimeError: no luck"),
        ("quits", "SystemExit: 3"),
        ("nonsense", "AttributeError: 'int' object has no attribute 'kind'"),
        ("unmade", "cannot be loaded: KeyboardInterrupt"),
        ("absent", "cannot be loaded: LookupError: absent==1.0 is not installed here"),
    ],
)
def test_whatever_its_code_raises_is_the_answer_and_the_next_file_is_asked_about(answer, name, reason):
    assert [one.removesuffix(":") for one in answer(name)] == [reason] * 2
