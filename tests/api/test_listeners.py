"""Listeners of an importer: they hear everything in order, and nothing that they do harms the import."""

import json
import logging
import os
import runpy
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from passagework import (
    EventsMissed,
    FileBack,
    FileChanged,
    FileFinished,
    FileLinked,
    FileMissing,
    Importer,
    InlineExecutor,
    RunFinished,
    RunStarted,
    load_settings,
)
from passagework.api.listeners import ListenerThread
from passagework.domain.change_events import FileAdded
from passagework.domain.errors import ImporterClosedError

PATIENCE = 30
EXAMPLE = Path(__file__).parents[2] / "examples" / "post_each_passage.py"


@pytest.fixture
def open_importer(tmp_path):
    def make(*listeners):
        settings = load_settings(overrides={"library.path": str(tmp_path / "music.passages")})
        return Importer(settings, make_executor=InlineExecutor, listeners=listeners)

    return make


@pytest.fixture
def music(make_music, tmp_path):
    for name in ("One", "Two"):
        make_music(f"music/{name}.flac", seconds=1.0, sample_rate=22_050)
    return tmp_path / "music"


def test_every_listener_hears_everything_in_order_and_what_is_linked_is_in_the_library(open_importer, music):
    heard, found = [], {}

    def ask(event):
        if isinstance(event, FileLinked):
            found[event.path] = [importer.library.passage(guid).path for guid in event.passages]

    with open_importer(heard.append) as importer:
        importer.listen(ask)
        importer.start(music).wait(PATIENCE)
    kinds = [type(event) for event in heard]
    assert (kinds[0], kinds[-1], kinds.count(FileFinished), kinds.count(FileLinked)) == (RunStarted, RunFinished, 2, 2)
    for name in (b"One.flac", b"Two.flac"):
        path = os.fsencode(music) + b"/" + name
        of_file = [type(event) for event in heard if getattr(event, "path", None) == path]
        assert of_file == [FileAdded, FileFinished, FileLinked]
        assert found[path] == [path]


def test_a_host_hears_which_known_files_changed_went_and_came_back(open_importer, music, make_music):
    one, two = (os.fsencode(music) + name for name in (b"/One.flac", b"/Two.flac"))

    def imported():
        events = importer.start(music).events()
        return [event for event in events if isinstance(event, FileBack | FileChanged | FileMissing)]

    with open_importer() as importer:
        assert imported() == []
        guids = {path: importer.library.file(path).guid for path in (one, two)}
        make_music("other.flac", seconds=1.2, seed=7, sample_rate=22_050).replace(music / "One.flac")
        (music / "Two.flac").rename(music.parent / "Two.flac")
        second = imported()
        (music.parent / "Two.flac").rename(music / "Two.flac")
        third = imported()
    assert set(second) == {FileChanged(2, guids[one], one), FileMissing(2, guids[two], two)}
    assert third == [FileBack(3, guids[two], two)]


@pytest.mark.parametrize("error", [KeyError("oops"), SystemExit(3), KeyboardInterrupt()])
def test_what_a_listener_raises_is_logged_and_it_hears_the_next_event(open_importer, music, caplog, error):
    heard = []

    def fail(event):
        heard.append(type(event))
        raise error

    with caplog.at_level(logging.ERROR, logger="passagework"), open_importer(fail) as importer:
        assert importer.start(music).wait(PATIENCE).summary.analysed == 2
    assert heard[-1] is RunFinished
    assert [r.passagework["received"] for r in caplog.records] == [kind.__name__ for kind in heard]


def test_a_listener_that_never_returns_stops_neither_the_import_nor_its_end(open_importer, music, monkeypatch):
    monkeypatch.setattr("passagework.api.listeners.CLOSE_SECONDS", 0.01)
    gate = threading.Event()
    importer = open_importer(lambda _event: gate.wait(PATIENCE))
    assert importer.start(music).wait(PATIENCE).summary.analysed == 2
    importer.close()
    gate.set()


def test_a_listener_may_close_its_importer(open_importer, music):
    closed = threading.Event()

    def close(event):
        if isinstance(event, RunFinished):
            importer.close()
            closed.set()

    importer = open_importer(close)
    importer.start(music).wait(PATIENCE)
    assert closed.wait(PATIENCE)


def test_whoever_closes_an_importer_that_a_listener_is_closing_waits_for_it(open_importer, music):
    def close(event):
        if isinstance(event, FileFinished):
            importer.close()

    with open_importer(close) as importer:
        importer.start(music).wait(PATIENCE)
    with open_importer() as again:
        assert again.library.runs()


def test_listeners_that_all_close_their_importer_do_not_wait_for_each_other(open_importer, music, monkeypatch):
    monkeypatch.setattr("passagework.api.listeners.CLOSE_SECONDS", 10 * PATIENCE)
    closed = [threading.Event(), threading.Event()]

    def close_and(tell):
        def close(event):
            if isinstance(event, RunFinished):
                importer.close()
                tell.set()

        return close

    importer = open_importer(*map(close_and, closed))
    importer.start(music).wait(PATIENCE)
    assert all(event.wait(PATIENCE) for event in closed)


def test_after_close_nobody_listens(open_importer):
    importer = open_importer()
    importer.close()
    with pytest.raises(ImporterClosedError):
        importer.listen(print)


def test_a_listener_that_is_too_slow_is_told_how_many_of_the_oldest_events_it_missed(monkeypatch):
    monkeypatch.setattr("passagework.api.listeners.MOST_WAITING", 3)
    heard, busy, gate = [], threading.Event(), threading.Event()

    def listen(event):
        heard.append(event)
        busy.set()
        gate.wait(PATIENCE)

    thread = ListenerThread(listen)
    thread.put(RunStarted(0))
    assert busy.wait(PATIENCE)
    for number in range(1, 8):
        thread.put(RunStarted(number))
    gate.set()
    thread.close(PATIENCE)
    assert heard == [RunStarted(0), EventsMissed(4), RunStarted(5), RunStarted(6), RunStarted(7)]
    thread.put(RunStarted(8))
    assert heard[-1] == RunStarted(7)


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.slow
def test_the_example_posts_each_passage(music, tmp_path, capsys):
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        server.bodies = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        example = runpy.run_path(str(EXAMPLE))
        url = f"http://127.0.0.1:{server.server_port}/passages"
        example["main"](str(tmp_path / "posted.passages"), str(music), url)
        server.shutdown()
    assert {Path(body["file"]).stem for body in server.bodies} == {"One", "Two"}
    assert "2 passages posted" in capsys.readouterr().out
