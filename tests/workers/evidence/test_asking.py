"""A process that states what passages are may answer anything, or nothing: only its own statements are lost."""

import socket
import struct
import threading

import pytest

from passagework.domain.evidence import ExtensionSource, Statement
from passagework.domain.extensions import ExtensionId
from passagework.domain.json_text import read_json, write_json
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.waiting import WaitingFile, WaitingPassage
from passagework.workers.evidence import asking
from passagework.workers.evidence.asking import IN_A_ROW, EvidenceExtension
from passagework.workers.evidence.frames import receive, send

OF = ExtensionId("knows", "1.0")
MBID = "0000000a-0000-4000-8000-00000000000b"
FILE = WaitingFile(
    b"/music/\xff.flac",
    Tags(raw=(("TITLE", ("One", "Two")),)),
    2,
    (
        WaitingPassage("guid-1", 0, 2 * TICKS_PER_SECOND),
        WaitingPassage("guid-2", 3 * TICKS_PER_SECOND, 5 * TICKS_PER_SECOND),
    ),
)


class Child:
    """Stands for the process: ``talk`` is its end of the socket, as a thread."""

    pid = 0

    def __init__(self, talk, descriptor):
        connection = socket.socket(fileno=socket.dup(descriptor))
        connection.settimeout(30)
        self._thread = threading.Thread(target=self._live, args=(talk, connection))
        self._thread.start()

    @staticmethod
    def _live(talk, connection):
        with connection:
            try:
                assert receive(connection) == "knows==1.0"
                talk(connection)
            except OSError:
                pass

    def wait(self):
        self._thread.join()


@pytest.fixture
def extension(monkeypatch):
    """Give a function that makes an extension whose process talks so."""
    started = []
    made = []

    def make(talk):
        def start(_command, *, pass_fds, **_more):
            started.append(1)
            return Child(talk, pass_fds[0])

        monkeypatch.setattr(asking.subprocess, "Popen", start)
        # The end of a process closes its sockets; that of a thread here does so when ours is closed.
        monkeypatch.setattr(asking._Process, "end", _end)
        made.append(EvidenceExtension(OF))
        made[-1].started = started
        return made[-1]

    yield make
    for one in made:
        one.close()


def _end(process):
    process._socket.close()
    process._child.wait()


def saying(*answers):
    """Answer each question with the next of these, and then go."""

    def talk(connection):
        for answer in answers:
            receive(connection)
            send(connection, write_json(answer))

    return talk


def garbage(connection):
    receive(connection)
    connection.sendall(struct.pack("<I", 5) + b"\xff{[},")


def too_deep(connection):
    receive(connection)
    text = "[" * 100_000
    connection.sendall(struct.pack("<I", len(text)) + text.encode())


def endless(connection):
    receive(connection)
    connection.sendall(struct.pack("<I", 2**32 - 1))
    while True:
        connection.sendall(b" " * 65_536)


def half(connection):
    receive(connection)
    connection.sendall(struct.pack("<I", 1_000) + b"[")


def dead(connection):
    receive(connection)


def hanging(connection):
    receive(connection)
    connection.recv(1)


def test_what_it_states_comes_back_with_the_passages_and_kinds_of_the_library(extension):
    stated = [["release", MBID, None], ["recording", MBID.upper(), 2], ["title", " North ", 1], ["isrc", "X", None]]
    mbids, texts = ExtensionSource("extension-mbid:knows"), ExtensionSource("extension-text:knows")
    assert extension(saying(stated))(FILE) == (
        Statement(mbids, "album", MBID),
        Statement(mbids, "recording", MBID, passage="guid-2"),
        Statement(texts, "title", "North", passage="guid-1"),
        Statement(texts, "isrc", "X"),
    )


def test_it_is_asked_with_the_path_the_tags_as_they_stand_there_and_the_bounds_in_seconds(extension):
    asked = []

    def talk(connection):
        asked.append(read_json(receive(connection)))
        send(connection, "[]")

    assert extension(talk)(FILE) == ()
    assert asked == [[FILE.path.hex(), [["TITLE", ["One", "Two"]]], [[0.0, 2.0], [3.0, 5.0]]]]


@pytest.mark.parametrize("talk", [garbage, too_deep, endless, half, dead], ids=lambda talk: talk.__name__)
def test_a_process_that_answers_with_anything_or_ends_costs_its_statements_and_is_replaced(extension, talk):
    one = extension(talk)
    assert one(FILE) == ()
    assert one(FILE) == ()
    assert len(one.started) == 2


def trickling(connection):
    receive(connection)
    connection.sendall(struct.pack("<I", 2**24))
    while True:
        connection.sendall(b" ")


@pytest.mark.parametrize("talk", [hanging, trickling], ids=lambda talk: talk.__name__)
def test_one_that_does_not_answer_in_time_is_ended(extension, monkeypatch, talk):
    monkeypatch.setattr(asking, "CALL_SECONDS", 0.01)
    monkeypatch.setattr(asking, "_GRACE", 0.01)
    one = extension(talk)
    assert one(FILE) == ()
    assert one(FILE) == ()
    assert len(one.started) == 2


@pytest.mark.parametrize(
    "answer",
    [
        "a reason",
        None,
        5,
        {"recording": MBID},
        [["recording", MBID]],
        [["recording", "no mbid", None]],
        [["recording", MBID, 0]],
        [["recording", MBID, 3]],
        [["recording", MBID, "1"]],
        [["colour", "blue", None]],
        [["title", "  ", None]],
        [["title", "two\nlines", None]],
        [["title", "\ud800", None]],
        [["title", "Fine", None], ["title", 5, None]],
    ],
)
def test_one_wrong_statement_costs_all_that_it_states_about_the_file(extension, answer):
    assert extension(saying(answer))(FILE) == ()


def test_after_five_failures_one_after_the_other_it_is_asked_no_more(extension):
    one = extension(dead)
    for _ in range(IN_A_ROW + 3):
        assert one(FILE) == ()
    assert len(one.started) == IN_A_ROW


def test_a_failure_between_good_answers_is_no_reason_to_leave_it_out(extension):
    one = extension(saying([], "no"))
    for _ in range(3 * IN_A_ROW):
        one(FILE)
    assert len(one.started) > IN_A_ROW


def test_one_that_is_closed_starts_no_process(extension):
    one = extension(saying([]))
    one.close()
    assert one(FILE) == ()
    assert one.started == []


def test_an_answer_that_says_it_is_endless_is_not_read(extension):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("<I", 2**24 + 1))
        with pytest.raises(ValueError, match="too long"):
            receive(ours)
