"""The importer inside somebody else's program."""

import gc
import logging
import os
import re
import signal
import threading
import time
from pathlib import Path

import pykka
import pytest

from passagework import Importer, PassageworkError
from passagework.domain.progress import FileFinished, Phase, RunFinished, RunStarted
from passagework.domain.views import RunState
from tests.support.effort import effort

PATIENCE = 180


def traces():
    """Give what an importer could leave behind in this process."""
    gc.collect()
    return {
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "handles": sorted(_target(number) for number in os.listdir("/proc/self/fd")),
        "children": _children(),
        "actors": pykka.ActorRegistry.get_all(),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
        "handlers": list(logging.getLogger().handlers),
    }


def _target(number):
    try:
        return re.sub(r"\d+", "", os.readlink(f"/proc/self/fd/{number}"))
    except FileNotFoundError:
        return "/proc//fd"


def _children():
    tasks = "/proc/self/task"
    lists = [f"{tasks}/{task}/children" for task in os.listdir(tasks)]
    return [child for path in lists if os.path.exists(path) for child in Path(path).read_text("ascii").split()]


def cycle(open_importer, folder, times):
    with open_importer() as importer:
        importer.start([folder]).wait(PATIENCE)
    before = traces()
    for _ in range(times):
        with open_importer() as importer:
            importer.start([folder], retry_failed=True).wait(PATIENCE)
    assert traces() == before


def test_an_import_writes_nothing_to_stdout_or_stderr(open_importer, small_folder, tmp_path, capfd):
    (tmp_path / "notes.mp3").write_text("no music")
    with open_importer() as importer:
        report = importer.start([small_folder, tmp_path / "nowhere", tmp_path]).wait(PATIENCE)
    assert (report.summary.analysed, report.new_failures, len(report.problems)) == (8, 1, 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_an_importer_does_one_run_after_another(open_importer, small_folder):
    with open_importer() as importer:
        first = importer.start([small_folder]).wait(PATIENCE)
        second = importer.start([small_folder]).wait(PATIENCE)
        third = importer.start([small_folder], retry_failed=True).wait(PATIENCE)
        runs = importer.library.runs()
    assert [report.summary.analysed for report in (first, second, third)] == [8, 0, 0]
    assert [run.state for run in runs] == [RunState.COMPLETED] * 3


@pytest.mark.slow
def test_two_importers_on_two_libraries_run_side_by_side(open_importer, make_folder):
    one_folder, other_folder = make_folder(8), make_folder(12)
    with open_importer("one.passages") as one, open_importer("other.passages") as other:
        runs = [one.start([one_folder]), other.start([other_folder])]
        analysed = [run.wait(PATIENCE).summary.analysed for run in runs]
        held = [sum(dict(importer.library.status().file_states).values()) for importer in (one, other)]
    assert analysed == held == [8, 12]


@pytest.mark.slow
def test_a_second_importer_on_the_same_library_is_refused_and_the_first_goes_on(open_importer, small_folder):
    with open_importer() as importer:
        with pytest.raises(PassageworkError, match=r"in use by this process on .+ since \d{4}-") as refusal:
            open_importer()
        assert refusal.value.code == "library-busy"
        assert importer.start([small_folder]).wait(PATIENCE).summary.analysed == 8
    open_importer().close()


def test_a_second_run_of_one_importer_at_the_same_time_is_refused(open_importer, large_folder):
    with open_importer() as importer:
        run = importer.start([large_folder])
        with pytest.raises(PassageworkError, match="an import is running") as refusal:
            importer.start([large_folder])
        assert refusal.value.code == "run-under-way"
        run.cancel()
        assert run.wait(PATIENCE).state is RunState.CANCELLED


def test_a_closed_importer_says_so(open_importer, small_folder):
    importer = open_importer()
    importer.close()
    importer.close()
    with pytest.raises(PassageworkError, match="was closed"):
        importer.start([small_folder])


@pytest.mark.slow
def test_open_close_cycles_leave_nothing_behind(open_importer, make_folder):
    cycle(open_importer, make_folder(1), 5)


@pytest.mark.slow
@pytest.mark.long
def test_many_imports_with_workers_leave_nothing_behind(open_importer, make_folder, tmp_path):
    folder = make_folder(1)
    # Tried again every time, so that every cycle starts a worker.
    (folder / "notes.mp3").write_text("no music")
    cycle(open_importer, folder, effort(8, 100))


@pytest.mark.slow
def test_the_events_tell_every_file_once_between_start_and_end(open_importer, small_folder, files_below):
    with open_importer() as importer:
        run = importer.start([small_folder])
        first, *files, last = run.events()
    assert isinstance(first, RunStarted)
    assert isinstance(last, RunFinished)
    finished = [event for event in files if isinstance(event, FileFinished)]
    assert sorted(event.path for event in finished) == [os.fsencode(path) for path in files_below(small_folder)]
    assert sum(event.passages for event in finished) == last.report.summary.passages == 8
    assert sum(event.audio for event in finished) == last.report.summary.audio


@pytest.mark.slow
def test_the_last_progress_is_what_the_report_says(open_importer, small_folder):
    with open_importer() as importer:
        run = importer.start([small_folder])
        report = run.wait(PATIENCE)
        progress = run.progress
    assert progress == report.progress or progress.phase is Phase.FINISHED
    assert (progress.files_done, progress.files_expected, progress.in_flight) == (8, 8, 0)
    assert (progress.files_linked, progress.passages) == (8, 8)


@pytest.mark.slow
def test_a_paused_run_rests_and_a_resumed_one_ends(open_importer, make_folder):
    with open_importer(session__credits=4, batch__max_files=4) as importer:
        run = importer.start([make_folder(40)])
        run.pause()
        while run.progress.paused is None or run.progress.in_flight > 4:
            assert not run.ended_within(0.01)
        # Whatever was in work is finished, however long that takes here; then nothing moves.
        done = None
        while done != run.progress.files_done:
            done = run.progress.files_done
            assert not run.ended_within(1.0)
        assert done < 40
        run.resume()
        assert run.wait(PATIENCE).summary.analysed == 40
        assert run.progress.paused is None


@pytest.mark.slow
def test_a_cancelled_run_keeps_what_was_acknowledged_and_the_next_one_goes_on(open_importer, large_folder):
    with open_importer(batch__max_files=5) as importer:
        run = importer.start([large_folder])
        finished = next(event for event in run.events() if isinstance(event, FileFinished))
        run.cancel()
        report = run.wait(PATIENCE)
        states = dict(importer.library.status().file_states)
        assert report.state is RunState.CANCELLED
        assert 0 < report.summary.analysed == states["analysed"] < 240
        assert importer.library.file(finished.path).passages
        rest = importer.start([large_folder]).wait(PATIENCE)
    assert rest.summary.analysed == 240 - report.summary.analysed


def test_closing_during_a_run_cancels_it(open_importer, large_folder):
    with open_importer() as importer:
        run = importer.start([large_folder])
    assert run.wait(1).state is RunState.CANCELLED


@pytest.mark.slow
def test_questions_are_answered_while_an_import_runs(open_importer, make_folder):
    with open_importer(batch__max_files=5) as importer:
        run = importer.start([make_folder(40)])
        while not run.ended_within(0):
            status = importer.library.status()
            assert status.passages >= dict(status.file_states).get("analysed", 0)
            listed = list(importer.library.passages("piece"))
            assert len(listed) <= 40
        assert len(list(importer.library.passages("piece"))) == 40


@pytest.mark.slow
def test_a_host_that_stops_all_actors_ends_ours_and_close_does_not_hang(settings, large_folder, small_folder):
    importer = Importer(settings())
    run = importer.start([large_folder])
    next(run.events())
    pykka.ActorRegistry.stop_all()
    began = time.monotonic()
    importer.close()
    assert time.monotonic() - began < PATIENCE
    with pytest.raises(PassageworkError, match="stopped from outside"):
        run.wait(PATIENCE)
    assert pykka.ActorRegistry.get_all() == []
    with Importer(settings()) as again:
        assert again.start([small_folder]).wait(PATIENCE).state is RunState.COMPLETED


@pytest.mark.slow
def test_a_host_without_main_guard_works(command_line, small_folder):
    process = command_line.host("no_main_guard.py", small_folder)
    printed, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed, said) == (0, "", "")
