"""The counters of a run: what was acknowledged, what is expected, how fast it goes. Plain, no threads."""

from dataclasses import replace

from passagework.actors.messages.session import ScanAdvanced
from passagework.actors.pipeline import FileInHand
from passagework.domain.failures import Failure
from passagework.domain.progress import FileFinished, Phase, Progress
from passagework.domain.units import NO_TIME, Ticks


class RunCounters:
    """Counts what is committed; a file counts when the library acknowledged its result, not before."""

    def __init__(self, started: float) -> None:
        self._started = started
        self.progress = Progress()

    def finished(self, file: FileInHand, failure: Failure | None) -> FileFinished:
        """Count an acknowledged file and give the event for it.

        ``failure`` is what the library holds: the file's own, or why the library refused its result.
        """
        passages, audio = (file.passages, file.audio) if failure is None else (0, NO_TIME)
        progress = self.progress
        self.progress = replace(
            progress,
            files_analysed=progress.files_analysed + (failure is None),
            files_failed=progress.files_failed + (failure is not None),
            bytes_done=progress.bytes_done + file.stamp.size,
            passages=progress.passages + passages,
            audio=Ticks(progress.audio + audio),
        )
        return FileFinished(file.run, file.path, failure, passages, audio)

    def linked(self, files: int) -> None:
        """Count files whose links are durable."""
        self.progress = replace(self.progress, files_linked=self.progress.files_linked + files)

    def scanned(self, news: ScanAdvanced) -> None:
        """Take over the counters of the scan."""
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
        """Return the progress at ``now``, for others to look at."""
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
