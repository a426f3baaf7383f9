"""The counters of a run: what was acknowledged, what is expected, how fast it goes. Plain, no threads."""

from passagework.actors.messages.session import ScanAdvanced
from passagework.actors.pipeline import FileInHand
from passagework.domain.failures import Failure
from passagework.domain.ids import Guid, RunId
from passagework.domain.progress import FileFinished, Phase, Progress, RefreshPlanned
from passagework.domain.units import NO_TIME, Ticks


class RunCounters:
    """Counts what is committed; a file counts when the library acknowledged its result, not before.

    ``scan`` are the latest counters of the scan, ``progress`` is the latest snapshot.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self._analysed = self._tags_read = self._failed = self._linked = 0
        self._verified = self._verified_moves = self._retagged_moves = 0
        self._bytes = self._passages = 0
        self._more_files = self._more_bytes = 0
        self._audio = NO_TIME
        self.scan = ScanAdvanced(
            run=RunId(0),
            files_seen=0,
            files_unchanged=0,
            files_failed_before=0,
            files_ignored=0,
            files_expected=0,
            bytes_expected=0,
            expected_complete=False,
        )
        self.progress = Progress()

    def finished(self, file: FileInHand, guid: Guid, failure: Failure | None) -> FileFinished:
        """Count an acknowledged file and give the event for it.

        ``failure`` is what the library holds: the file's own, or why the library refused its result.
        """
        passages, audio = (file.passages, file.audio) if failure is None else (0, NO_TIME)
        if file.cut_again:
            # It has been counted; the report has its passages as they are in the library.
            return FileFinished(file.run, guid, file.path, failure, passages, audio)
        self._analysed += failure is None and not file.tags_only
        self._tags_read += failure is None and file.tags_only
        self._retagged_moves += failure is None and file.was_moved
        self._failed += failure is not None
        self._bytes += file.stamp.size
        self._passages += passages
        self._audio = Ticks(self._audio + audio)
        return FileFinished(file.run, guid, file.path, failure, passages, audio, failure is None and file.tags_only)

    def verified(self, file: FileInHand) -> None:
        """Count an acknowledged file whose content is that of its last result."""
        self._verified += 1
        self._verified_moves += file.was_moved
        self._bytes += file.stamp.size

    def linked(self, files: int) -> None:
        """Count files whose links are durable."""
        self._linked += files

    def expect(self, file: FileInHand) -> None:
        """Expect a file beside those that the scan has found."""
        if not file.cut_again:
            self._more_files += 1
            self._more_bytes += file.stamp.size

    def scanned(self, news: ScanAdvanced) -> None:
        """Take over the counters of the scan."""
        self.scan = news

    @property
    def unchanged(self) -> int:
        """The number of files whose stamp, or content, is that of their last result, under the same path."""
        return self.scan.files_unchanged + self._verified - self._verified_moves

    def snapshot(
        self, now: float, phase: Phase, in_flight: int, paused: str | None, refresh: RefreshPlanned | None = None
    ) -> Progress:
        """Return the progress at ``now``, for others to look at."""
        before, scan = self.progress, self.scan
        elapsed = now - self._started
        rested = elapsed - before.elapsed_seconds if before.paused is not None else 0.0
        self.progress = Progress(
            phase=phase,
            files_seen=scan.files_seen,
            files_unchanged=self.unchanged,
            files_moved=scan.files_moved + self._verified_moves + self._retagged_moves,
            files_failed_before=scan.files_failed_before,
            files_ignored=scan.files_ignored,
            files_redone=scan.files_redone,
            files_expected=scan.files_expected + self._more_files,
            bytes_expected=scan.bytes_expected + self._more_bytes,
            expected_complete=scan.expected_complete,
            files_analysed=self._analysed,
            files_tags_read=self._tags_read,
            files_failed=self._failed,
            files_verified=self._verified,
            bytes_done=self._bytes,
            in_flight=in_flight,
            passages=self._passages,
            audio=self._audio,
            files_linked=self._linked,
            elapsed_seconds=elapsed,
            resting_seconds=before.resting_seconds + rested,
            paused=paused,
            refresh=refresh,
        )
        return self.progress
