"""A watch as a host sees it: real folders and events, waited for. The debounce and the rest are a moment."""

import os
import queue
import shutil
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.api import watch as watch_module
from passagework.api.run import RunFailedError
from passagework.domain.errors import (
    ImporterClosedError,
    LibraryError,
    NoRootsError,
    NothingToFollowError,
    WatchFailedError,
    WatchFolderMissingError,
    WatchUnderWayError,
)
from passagework.domain.following import FollowingChanged, FollowWay
from passagework.domain.progress import FileFinished, FileUnfinished, RunFinished, RunReport, RunStarted
from passagework.domain.scan_scope import WHOLE
from passagework.domain.views import DeferredItems, RunState
from passagework.watching.follower import AGAIN_SECONDS, Follower

PATIENCE = 60
SOON = {"watch__debounce_seconds": "0.05", "watch__rest_seconds": "0.2"}


class Host:
    """An importer with a listener whose events can be waited for."""

    def __init__(self, settings):
        self.events = queue.SimpleQueue()
        self.importer = Importer(settings, make_executor=InlineExecutor, listeners=[self.events.put])

    def next(self, kind):
        while True:
            event = self.events.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event

    def next_analysed(self):
        event = self.next(FileFinished)
        assert event.failure is None
        return os.path.basename(event.path).decode()

    def next_report(self):
        return self.next(RunFinished).report


@pytest.fixture
def host(tmp_path):
    opened = []

    def make(**overrides):
        keys = {key.replace("__", "."): str(value) for key, value in (SOON | overrides).items()}
        opened.append(Host(load_settings(overrides={"library.path": str(tmp_path / "music.passages"), **keys})))
        return opened[-1]

    yield make
    for one in opened:
        one.importer.close()


@pytest.fixture
def song(make_music):
    return make_music("elsewhere/song.flac", seconds=1.0, sample_rate=22_050)


@pytest.fixture
def music(tmp_path, song):
    folder = tmp_path / "music"
    (folder / "a").mkdir(parents=True)
    # A root without any entry may be a disk that is not there: nothing in it would be missing.
    (folder / "other").mkdir()
    shutil.copy2(song, folder / "a" / "One.flac")
    os.utime(folder / "a" / "One.flac", (1, 1))
    return folder


def arrive(song, path):
    """Put a file into a folder as a whole, old as it is: nobody waits for its rest."""
    arriving = song.with_name("arriving")
    shutil.copyfile(song, arriving)
    os.utime(arriving, (1, 1))
    arriving.rename(path)


def test_what_is_there_is_imported_then_what_comes_and_what_goes_is_missing(host, music, song):
    one = host()
    with one.importer.watch(music) as watch:
        assert one.next(FollowingChanged) == FollowingChanged(os.fsencode(music), FollowWay.NOTIFIED, "inotify")
        assert one.next_analysed() == "One.flac"
        assert one.next_report().summary.analysed == 1
        arrive(song, music / "a" / "Two.flac")
        assert one.next_analysed() == "Two.flac"
        report = one.next_report()
        # Of a run over one folder the other files of the folder are unchanged, and no others are looked at.
        assert (report.progress.files_seen, report.progress.files_unchanged) == (2, 1)
        shutil.rmtree(music / "a")
        assert one.next_report().summary.missing == 2
        assert not watch.done
    assert watch.done


def test_a_folder_that_moves_is_seen_in_one_run(host, music):
    one = host()
    with one.importer.watch([music]):
        one.next_report()
        (music / "a").rename(music / "b")
        report = one.next_report()
        assert report.progress.files_seen == 1
        assert one.importer.library.file(os.fsencode(music / "b" / "One.flac")).passages


def test_a_file_that_may_still_be_written_waits_for_a_later_run(host, music):
    # In the future: however slow this machine is, it is no file of long ago.
    os.utime(music / "a" / "One.flac", (4_000_000_000, 4_000_000_000))
    one = host()
    with one.importer.watch(music):
        assert one.next(FileUnfinished).file.path == os.fsencode(music / "a" / "One.flac")
        assert one.next_report().progress.files_seen == 0
        assert one.next_analysed() == "One.flac"


def test_a_library_in_the_folder_wakes_nobody(host, music, song):
    one = host(library__path=music / "a" / "music.passages")
    with one.importer.watch(music):
        one.next_report()
        (music / "b").mkdir()
        one.next_report()
        arrive(song, music / "b" / "Two.flac")
        one.next_analysed()
        # The third run is that of the file: none came of what the runs before it wrote.
        assert one.next(RunFinished).run == 3


@pytest.mark.slow
def test_what_is_polled_is_followed_too(host, music, song):
    one = host(watch__follow="poll", watch__poll_seconds="1")
    with one.importer.watch(music):
        assert one.next(FollowingChanged).way is FollowWay.POLLED
        one.next_analysed()
        arrive(song, music / "a" / "Two.flac")
        assert one.next_analysed() == "Two.flac"


def test_a_rescan_can_be_asked_for(host, music, song):
    one = host(watch__follow="off", scan__every="1d")
    with one.importer.watch(music) as watch:
        one.next_report()
        (music / "a" / "One.flac").unlink()
        watch.rescan()
        assert one.next_report().summary.missing == 1


def test_a_run_of_the_host_is_waited_for(host, music):
    one = host()
    one.importer.start(music).wait(PATIENCE)
    one.next_report()
    with one.importer.watch(music):
        one.next_report()
        # No run is under way, so the host may start one.
        assert one.importer.start(music).wait(PATIENCE).state is RunState.COMPLETED


def test_a_stop_cancels_the_run_that_goes_on(host, music):
    one = host()
    reached, go_on = threading.Event(), threading.Event()

    def hold(event):
        if isinstance(event, RunStarted):
            reached.set()
            go_on.wait(PATIENCE)

    watch = one.importer.watch(music)
    one.importer.listen(hold)
    watch.stop()
    go_on.set()
    watch.wait(PATIENCE)
    watch.stop()
    assert watch.done


def test_closing_the_importer_ends_its_watch(host, music):
    one = host()
    watch = one.importer.watch(music)
    with pytest.raises(TimeoutError):
        watch.wait(0)
    one.importer.close()
    watch.wait(PATIENCE)
    with pytest.raises(ImporterClosedError):
        one.importer.watch(music)


def test_an_importer_has_one_watch_at_a_time(host, music):
    one = host()
    with one.importer.watch(music), pytest.raises(WatchUnderWayError):
        one.importer.watch(music)
    with one.importer.watch(music):
        """The first has ended."""


def test_a_watch_needs_a_folder_that_is_there_and_something_to_do(host, tmp_path, music):
    one = host()
    with pytest.raises(WatchFolderMissingError, match="nowhere"):
        one.importer.watch([tmp_path / "nowhere", music / "a" / "One.flac"])
    with pytest.raises(NoRootsError):
        one.importer.watch()
    with pytest.raises(NothingToFollowError):
        host(watch__follow="off", library__path=tmp_path / "other.passages").importer.watch(music)
    with one.importer.watch([tmp_path / "nowhere", music]):
        assert {one.next(FollowingChanged).way for _ in range(2)} == {FollowWay.GONE, FollowWay.NOTIFIED}


def test_a_defect_of_the_watch_costs_a_look_through_everything(host, music, monkeypatch):
    one = host()
    step, failures = Follower.step, [ValueError("a defect")]

    def fails_once(self):
        if failures:
            raise failures.pop()
        return step(self)

    monkeypatch.setattr(Follower, "step", fails_once)
    monkeypatch.setattr(watch_module, "FIRST_RESTART_SECONDS", 0.001)
    with one.importer.watch(music):
        assert one.next_analysed() == "One.flac"


def test_a_watch_that_fails_again_and_again_ends_with_the_reason(host, music, monkeypatch):
    def fails(_self):
        raise ValueError("a defect")

    monkeypatch.setattr(Follower, "step", fails)
    monkeypatch.setattr(watch_module, "FIRST_RESTART_SECONDS", 0.001)
    watch = host().importer.watch(music)
    with pytest.raises(WatchFailedError, match="a defect"):
        watch.wait(PATIENCE)


@pytest.mark.parametrize("error", [RunFailedError("the run failed"), LibraryError("the disk is gone")])
def test_what_ends_the_importer_ends_the_watch(host, music, error):
    one = host()
    watch = one.importer.watch(music)
    one.next_report()
    watch.fail(error)
    with pytest.raises(type(error), match=str(error)):
        watch.wait(PATIENCE)


def test_a_watch_leaves_no_thread_and_no_descriptor(host, music):
    one = host()
    one.importer.start(music).wait(PATIENCE)
    before = (threading.active_count(), len(os.listdir("/proc/self/fd")))
    with one.importer.watch(music):
        assert threading.active_count() == before[0] + 1
        one.next_report()
        one.next_report()
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before


def told_of(report):
    """Give what a follower is told when a run that was due ends with this report."""
    due, told = [WHOLE], queue.SimpleQueue()
    follower = SimpleNamespace(
        begin=lambda: None,
        step=lambda: due.pop() if due else None,
        wait_seconds=lambda: PATIENCE,
        fileno=lambda: None,
        run_ended=lambda **how: told.put(how),
        close=lambda: None,
    )

    def start(_scope, hooks):
        hooks.heard(RunFinished(1, report))
        return SimpleNamespace(done=True)

    with watch_module.Watch(lambda _say: follower, start, lambda _event: None):
        return told.get(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("state", "error", "done"),
    [(RunState.COMPLETED, None, True), (RunState.CANCELLED, None, False), (RunState.COMPLETED, "why", False)],
)
def test_what_a_run_did_not_do_is_for_another_one(state, error, done):
    assert told_of(RunReport(state, None, None, (), error)) == {"done": done, "links_due_ns": None}


def test_what_waits_for_a_service_is_due_with_the_first_of_it_but_not_at_once():
    put_off = (DeferredItems(1, "network", 2**62), DeferredItems(1, "limited", 0))
    before = time.time_ns()
    due = told_of(RunReport(RunState.COMPLETED, None, None, (), None, put_off))["links_due_ns"]
    again_ns = round(AGAIN_SECONDS * 1e9)
    assert before + again_ns <= due <= time.time_ns() + again_ns
    later = replace(put_off[0], until_ns=2**62 - 1)
    assert (
        told_of(RunReport(RunState.COMPLETED, None, None, (), None, (put_off[0], later)))["links_due_ns"] == 2**62 - 1
    )
