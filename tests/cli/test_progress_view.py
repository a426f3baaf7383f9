import io
from collections import deque
from dataclasses import replace

import pytest
from rich.console import Console
from rich.live import Live
from rich.text import Text

from passagework.cli.output import progress_view
from passagework.cli.output.progress_view import progress_line, show_progress
from passagework.domain.progress import Phase, Progress
from passagework.domain.units import TICKS_PER_SECOND

HOUR = 3600 * TICKS_PER_SECOND
HALF_WAY = Progress(
    phase=Phase.IMPORTING,
    files_seen=30,
    files_unchanged=10,
    files_expected=20,
    bytes_expected=2000,
    expected_complete=True,
    files_analysed=9,
    files_failed=1,
    bytes_done=1000,
    audio=HOUR,
    elapsed_seconds=90.0,
)


class SlowRun:
    """Ends after it was asked so many times."""

    def __init__(self, *snapshots):
        self.snapshots = deque(snapshots)
        self.progress = Progress()

    def ended_within(self, _seconds):
        if not self.snapshots:
            return True
        self.progress = self.snapshots.popleft()
        return False


def test_a_run_under_way_tells_files_failures_audio_rate_and_time_left():
    assert progress_line(HALF_WAY) == (
        "importing · 10 of 20 files · 1 failed · 10 unchanged · 1.00 h of audio · 40 x real time · 1:30 left"
    )


def test_nothing_is_promised_before_the_scan_has_seen_everything():
    line = progress_line(replace(HALF_WAY, expected_complete=False))
    assert "10 files" in line
    assert "left" not in line


def test_a_rest_counts_neither_for_the_rate_nor_for_the_time_left():
    rested = replace(HALF_WAY, elapsed_seconds=90.0 + 8 * 3600, resting_seconds=8 * 3600.0)
    assert (rested.speed, rested.seconds_left) == (HALF_WAY.speed, HALF_WAY.seconds_left)


def test_linking_tells_how_many_files_are_linked():
    assert progress_line(Progress(phase=Phase.LINKING, files_linked=7)) == "linking · 0 files · 7 files linked"


FULL = replace(HALF_WAY, paused="the disk\n\x1b[2J is full")


def test_a_run_that_rests_says_so_in_place_of_the_phase():
    assert progress_line(FULL).startswith("paused · 10 of 20 files")


@pytest.mark.parametrize("quiet", [False, True])
def test_why_a_run_rests_is_one_line_that_steers_no_terminal_and_its_end_another(capsys, quiet):
    show_progress(SlowRun(HALF_WAY, FULL, FULL, HALF_WAY), quiet=quiet)
    assert capsys.readouterr().err.splitlines() == [
        r"paused: the disk\n\x1b[2J is full; the import continues automatically when possible",
        "resumed: the library can be written again; nothing was lost",
    ]


def test_in_a_pipe_only_lines_that_say_something_new_are_written(capsys, monkeypatch):
    monkeypatch.setattr(progress_view, "PIPE_SECONDS", 0.0)
    show_progress(SlowRun(HALF_WAY, HALF_WAY, Progress(phase=Phase.CLOSING)), quiet=False)
    assert capsys.readouterr() == ("", progress_line(HALF_WAY) + "\nfinishing · 0 files\n")


def test_quiet_shows_nothing(capsys):
    show_progress(SlowRun(HALF_WAY), quiet=True)
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_leaves_does_not_stop_the_import(monkeypatch):
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    monkeypatch.setattr(progress_view, "PIPE_SECONDS", 0.0)
    show_progress(SlowRun(HALF_WAY), quiet=False)


@pytest.mark.parametrize("width", [20, 40, 300])
def test_on_a_terminal_of_any_width_it_stays_one_line(width, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, height=5, color_system=None)
    monkeypatch.setattr(progress_view, "Console", lambda **_: console)
    shown = []
    monkeypatch.setattr(Live, "update", lambda _live, text, **_: shown.append(text))
    show_progress(SlowRun(HALF_WAY), quiet=False)
    (text,) = shown
    assert isinstance(text, Text)
    assert [len(line) <= width for line in text.wrap(console, width)] == [True]


class LongRun(SlowRun):
    """A run that lasts for hours of a clock that only its waiting moves."""

    def __init__(self, clock):
        super().__init__(*[HALF_WAY] * 2000)
        self.clock = clock
        self.looked = 0

    def ended_within(self, seconds):
        self.clock[0] += seconds
        self.looked += 1
        return super().ended_within(seconds)


@pytest.mark.parametrize("quiet", [False, True])
def test_a_long_run_is_looked_at_a_few_times_a_second_however_long_it_takes(monkeypatch, capsys, quiet):
    clock = [0.0]
    monkeypatch.setattr(progress_view.time, "monotonic", lambda: clock[0])
    run = LongRun(clock)
    show_progress(run, quiet=quiet)
    assert clock[0] > 0.9 * run.looked * progress_view.LOOK_SECONDS
