"""What other processes ask of the importer that has the library, and what hostile ones cannot do to it."""

import os
import socket
import threading
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest

from passagework import Forget, Importer, InlineExecutor, Library, load_settings
from passagework.api.door import client, server
from passagework.api.door.client import Holder, takes_commands
from passagework.api.door.lines import Credentials, Lines
from passagework.api.door.messages import CancelImport, Hello, Refused, Reply, SetValues, StillAtIt
from passagework.api.editing import open_to_edit
from passagework.api.importing import open_to_import
from passagework.config.settings import Settings
from passagework.domain.edits import Edit, EditError
from passagework.domain.errors import (
    LibraryBusyError,
    LibraryDoorError,
    LibraryUnavailableError,
    NotFoundError,
    UnavailableKind,
)
from passagework.domain.progress import RunFinished
from passagework.domain.undo import UndoRefusedError
from passagework.domain.views import RunState
from passagework.persistence.file.side_files import SOCKET, beside
from passagework.persistence.file.socket_file import connect_beside, listen_beside

PATIENCE = 30


@pytest.fixture
def settings(tmp_path):
    return load_settings(overrides={"library.path": str(tmp_path / "music.passages")})


@pytest.fixture
def music(make_music, tmp_path):
    make_music("music/One.flac", seconds=1.0, sample_rate=22_050)
    return tmp_path / "music"


@pytest.fixture
def importer(settings, music):
    with Importer(settings, make_executor=InlineExecutor) as opened:
        opened.start(music).wait(PATIENCE)
        yield opened


@pytest.fixture
def guid(importer):
    return next(importer.library.passages()).guid


@contextmanager
def connected(settings):
    lines = Lines(connect_beside(settings.library.path, PATIENCE))
    with closing(lines):
        yield lines


def door_threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("passagework-door")]


def test_what_is_set_undone_and_forgotten_is_done_by_the_importer(importer, settings, guid, music):
    done_by = []
    with open_to_edit(settings.library, on_forwarded=done_by.append) as library:
        (edited,) = library.set(guid, title="Mine")
        assert edited.after == "Mine"
        assert importer.library.passage(guid).title.name == "Mine"
        assert library.cut(music / "One.flac", keep=True)
        assert library.undo(1).kept == 1
        assert library.clear_flavors() == 0
    assert done_by == [os.getpid()]


def test_files_are_forgotten_by_the_importer(importer, settings, music):
    with open_to_edit(settings.library) as library:
        assert library.forget(Forget(paths=(os.fsencode(music),))).files == 1
    assert sum(dict(importer.library.status().file_states).values()) == 0


@pytest.mark.usefixtures("importer")
def test_errors_come_back_as_if_they_were_raised_here(settings, guid):
    done_by = []
    with open_to_edit(settings.library) as library:
        with pytest.raises(NotFoundError, match="no passage"):
            library.set("0" * 8, title="x")
        with pytest.raises(EditError, match="probability"):
            library.set(guid, probability=1001.0)
        with pytest.raises(EditError, match="finite"):
            library.set(guid, probability=float("nan"))
        with pytest.raises(NotFoundError, match="no run 99"):
            library.undo(99)
    with pytest.raises(NotFoundError), open_to_edit(settings.library, on_forwarded=done_by.append) as library:
        library.undo(99)
    assert done_by == []


def test_a_library_that_takes_no_writes_says_so(importer, settings, guid, monkeypatch):
    def refuse(*_):
        raise LibraryUnavailableError("the disk is full", UnavailableKind.FULL)

    monkeypatch.setattr("passagework.persistence.store.LibraryStore.edit", refuse)
    with open_to_edit(settings.library) as library, pytest.raises(LibraryUnavailableError) as caught:
        library.set(guid, title="x")
    assert (str(caught.value), caught.value.kind) == ("the disk is full", UnavailableKind.FULL)
    assert importer.library.passage(guid).own == ()


def test_an_import_is_done_there_with_the_same_report(importer, settings, make_music, music):
    make_music("music/Two.flac", seconds=1.0, sample_rate=22_050, seed=2)
    heard, said = [], []
    importer.listen(heard.append)
    with open_to_import(settings, say=said.append) as there:
        run = there.start(str(music))
        report = run.wait(PATIENCE)
        assert there.library.summary(report.summary.run.id) == report.summary
    assert (report.state, report.summary.analysed, report.progress.files_unchanged) == (RunState.COMPLETED, 1, 1)
    assert run.progress == report.progress
    assert said == [f"process {os.getpid()} has the library, and does this import with its own settings"]
    importer.close()
    assert type(heard[-1]).__name__ == "RunFinished"


@pytest.mark.usefixtures("importer")
def test_settings_with_an_effect_on_results_that_differ_there_are_named(settings, music):
    said = []
    other = Settings(library=settings.library, segmentation={"silence_drop": 41.0}, log={"level": "debug"})
    with open_to_import(other, say=said.append) as there:
        there.start(str(music)).wait(PATIENCE)
    assert said[1:] == [
        f"warning: process {os.getpid()} has other settings, which count for this import: segmentation.silence_drop"
    ]


class Held:
    """An executor that keeps every job until it is told to go on."""

    def __init__(self):
        self.go_on = threading.Event()
        self.at_work = threading.Event()

    def make(self):
        inline = InlineExecutor()
        submit = inline.submit

        def wait(*arguments):
            self.at_work.set()
            self.go_on.wait(PATIENCE)
            submit(*arguments)

        inline.submit = wait
        return inline


@pytest.fixture
def held():
    return Held()


def test_an_import_waits_for_the_one_that_runs_and_undo_is_refused_meanwhile(settings, music, held):
    said = []
    with Importer(settings, make_executor=held.make) as importer:
        first = importer.start(music)
        assert held.at_work.wait(PATIENCE)
        with open_to_edit(settings.library) as library, pytest.raises(UndoRefusedError, match="an import is running"):
            library.undo(1)
        with open_to_import(settings, say=said.append) as there:
            second = there.start(str(music))
            assert said[-1] == f"process {os.getpid()} is importing; this import follows when that has ended"
            held.go_on.set()
            report = second.wait(PATIENCE)
    assert first.wait(0).summary.analysed == 1
    assert (report.summary.analysed, report.progress.files_unchanged) == (0, 1)


def test_an_import_in_the_queue_can_be_cancelled_and_is_dropped_when_its_terminal_is_closed(settings, music, held):
    with Importer(settings, make_executor=held.make) as importer:
        importer.start(music)
        assert held.at_work.wait(PATIENCE)
        with open_to_import(settings) as there:
            there.start(str(music))
        with open_to_import(settings) as there:
            run = there.start(str(music))
            run.cancel()
            with pytest.raises(client.PassageworkError, match="cancelled in the queue") as caught:
                run.wait(PATIENCE)
        assert (caught.value.code, int(caught.value.exit_code)) == ("cancelled", 130)
        held.go_on.set()
    with Library.open(settings.library.path) as library:
        assert [run.id for run in library.runs()] == [1]


def test_a_cancelled_import_has_a_report(settings, music, held):
    with Importer(settings, make_executor=held.make), open_to_import(settings) as there:
        run = there.start(str(music))
        assert held.at_work.wait(PATIENCE)
        run.cancel()
        run.ended_within(0.0)
        held.go_on.set()
        assert run.wait(PATIENCE).state in {RunState.CANCELLED, RunState.COMPLETED}


def test_an_import_that_has_begun_goes_on_when_its_terminal_is_closed(settings, music, held):
    ended = threading.Event()

    def hear(event):
        if isinstance(event, RunFinished):
            ended.set()

    with Importer(settings, make_executor=held.make, listeners=[hear]) as importer:
        with open_to_import(settings) as there:
            there.start(str(music))
            assert held.at_work.wait(PATIENCE)
        held.go_on.set()
        assert ended.wait(PATIENCE)
        assert importer.library.run(1).state is RunState.COMPLETED


def test_whoever_waits_when_the_importer_is_closed_is_told(settings, music, held):
    importer = Importer(settings, make_executor=held.make)
    importer.start(music)
    assert held.at_work.wait(PATIENCE)
    with open_to_import(settings) as there:
        waiting = there.start(str(music))
        closing_it = threading.Thread(target=importer.close)
        closing_it.start()
        held.go_on.set()
        with pytest.raises(client.PassageworkError) as caught:
            waiting.wait(PATIENCE)
        closing_it.join()
    assert caught.value.code == "importer-closed"
    assert door_threads() == []


@pytest.fixture
def impatient(monkeypatch):
    for name in ("HELLO_SECONDS", "REQUEST_SECONDS", "SEND_SECONDS"):
        monkeypatch.setattr(server, name, 0.05)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\xff\n",
        b"x" * 10_000,
        b'{"class":"Hello","format":1',
        b'{"class":"Hello","format":1,"program":"1"}\n{"class":"SetValues","edits":[{"key"',
        b'{"class":"Hello","format":1,"program":"1"}\n{"class":"Exit"}\n',
        b'{"class":"Hello","format":1,"program":"1"}\n' + b"[" * 50_000 + b"\n",
        b"",
    ],
)
def test_whoever_speaks_nonsense_or_half_a_message_is_dropped_and_others_are_served(importer, settings, guid, said):
    with connected(settings) as lines:
        lines._connection.sendall(said)
        try:
            while lines._connection.recv(1_000):
                """Its greeting comes, then nothing."""
        except ConnectionResetError:
            """It did not even read it all."""
    with open_to_edit(settings.library) as library:
        library.set(guid, title="Still")
    assert importer.library.passage(guid).title.name == "Still"


def test_a_line_that_is_longer_than_any_request_is_not_kept(importer, settings, monkeypatch):
    monkeypatch.setattr(server, "LONGEST_REQUEST", 100_000)
    with connected(settings) as lines:
        lines.exchange_hello(PATIENCE)
        with pytest.raises(OSError, match=r"."):  # noqa: PT012 - it fails when the other side has hung up
            while True:
                lines._connection.sendall(b"x" * 65_536)
    assert takes_commands(settings.library.path)


def test_more_than_it_can_serve_are_told_so_and_leave_nothing(importer, settings, guid):
    silent = [connect_beside(settings.library.path, PATIENCE) for _ in range(server.MOST_PEERS)]
    with open_to_edit(settings.library) as library, pytest.raises(LibraryDoorError, match="as many commands as it can"):
        library.set(guid, title="x")
    assert len(door_threads()) <= server.MOST_PEERS + 1
    for one in silent:
        one.close()
    importer.close()
    assert door_threads() == []


@pytest.mark.usefixtures("importer")
def test_a_process_that_comes_and_goes_again_and_again_leaves_no_descriptor(settings):
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(200):
        connect_beside(settings.library.path, PATIENCE).close()
    while len(door_threads()) > 1:
        """They end as soon as they see that nobody is there."""
    assert len(os.listdir("/proc/self/fd")) <= before + 1


@pytest.mark.usefixtures("importer")
def test_whoever_is_not_this_user_or_root_is_not_heard(settings, monkeypatch):
    monkeypatch.setattr(Credentials, "may_command", property(lambda _: False))
    with connected(settings) as lines, pytest.raises(OSError, match=r"left|reset|Broken"):
        lines.exchange_hello(PATIENCE)
    with pytest.raises(LibraryBusyError, match="in use by this process"), open_to_edit(settings.library):
        """The listener may be somebody else, too."""


@pytest.mark.usefixtures("importer")
def test_another_format_is_refused_with_both_versions(settings, guid, monkeypatch):
    send = Lines.send

    def old(lines, message, within_seconds):
        send(lines, Hello(0, "0.0.9") if isinstance(message, Hello) else message, within_seconds)

    monkeypatch.setattr(Lines, "send", old)
    with pytest.raises(LibraryDoorError, match=r"Passagework 0\.0\.9, which speaks otherwise than \d") as caught:
        Holder(settings.library.path)
    assert int(caught.value.exit_code) == 3


def test_a_process_that_does_not_reply_is_not_waited_for(settings, monkeypatch):
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(client, "SILENT_SECONDS", 0.05)
    bound = listen_beside(settings.library.path)
    with pytest.raises(LibraryDoorError, match="does not reply"):
        Holder(settings.library.path)
    bound.remove()


def test_a_command_that_takes_long_says_that_it_goes_on(settings, monkeypatch):
    go_on, asked = threading.Event(), threading.Event()
    monkeypatch.setattr(server, "ALIVE_SECONDS", 0.02)

    def wait(*_):
        asked.set()
        go_on.wait(PATIENCE)
        return ()

    monkeypatch.setattr("passagework.persistence.store.LibraryStore.edit", wait)
    with Importer(settings, make_executor=InlineExecutor), connected(settings) as lines:
        lines.exchange_hello(PATIENCE)
        lines.send(SetValues((Edit("1234", "title", "x"),)), PATIENCE)
        assert asked.wait(PATIENCE)
        assert lines.receive(Reply, PATIENCE, 1_000) == StillAtIt()
        go_on.set()


@pytest.mark.usefixtures("importer")
def test_a_cancel_without_an_import_is_refused(settings):
    with connected(settings) as lines:
        lines.exchange_hello(PATIENCE)
        lines.send(CancelImport(), PATIENCE)
        assert isinstance(lines.receive(Reply, PATIENCE, 1_000), Refused)


def test_nothing_is_left_after_the_end_also_while_somebody_is_connected(settings):
    before = set(os.listdir("/proc/self/fd"))
    importer = Importer(settings, make_executor=InlineExecutor)
    with closing(connect_beside(settings.library.path, PATIENCE)):
        importer.close()
    assert door_threads() == []
    assert not beside(settings.library.path, SOCKET).exists()
    assert set(os.listdir("/proc/self/fd")) == before
    assert not takes_commands(settings.library.path)


def test_in_a_fork_the_socket_is_closed_and_the_door_of_the_parent_stays_open(importer, settings):
    listener = importer._door._bound.listener
    child = os.fork()
    if child == 0:
        os._exit(0 if listener.fileno() == -1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert takes_commands(settings.library.path)


@pytest.mark.parametrize("reason", ["foreign file", "no sockets here", "no threads", "switched off"])
def test_without_a_door_an_import_goes_on_and_others_find_the_library_busy(settings, music, monkeypatch, reason):
    path = beside(settings.library.path, SOCKET)
    match reason:
        case "foreign file":
            path.write_text("diary")
        case "no sockets here":

            def refuse(*_):
                raise PermissionError(1, "Operation not permitted")

            monkeypatch.setattr(socket.socket, "bind", refuse)
        case "no threads":

            def fail(*_, **__):
                raise RuntimeError("can't start new thread")

            monkeypatch.setattr(server, "threading", SimpleNamespace(Thread=fail, Lock=threading.Lock))
        case _:
            library = settings.library.model_copy(update={"socket": False})
            settings = settings.model_copy(update={"library": library})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        monkeypatch.undo()
        assert importer._door is None
        with pytest.raises(LibraryBusyError, match="in use by this process"), open_to_edit(settings.library):
            """Nobody listens."""
        assert importer.start(music).wait(PATIENCE).summary.analysed == 1
    assert path.exists() == (reason == "foreign file")
