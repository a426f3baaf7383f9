"""The counters of a run: what was acknowledged, what is expected, how fast it goes. Plain, no threads."""

from dataclasses import replace

from passagework.actors.messages.session import ScanAdvanced
from passagework.actors.session.ledger import Entry
from passagework.domain.failures import Failure
from passagework.domain.ids import RunId
from passagework.domain.progress import FileFinished, Phase, Progress
from passagework.domain.units import NO_TIME, Ticks


class RunCounters:
    """Counts what is committed; a file counts when the library acknowledged its result, not before."""

    def __init__(self, started: float) -> None:
        self._started = started
        self.progress = Progress()

    def finished(self, run: RunId, entry: Entry, failure: Failure | None) -> FileFinished:
        """Count an acknowledged file and give the event for it."""
        outcome = entry.outcome if failure is None else None
        passages = outcome.passages if outcome else 0
        audio = outcome.audio if outcome else NO_TIME
        progress = self.progress
        self.progress = replace(
            progress,
            files_analysed=progress.files_analysed + (failure is None),
            files_failed=progress.files_failed + (failure is not None),
            bytes_done=progress.bytes_done + entry.found.stamp.size,
            passages=progress.passages + passages,
            audio=Ticks(progress.audio + audio),
        )
        return FileFinished(run, entry.found.path, failure, passages, audio)

    def linked(self, files: int) -> None:
        """Count files whose links are durable."""
        self.progress = replace(self.progress, files_linked=self.progress.files_linked + files)

    def scanned(self, news: ScanAdvanced) -> None:
        """Take over the counts of the scan."""
        self.progress = replace(
            self.progress,
            files_seen=news.files_seen,
            files_unchanged=news.files_unchanged,
            files_failed_before=news.files_failed_before,
            files_ignored=news.files_ignored,
            files_expected=news.files_expected,
            bytes_expected=news.bytes_expected,
            expected_complete=news.expected_complete,
        )

    def snapshot(self, now: float, phase: Phase, in_flight: int, paused: str | None) -> Progress:
        """Give the progress at ``now``, for others to look at."""
        before = self.progress
        elapsed = now - self._started
        rested = elapsed - before.elapsed_seconds if before.paused is not None else 0.0
        self.progress = replace(
            before,
            phase=phase,
            in_flight=in_flight,
            elapsed_seconds=elapsed,
            resting_seconds=before.resting_seconds + rested,
            paused=paused,
        )
        return self.progress
