"""What the counters of a run count, and the progress that they give."""

from passagework.actors.messages.session import ScanAdvanced
from passagework.actors.pipeline import FileInHand
from passagework.actors.session.counters import RunCounters
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId
from passagework.domain.progress import FileFinished, Phase, Progress
from passagework.domain.units import Ticks

FILE = FileInHand(run=RunId(1), path=b"/music/a.flac", stamp=FileStamp(100, 3), passages=7, audio=Ticks(1000))


def test_everything_that_is_counted_has_its_place_in_the_progress():
    counters = RunCounters(started=50.0)
    counters.scanned(
        ScanAdvanced(
            run=RunId(1),
            files_seen=11,
            files_unchanged=12,
            files_failed_before=13,
            files_ignored=14,
            files_expected=15,
            bytes_expected=16,
            expected_complete=True,
        )
    )
    for failure in (None, None, Failure(FailureCode.EMPTY_FILE, "")):
        counters.finished(FILE, "guid", failure)
    counters.linked(4)
    counters.linked(5)
    counters.snapshot(60.0, Phase.IMPORTING, 17, "the disk is full")
    assert counters.snapshot(62.5, Phase.LINKING, 18, None) == Progress(
        phase=Phase.LINKING,
        files_seen=11,
        files_unchanged=12,
        files_failed_before=13,
        files_ignored=14,
        files_expected=15,
        bytes_expected=16,
        expected_complete=True,
        files_analysed=2,
        files_failed=1,
        bytes_done=300,
        in_flight=18,
        passages=14,
        audio=Ticks(2000),
        files_linked=9,
        elapsed_seconds=12.5,
        resting_seconds=2.5,
        paused=None,
    )


def test_before_anything_is_counted_the_progress_is_empty():
    assert RunCounters(started=50.0).snapshot(50.0, Phase.STARTING, 0, None) == Progress()


def test_a_finished_file_is_told_with_what_is_in_the_library():
    failure = Failure(FailureCode.EMPTY_FILE, "")
    counters = RunCounters(started=50.0)
    assert counters.finished(FILE, "guid", None) == FileFinished(
        RunId(1), "guid", b"/music/a.flac", None, 7, Ticks(1000)
    )
    assert counters.finished(FILE, "guid", failure) == FileFinished(
        RunId(1), "guid", b"/music/a.flac", failure, 0, Ticks(0)
    )


def test_files_that_are_as_they_were_count_as_verified_and_all_of_their_bytes_as_done():
    counters = RunCounters(started=50.0)
    for _ in range(2):
        counters.verified(FILE)
    progress = counters.snapshot(50.0, Phase.IMPORTING, 0, None)
    assert (progress.files_verified, progress.files_unchanged, progress.bytes_done) == (2, 2, 200)
