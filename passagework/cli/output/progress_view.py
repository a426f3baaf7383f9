"""The progress of an import: a live line on a terminal, plain lines in a pipe. Always on stderr."""

import math
import time
from contextlib import suppress
from typing import assert_never

from rich.console import Console
from rich.live import Live
from rich.text import Text

from passagework.api.any_run import AnyRun
from passagework.cli.output.say import say
from passagework.cli.output.stale_text import refresh_lines
from passagework.domain.counted import counted
from passagework.domain.plain_text import plain
from passagework.domain.progress import Phase, Progress
from passagework.domain.units import seconds

LOOK_SECONDS = 0.2
PIPE_SECONDS = 5.0


def show_progress(run: AnyRun, *, quiet: bool) -> None:
    """Show the progress of ``run`` until it ends.

    Prints a separate line when the library cannot be written and when it can be again, also when ``quiet``: nothing
    else explains why the import pauses.
    """
    console = Console(stderr=True)
    # A closed stderr is no reason to stop.
    with suppress(BrokenPipeError):
        if console.is_terminal and not console.is_dumb_terminal and not quiet:
            _live_line(run, console)
        else:
            _plain_lines(run, quiet=quiet)


def _live_line(run: AnyRun, console: Console) -> None:
    live = Live(console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    told = _News()
    with live:
        while not run.ended_within(LOOK_SECONDS):
            progress = run.progress
            for news in told.news(progress):
                console.print(Text(news))
            live.update(Text(progress_line(progress), no_wrap=True, overflow="ellipsis"), refresh=True)
        for news in told.news(run.progress):
            console.print(Text(news))


def _plain_lines(run: AnyRun, *, quiet: bool) -> None:
    last = ""
    next_line = math.inf if quiet else time.monotonic() + PIPE_SECONDS
    told = _News()
    while not run.ended_within(min(LOOK_SECONDS, max(0.0, next_line - time.monotonic()))):
        progress = run.progress
        for news in told.news(progress):
            say(news, err=True)
        if time.monotonic() < next_line:
            continue
        next_line = time.monotonic() + PIPE_SECONDS
        line = progress_line(progress)
        if line != last:
            say(line, err=True)
        last = line
    # The run may end before the next check.
    for news in told.news(run.progress):
        say(news, err=True)


class _News:
    """Detects that a run pauses, that it resumes, and that it begins to redo what is stale."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._refreshes = False

    def news(self, progress: Progress) -> list[str]:
        """Return the lines for what has begun, ended or got another reason since the last call."""
        lines: list[str] = []
        if progress.refresh is not None and not self._refreshes:
            self._refreshes = True
            lines += refresh_lines(progress.refresh)
        if progress.paused != self._reason:
            self._reason = progress.paused
            lines.append(
                "resumed: the library can be written again; nothing was lost"
                if progress.paused is None
                else plain(f"paused: {progress.paused}; the import continues automatically when possible")
            )
        return lines


def progress_line(progress: Progress) -> str:
    """Describe the progress of a run in one line."""
    parts = ["paused" if progress.paused else _phase_word(progress.phase)]
    total = f" of {progress.files_expected}" if progress.expected_complete else ""
    parts.append(f"{progress.files_done}{total} files" if total else counted(progress.files_done, "file"))
    if progress.files_failed:
        parts.append(f"{progress.files_failed} failed")
    if progress.files_unchanged:
        parts.append(f"{progress.files_unchanged} unchanged")
    if progress.audio:
        parts.append(f"{seconds(progress.audio) / 3600:.2f} h of audio")
    if progress.speed is not None:
        parts.append(f"{progress.speed:.0f} x real time")
    if progress.phase is Phase.LINKING:
        parts.append(f"{counted(progress.files_linked, 'file')} linked")
    elif progress.seconds_left is not None:
        parts.append(f"{_duration(progress.seconds_left)} left")
    return " · ".join(parts)


def _phase_word(phase: Phase) -> str:
    match phase:
        case Phase.STARTING:
            return "starting"
        case Phase.IMPORTING:
            return "importing"
        case Phase.LINKING:
            return "linking"
        case Phase.CLOSING:
            return "finishing"
        case Phase.FINISHED:
            return "finished"
        case _:
            assert_never(phase)


def _duration(total_seconds: float) -> str:
    minutes, second = divmod(round(total_seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
