"""What a watch does, in lines: for people and for a journal, or as JSON Lines."""

from passagework.cli.output.document import print_line
from passagework.cli.output.say import say
from passagework.domain.changes import Found
from passagework.domain.files import display_path
from passagework.domain.following import FollowingChanged, FollowWay, WatchOverflow
from passagework.domain.progress import (
    Event,
    FileFinished,
    FolderSkipped,
    LibraryPaused,
    LibraryResumed,
    RunFinished,
    RunReport,
)
from passagework.json_forms.following import following_json
from passagework.json_forms.report import report_json


class WatchLines:
    """Prints a line for what is worth one. Called in the thread of a listener, one event at a time.

    ``poll_seconds`` is how often polled folders are looked through.
    """

    def __init__(self, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._skipped: set[tuple[bytes, str]] = set()

    def __call__(self, event: Event) -> None:
        """Print what happened."""
        match event:
            case FollowingChanged():
                say(self._following(event))
            case WatchOverflow(reason=reason):
                say(f"looking through everything: {reason}")
            case FileFinished(path=path, failure=failure) if failure is not None:
                say(f"{failure.code}: {display_path(path)}: {failure}")
            case FolderSkipped(problem=problem):
                # Once: a schedule would say it again and again.
                if (problem.path, problem.code) not in self._skipped:
                    self._skipped.add((problem.path, problem.code))
                    say(f"{problem.code}: {display_path(problem.path)}: {problem.detail}")
            case LibraryPaused(reason=reason):
                say(f"paused: {reason}; the import continues automatically when possible")
            case LibraryResumed():
                say("resumed: the library can be written again; nothing was lost")
            case RunFinished(run=run, report=report):
                if (news := _news(report)) or run == 1:
                    say(f"run {run}: {', '.join(news) or 'nothing new'}")
            case _:
                """Worth no line."""

    def _following(self, event: FollowingChanged) -> str:
        folder = display_path(event.folder)
        match event.way:
            case FollowWay.NOTIFIED:
                return f"watching {folder}"
            case FollowWay.POLLED:
                return f"polling {folder} every {self._poll_seconds:g} s ({event.reason})"
            case FollowWay.GONE:
                return f"waiting for {folder}: it is not there; what the library knows of it stays"


def print_event(event: Event) -> None:
    """Print an event as a document in one line, if programs have a use for it."""
    match event:
        case FollowingChanged():
            print_line(following_json(event))
        case RunFinished(report=report):
            print_line(report_json(report))
        case _:
            """The report of the run has it."""


def _news(report: RunReport) -> list[str]:
    """Say what a run has found, as far as it is worth a line."""
    progress, summary = report.progress, report.summary
    found = dict(summary.run.found)
    counts = {
        "analysed": summary.analysed,
        "with tags read again": summary.tags_read,
        "moved": progress.files_moved,
        "failed": len(summary.failed),
        "missing": summary.missing,
        "back": found.get(Found.BACK),
        "excluded": summary.excluded,
        "included": found.get(Found.INCLUDED),
        "linked": progress.files_linked,
    }
    news = [f"{number} {what}" for what, number in counts.items() if number]
    if report.error is not None:
        news.append(report.error)
    return news
