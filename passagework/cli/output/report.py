"""The report at the end of an import, for people."""

import shlex
from pathlib import Path
from types import MappingProxyType
from typing import Final, assert_never

from passagework.cli.output.say import say
from passagework.cli.output.stale_text import stale_lines
from passagework.cli.output.waiting_text import waiting_words
from passagework.domain.changes import Found
from passagework.domain.counted import counted
from passagework.domain.exit_codes import ExitCode
from passagework.domain.files import display_path
from passagework.domain.progress import Progress, RunReport, ScanProblemCode
from passagework.domain.units import clock_time
from passagework.domain.views import RunState

_WHAT_FOLLOWS: Final = MappingProxyType(
    {ScanProblemCode.INODES_NOT_USED: "", ScanProblemCode.MOVE_AMBIGUOUS: "; it counts as a new file"}
)
"""Of what was looked at all the same. Because of any other problem something was not."""


def exit_code_for(report: RunReport) -> ExitCode:
    """Return the exit code for the end of a run."""
    if report.error is not None:
        return ExitCode.FAILED
    if report.state is RunState.CANCELLED:
        return ExitCode.INTERRUPTED
    if report.nothing_found:
        return ExitCode.NOTHING_FOUND
    if report.new_failures or report.failed_to_link:
        return ExitCode.FAILED
    return ExitCode.ITEMS_WAITING if report.put_off else ExitCode.OK


def print_report(report: RunReport, library: Path, *, tried: bool = False) -> None:
    """Print the report; every count is read from the library. ``tried``: which has no such run."""
    summary, progress = report.summary, report.progress
    for problem in report.problems:
        follows = _WHAT_FOLLOWS.get(problem.code, "; nothing was changed for it")
        say(f"{problem.code}: {display_path(problem.path)} ({problem.detail}){follows}")
    for failed in summary.failed:
        known = "" if failed.new else " [known]"
        say(f"{failed.failure.code}: {display_path(failed.path)}: {failed.failure}{known}")
    ended = _ended(report)
    if report.error is not None:
        say(f"{ended}: {report.error}")
    found = dict(summary.run.found)
    others = {
        "back": found.get(Found.BACK),
        "excluded": summary.excluded,
        "included": found.get(Found.INCLUDED),
    }
    speed = f", {progress.speed:.0f} x real time" if progress.speed else ""
    say(
        f"{ended}: {counted(summary.analysed, 'file')} analysed ({clock_time(summary.audio)} of audio{speed}), "
        f"{_tags_read(summary.tags_read)}"
        f"{progress.files_unchanged} unchanged{_failed_before(progress)}, {_moved(progress)}"
        f"{len(summary.failed)} failed ({report.new_failures} new), {summary.missing} missing"
        + "".join(f", {number} {what}" for what, number in others.items() if number)
    )
    if progress.files_redone:
        say(f"redone from the library: {counted(progress.files_redone, 'file')}")
    links = ", ".join(f"{count} {state.explanation}" for state, count in summary.link_states)
    say(f"passages: {summary.passages}" + (f" ({links})" if links else ""))
    for items in report.put_off:
        say(f"waiting: {waiting_words(items)}")
    for line in stale_lines(report.stale):
        say(f"stale: {line}")
    for warning, count in summary.warnings:
        say(f"warning {warning}: {counted(count, 'file')} ({warning.explanation})")
    if summary.warnings and not tried:
        say(f"the files with warnings: passagework runs show {summary.run.id}")
    say(f"library: {shlex.quote(str(library))}")


def _ended(report: RunReport) -> str:
    match report.state:
        case RunState.CANCELLED:
            return "cancelled"
        case RunState.COMPLETED if report.put_off and report.error is None:
            return "done, with items waiting for identification"
        case RunState.COMPLETED:
            return "done"
        case RunState.RUNNING | RunState.CRASHED:
            return report.state
        case _:
            assert_never(report.state)


def _tags_read(files: int) -> str:
    return f"tags of {counted(files, 'file')} read again, " if files else ""


def _moved(progress: Progress) -> str:
    return f"{progress.files_moved} moved, " if progress.files_moved else ""


def _failed_before(progress: Progress) -> str:
    if not progress.files_failed_before:
        return ""
    return f" ({progress.files_failed_before} of them failed earlier: passagework list --failed)"
