"""The importer as a whole rests: nothing computes, nothing is lost, and whatever happens meanwhile, nothing stays."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from passagework import (
    FileFinished,
    Importer,
    ImporterClosedError,
    ImporterPaused,
    ImporterResumed,
    InlineExecutor,
    RunFinished,
    RunState,
    load_settings,
)

PATIENCE = 60

HOST = """
import sys
from passagework import FileFinished, Importer, load_settings
importer = Importer(load_settings(overrides={"library.path": sys.argv[1], "analysis.workers": "1"}))
run = importer.start(sys.argv[2])
next(event for event in run.events() if isinstance(event, FileFinished))
print("begun", flush=True)
sys.stdin.readline()
importer.pause()
print("paused", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def open_importer(tmp_path):
    def make(name="music", **more):
        overrides = {"library.path": str(tmp_path / f"{name}.passages"), "analysis.workers": "1"}
        return Importer(load_settings(overrides=overrides), **more)

    return make


@pytest.fixture
def music(make_music, tmp_path):
    for number in range(3):
        make_music(f"music/{number}.flac", seconds=20.0, seed=number, sample_rate=44_100)
    return tmp_path / "music"


@pytest.fixture
def song(make_music, tmp_path):
    make_music("song/One.flac", seconds=1.0, sample_rate=22_050)
    return tmp_path / "song"


def below(pid):
    """All processes below one, by their numbers."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += [int(child), *below(int(child))]
    return found


def used(pids):
    """The seconds that the processors have spent for some processes."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def passages(importer):
    return [
        (one.path, one.start, one.end, one.loudness.integrated, one.title.name) for one in importer.library.passages()
    ]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_a_pause_stops_everything_and_the_import_is_the_same_as_one_without(open_importer, music):
    with open_importer("other") as importer:
        importer.start(music).wait(PATIENCE)
        expected = passages(importer)
    with open_importer() as importer:
        events = importer.events()
        run = importer.start(music)
        # Its worker has begun, and two files are left.
        next(event for event in run.events() if isinstance(event, FileFinished))
        importer.pause()
        importer.pause()
        time.sleep(0.2)
        processes = [os.getpid(), *below(os.getpid())]
        before = used(processes)
        assert not run.ended_within(1.0)
        assert used(processes) - before <= 0.05
        assert run.progress.paused == "the importer is paused"
        importer.resume()
        report = run.wait(PATIENCE)
        assert (report.summary.failed, passages(importer)) == ((), expected)
        assert report.progress.resting_seconds > 1.0
    kinds = [type(event) for event in events]
    assert [kind for kind in kinds if kind in {ImporterPaused, ImporterResumed, RunFinished}] == [
        *(ImporterPaused, ImporterResumed, RunFinished)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["cancel", "close"])
def test_a_run_ends_while_the_importer_is_paused_and_no_process_stays(open_importer, music, end):
    with open_importer() as importer:
        run = importer.start(music)
        while not run.progress.in_flight:
            run.ended_within(0.01)
        importer.pause()
        if end == "cancel":
            run.cancel()
            assert run.wait(PATIENCE).state is RunState.CANCELLED
            assert importer.paused
    assert run.wait(0).state is RunState.CANCELLED
    assert [pid for pid in below(os.getpid()) if b"passagework" in Path(f"/proc/{pid}/cmdline").read_bytes()] == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel ends no orphans")
def test_workers_of_a_host_that_is_killed_while_it_is_paused_die_with_it(music, tmp_path):
    words = [sys.executable, "-c", HOST, str(tmp_path / "m.passages"), str(music)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout.readline() == "begun\n"
        watched = [os.pidfd_open(pid) for pid in below(host.pid)]
        assert watched
        host.stdin.write("\n")
        host.stdin.flush()
        assert host.stdout.readline() == "paused\n"
        os.kill(host.pid, signal.SIGKILL)
    for descriptor in watched:
        poll = select.poll()
        poll.register(descriptor)
        assert poll.poll(PATIENCE * 1000)
        os.close(descriptor)


def test_a_run_that_is_started_during_a_pause_begins_with_its_end(open_importer, song):
    with open_importer(make_executor=InlineExecutor) as importer:
        importer.resume()
        importer.pause()
        run = importer.start(song)
        assert not run.ended_within(0.1)
        assert (run.progress.files_seen, run.progress.paused) == (0, "the importer is paused")
        importer.resume()
        assert run.wait(PATIENCE).summary.analysed == 1
        importer.pause()
    with pytest.raises(ImporterClosedError):
        importer.pause()


def test_a_watch_starts_no_run_during_a_pause(open_importer, song):
    with open_importer(make_executor=InlineExecutor) as importer:
        importer.pause()
        events = importer.events()
        watch = importer.watch([song])
        assert not watch.ended_within(0.1)
        assert importer.library.runs() == ()
        importer.resume()
        assert any(isinstance(event, RunFinished) for event in iter(events.__next__, None) if _stop(event, events))


def _stop(event, events):
    if isinstance(event, RunFinished):
        events.close()
    return True
