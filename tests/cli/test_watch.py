"""What ``passagework watch`` refuses, and what it prints."""

from dataclasses import replace

import pytest

from passagework.cli.output.watch_view import WatchLines, print_event
from passagework.domain.changes import Found
from passagework.domain.exit_codes import ExitCode
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.following import FollowingChanged, FollowWay, WatchOverflow
from passagework.domain.progress import (
    FileFinished,
    FolderSkipped,
    LibraryPaused,
    LibraryResumed,
    RunFinished,
    RunReport,
    RunStarted,
    ScanProblem,
    ScanProblemCode,
)
from passagework.domain.units import Ticks
from passagework.domain.views import FailedFile
from tests.support.distinct import Distinct


@pytest.fixture
def refused(run, tmp_path):
    """Give a function that watches and returns the error."""

    def refused(*arguments):
        return run("watch", "--library", tmp_path / "x.passages", *arguments, expect=1).exception

    return refused


def test_without_a_folder_or_with_one_that_is_not_there_nothing_is_watched(refused, tmp_path):
    error = refused()
    assert (error.code, error.exit_code) == ("config-invalid", ExitCode.USAGE)
    assert not (tmp_path / "x.passages").exists()
    error = refused(tmp_path / "nowhere")
    assert (error.code, error.exit_code) == ("watch-folder-missing", ExitCode.NOTHING_FOUND)
    error = refused("--set", "watch.follow=off", tmp_path)
    assert (error.code, error.exit_code) == ("watch-nothing-to-do", ExitCode.USAGE)


@pytest.mark.parametrize("setting", ["scan.every=soon", "scan.at=25:00", "watch.follow=yes", "watch.rest_seconds=-1"])
def test_a_setting_that_cannot_be_read_is_said_before_anything_is_opened(refused, tmp_path, setting):
    error = refused("--set", setting, tmp_path)
    assert f"--set {setting}: {setting.partition('=')[0]} must be" in str(error)
    assert not (tmp_path / "x.passages").exists()


def printed(capsys, *events, json=False):
    lines = WatchLines(300.0)
    for event in events:
        (print_event if json else lines)(event)
    return capsys.readouterr().out.splitlines()


def test_how_a_folder_is_followed_is_a_line(capsys):
    assert printed(
        capsys,
        FollowingChanged(b"/m\n/a", FollowWay.NOTIFIED, "inotify"),
        FollowingChanged(b"/m/b", FollowWay.POLLED, "nfs4"),
        FollowingChanged(b"/m/c", FollowWay.GONE, "the folder is not there"),
    ) == [
        "watching /m\\n/a",
        "polling /m/b every 300 s (nfs4)",
        "waiting for /m/c: it is not there; what the library knows of it stays",
    ]


def test_what_the_kernel_lost_is_a_line(capsys):
    assert printed(capsys, WatchOverflow("the queue was full")) == ["looking through everything: the queue was full"]


def test_a_run_without_news_is_no_line_but_the_first_is(capsys):
    report = Distinct(absent=True).of(RunReport)
    assert printed(capsys, RunStarted(1)) == []
    assert len(printed(capsys, RunFinished(1, report))) == 1


def test_what_a_run_has_found_is_counted_kind_by_kind(capsys):
    report = Distinct(absent=True).of(RunReport)
    progress = replace(report.progress, files_moved=2, files_linked=5)
    failed = tuple(FailedFile(b"/m", Failure(FailureCode.NOT_AUDIO), new=True) for _ in range(3))
    found = ((Found.BACK, 7), (Found.INCLUDED, 8))
    run = replace(report.summary.run, found=found)
    summary = replace(report.summary, run=run, analysed=1, tags_read=9, failed=failed, missing=4, excluded=6)
    (line,) = printed(capsys, RunFinished(2, replace(report, progress=progress, summary=summary, error=None)))
    assert line == (
        "run 2: 1 analysed, 9 with tags read again, 2 moved, 3 failed, 4 missing, 7 back, 6 excluded, 8 included, "
        "5 linked"
    )


def test_failures_and_pauses_are_lines_and_a_folder_that_is_skipped_is_one_once(capsys):
    skipped = FolderSkipped(2, ScanProblem(ScanProblemCode.ROOT_MISSING, b"/m", "No such file"))
    assert printed(
        capsys,
        FileFinished(2, "a", b"/m/a.flac", Failure(FailureCode.NOT_AUDIO), 0, Ticks(0)),
        FileFinished(2, "b", b"/m/b.flac", None, 1, Ticks(5)),
        skipped,
        skipped,
        LibraryPaused(2, "disk full"),
        LibraryResumed(2),
    ) == [
        f"not-audio: /m/a.flac: {Failure(FailureCode.NOT_AUDIO)}",
        "root-missing: /m: No such file",
        "paused: disk full; the import continues automatically when possible",
        "resumed: the library can be written again; nothing was lost",
    ]


def test_programs_get_runs_and_ways_and_nothing_else(capsys):
    following = FollowingChanged(b"/m", FollowWay.POLLED, "nfs4")
    lines = printed(capsys, following, RunStarted(1), RunFinished(1, Distinct().of(RunReport)), json=True)
    assert [('"way": "polled"' in line, '"run": ' in line) for line in lines] == [(True, False), (False, True)]
