from dataclasses import replace

import pytest

from passagework.actors.messages.acknowledgements import (
    Committed,
    LibraryDegraded,
    LibraryRecovered,
    Rejected,
    RunClosed,
    RunOpened,
)
from passagework.actors.messages.analyzer import JobEnded, StopAnalysing
from passagework.actors.messages.library import CloseRun, Flush, OpenRun
from passagework.actors.messages.linker import Link, StopLinking
from passagework.actors.messages.scanner import Credit, Scan, StopScan
from passagework.actors.messages.session import (
    AnalysingStopped,
    Cancel,
    LinkerAdvanced,
    LinkerIdle,
    Pause,
    Resume,
    ScanAdvanced,
    ScanFinished,
    ScanStumbled,
    WorkersUnavailable,
)
from passagework.actors.pipeline import FileInHand, Stage
from passagework.actors.runtime.messages import ActorRestarted, Down
from passagework.actors.session.session import RunUnderWayError
from passagework.domain.change_events import FileAdded, FileFailed
from passagework.domain.changes import StoredFile
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.progress import (
    FileFinished,
    FileLinked,
    FolderSkipped,
    LibraryPaused,
    LibraryResumed,
    Phase,
    RunFinished,
    RunReport,
    RunStarted,
    ScanProblem,
    ScanProblemCode,
)
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import DeferredItems, RunState
from passagework.persistence.write.writes import BeginAttempt, JoinMoved, StoreFailure
from passagework.workers.executor import Cancelled
from tests.actors.conftest import SUMMARY

RUN = 7
REQUEST = 1


@pytest.fixture
def world(session_world):
    return session_world


def test_a_run_is_opened_in_the_library_before_anything_is_scanned(world):
    world.order()
    assert [type(message) for message in world.library.messages] == [OpenRun]
    assert world.scanner.messages == []
    world.tell(RunOpened(RUN, REQUEST))
    assert world.scanner.messages == [Scan(RUN, (b"/music",), retry_failed=False), Credit(RUN, 4)]
    assert world.events == [RunStarted(RUN)]


def test_a_second_run_is_refused_while_one_is_under_way(world):
    world.start()
    with pytest.raises(RunUnderWayError):
        world.order(request_id=REQUEST + 1)


def test_work_starts_only_after_the_attempt_is_durable(world):
    world.start()
    world.find("a")
    assert world.in_work() == []
    assert [file.path for file in world.begin_all()] == [b"/music/a"]


def test_the_analyzer_never_has_more_files_than_its_window(world):
    world.start()
    world.find("a", "b", "c", "d")
    first = world.begin_all()
    assert len(first) == 2
    world.analysed(first[0])
    assert len(world.in_work()) == 1


def test_the_window_follows_what_the_executor_takes_at_the_moment(make_world):
    slots = 1
    world = make_world(lambda: slots)
    world.start()
    world.find("a", "b", "c", "d", "e")
    first = world.begin_all()
    assert len(first) == 1
    slots = 3
    world.analysed(first[0])
    assert len(world.in_work()) == 3


def test_a_file_counts_and_its_credit_returns_when_its_result_is_committed_and_not_before(world):
    world.start()
    world.credits()
    world.find("a")
    (file,) = world.begin_all()
    world.analysed(file)
    assert (world.credits(), world.finished(), world.progress.files_analysed) == (0, [], 0)
    world.committed(file)
    assert world.credits() == 1
    assert [(event.path, event.failure, event.passages) for event in world.finished()] == [(b"/music/a", None, 2)]
    assert (world.progress.files_analysed, world.progress.passages, world.progress.bytes_done) == (1, 2, 1000)
    assert world.progress.audio == 3 * TICKS_PER_SECOND


def test_a_file_on_its_way_makes_no_new_progress_and_what_is_committed_does(world):
    world.start()
    snapshots = len(world.snapshots)
    world.find("a", "b")
    assert len(world.snapshots) == snapshots
    file, _ = world.begin_all()
    assert (len(world.snapshots), world.progress.in_flight) == (snapshots + 1, 2)
    world.analysed(file)
    assert len(world.snapshots) == snapshots + 1
    world.tell(Committed((file.write_id,)))
    assert (len(world.snapshots), world.progress.in_flight) == (snapshots + 2, 1)


def test_an_acknowledgement_that_comes_twice_counts_once(world):
    world.start()
    world.credits()
    world.find("a")
    (file,) = world.begin_all()
    world.store(file)
    world.tell(Committed((file.write_id,)))
    assert (world.progress.files_analysed, world.credits()) == (1, 1)


def test_a_failure_counts_as_one_and_names_its_reason(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.store(file, Failure(FailureCode.DAMAGED))
    assert (world.progress.files_analysed, world.progress.files_failed) == (0, 1)
    assert world.finished()[0].failure.code is FailureCode.DAMAGED


def told(world):
    return [type(event) for event in world.events if getattr(event, "path", None) is not None]


def test_a_new_file_is_told_as_one_with_its_guid_before_its_result(world):
    world.start()
    world.find("a", "b", "c")
    new, known = world.begin_all()
    world.store(new)
    world.analysed(known)
    world.committed(known, added=False)
    assert told(world) == [FileAdded, FileFinished, FileFinished]
    assert {event.guid for event in world.events if isinstance(event, FileAdded)} == {world.finished()[0].guid}
    (refused,) = world.in_work()
    failure = Failure(FailureCode.LIBRARY_REJECTED, "too long")
    world.tell(Rejected(refused.write_id, failure, StoredFile("refused", added=True)))
    assert world.events[-3:-1] == [
        FileAdded(RUN, "refused", refused.path),
        FileFailed(RUN, "refused", refused.path, failure),
    ]
    assert (world.finished()[-1].guid, world.finished()[-1].failure) == ("refused", failure)


def test_a_file_that_is_cut_again_is_not_new_a_second_time(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.tell(replace(file, stage=Stage.STORING, cut_again=True))
    world.committed(file)
    assert told(world) == [FileFinished]


def test_a_result_that_the_library_refuses_is_a_failure_of_its_file(world):
    world.start()
    world.credits()
    world.find("a")
    (file,) = world.begin_all()
    world.analysed(file)
    world.tell(Rejected(file.write_id, Failure(FailureCode.LIBRARY_REJECTED)))
    assert (world.progress.files_failed, world.progress.passages, world.credits()) == (1, 0, 1)


def test_a_file_that_is_found_twice_is_worked_on_once(world):
    world.start()
    world.credits()
    world.find("a", "a")
    assert len(world.begin_all()) == 1
    assert world.credits() == 1


def end_scan(world):
    world.tell(ScanFinished(RUN))


def test_the_run_ends_after_scan_files_and_links_in_this_order(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    end_scan(world)
    assert Link(RUN, final=True) not in world.linker.messages
    world.store(file)
    assert world.linker.messages[-1] == Link(RUN, final=True)
    world.tell(LinkerIdle(RUN))
    (closing,) = [message for message in world.library.messages if isinstance(message, CloseRun)]
    assert closing.state is RunState.COMPLETED
    assert world.progress.phase is Phase.CLOSING
    world.tell(RunClosed(RUN))
    assert isinstance(world.events[-1], RunFinished)
    assert world.events[-1].report.summary is world.summary


def test_with_linking_switched_off_the_linker_hears_nothing(world):
    world.start(link=False)
    end_scan(world)
    assert world.linker.messages == []
    assert isinstance(world.library.messages[-1], CloseRun)


def test_suspects_come_last_and_one_at_a_time(world):
    world.start()
    world.credits()
    world.find("suspect 1", "suspect 2", suspect=True, attempts=1)
    assert world.credits() == 2
    world.find("a")
    (file,) = world.begin_all()
    end_scan(world)
    assert world.begin_all() == []
    world.store(file)
    for name in (b"/music/suspect 1", b"/music/suspect 2"):
        (begin,) = world.submitted(BeginAttempt)
        assert (begin.write.path, begin.write.alone, begin.write.number) == (name, True, 2)
        world.tell(Committed((begin.write_id,)))
        (file,) = world.in_work()
        world.credits()
        world.store(file)
        assert world.credits() == 0, "its credit went back when it was set aside"
    assert world.linker.messages[-1] == Link(RUN, final=True)


def test_a_suspect_with_too_many_attempts_is_quarantined_without_another_one(world):
    world.start()
    world.find("killer", suspect=True, attempts=3)
    end_scan(world)
    (verdict,) = world.submitted(StoreFailure)
    assert verdict.write.failure.code is FailureCode.QUARANTINED
    world.credits()
    world.tell(Committed((verdict.write_id,)))
    assert (world.progress.files_failed, world.credits()) == (1, 0)
    assert world.in_work() == []


def test_a_paused_run_hands_out_nothing_and_goes_on_after_resume(world):
    world.start()
    world.credits()
    world.find("a", "b", "c")
    first, _ = world.begin_all()
    world.tell(Pause(REQUEST))
    world.store(first)
    assert (world.in_work(), world.credits(), world.progress.paused) == ([], 0, "paused")
    world.tell(Resume(REQUEST))
    assert (len(world.in_work()), world.credits(), world.progress.paused) == (1, 1, None)


def test_cancel_stops_everybody_keeps_what_is_on_its_way_and_closes_the_run(world):
    world.start()
    world.find("a", "b", "c")
    first, _ = world.begin_all()
    world.analysed(first)
    world.tell(Cancel(REQUEST))
    assert world.scanner.messages[-1] == StopScan()
    assert world.linker.messages[-1] == StopLinking()
    assert world.analyzer.messages[-1] == StopAnalysing(RUN)
    assert world.library.messages[-1] == Flush()
    world.tell(AnalysingStopped(RUN))
    assert not [message for message in world.library.messages if isinstance(message, CloseRun)]
    world.tell(Committed((first.write_id,)))
    (closing,) = [message for message in world.library.messages if isinstance(message, CloseRun)]
    assert closing.state is RunState.CANCELLED


def test_a_cancelled_run_on_a_library_that_takes_no_writes_still_ends(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.analysed(file)
    world.tell(LibraryDegraded("the disk is full"), Cancel(REQUEST), AnalysingStopped(RUN))
    assert isinstance(world.events[-1], RunFinished)


def test_a_library_that_takes_no_writes_is_told_and_taken_back(world):
    world.start()
    world.tell(LibraryDegraded("the disk is full"))
    assert world.progress.paused == "the disk is full"
    world.tell(LibraryRecovered())
    assert world.progress.paused is None
    assert world.events[1:] == [LibraryPaused(RUN, "the disk is full"), LibraryResumed(RUN)]


def test_without_workers_the_run_ends_and_says_why(world):
    world.start()
    world.find("a")
    world.begin_all()
    world.tell(WorkersUnavailable(RUN, "no module named numpy"), AnalysingStopped(RUN), RunClosed(RUN))
    report = world.events[-1].report
    assert "numpy" in report.error


def restarted(name, message=None):
    return ActorRestarted(name, message, "RuntimeError: a defect")


def test_after_a_crash_of_the_library_everything_unacknowledged_is_sent_again(world):
    world.start()
    world.find("beginning", "storing", "in work")
    begun = {m.write.path: m.write_id for m in world.submitted(BeginAttempt)}
    world.tell(Committed((begun[b"/music/storing"], begun[b"/music/in work"])))
    storing, _in_work = world.in_work()
    world.analysed(storing)
    world.tell(restarted("persistence"))
    assert [m.write.path for m in world.submitted(BeginAttempt)] == [b"/music/beginning"]
    (again,) = world.in_work()
    assert (again.path, again.write_id != storing.write_id) == (b"/music/storing", True)
    world.tell(Committed((storing.write_id,)))
    assert world.progress.files_analysed == 0


def test_after_a_crash_of_the_analyzer_what_it_had_is_ordered_again(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.tell(restarted("analyzer"))
    (again,) = world.in_work()
    assert (again.path, again.stamp) == (file.path, file.stamp)


def test_a_file_on_which_actors_keep_crashing_is_given_up_alone(world):
    world.start()
    world.find("poison", "b")
    poison, b = world.begin_all()
    for _ in range(3):
        world.tell(restarted("analyzer", JobEnded(poison, Cancelled(1))))
        files = {file.path: file for file in world.in_work()}
        poison = files.get(b"/music/poison", poison)
        b = files[b"/music/b"]
    (verdict,) = world.submitted(StoreFailure)
    assert (verdict.write.path, verdict.write.failure.code) == (b"/music/poison", FailureCode.INTERNAL_ERROR)
    world.tell(Committed((verdict.write_id,)))
    world.store(b)
    assert (world.progress.files_failed, world.progress.files_analysed) == (1, 1)


def test_after_a_crash_of_the_scanner_the_scan_starts_again_with_the_free_credits(world):
    world.start()
    world.find("a")
    world.scanner.take()
    world.tell(restarted("scanner"))
    assert world.scanner.messages == [Scan(RUN, (b"/music",), retry_failed=False), Credit(RUN, 3)]


def test_after_a_crash_of_the_linker_it_is_asked_again(world):
    world.start()
    end_scan(world)
    world.linker.take()
    world.tell(restarted("linker"))
    assert world.linker.messages == [Link(RUN, final=True)]


def test_what_an_earlier_run_left_behind_does_not_touch_the_next_one(world):
    world.start()
    world.find("a")
    (old,) = world.begin_all()
    world.analysed(old)
    world.tell(LibraryDegraded("the disk is full"), Cancel(REQUEST), AnalysingStopped(RUN))
    assert isinstance(world.events[-1], RunFinished)
    world.events.clear()
    world.order(request_id=REQUEST + 1)
    world.tell(RunOpened(RUN + 1, REQUEST + 1))
    found = FileInHand(run=RUN + 1, path=b"/music/b", stamp=FileStamp(1000, 1))
    world.tell(found)
    world.tell(Committed((old.write_id,)), RunClosed(RUN), LinkerIdle(RUN), ScanFinished(RUN))
    assert world.in_work() == []
    assert world.progress.phase is Phase.IMPORTING
    assert world.events == [RunStarted(RUN + 1)]


def test_a_run_that_is_opened_twice_after_a_crash_of_the_library_scans_once(world):
    world.start()
    world.scanner.take()
    world.tell(RunOpened(RUN + 1, REQUEST))
    assert world.scanner.messages == []


def test_time_at_rest_is_told_apart_from_time_at_work(world):
    world.start()
    world.stage.advance(10)
    world.tell(Pause(REQUEST))
    world.stage.advance(3600)
    world.tell(Resume(REQUEST))
    world.stage.advance(5)
    world.tell(LibraryDegraded("the disk is full"))
    world.stage.advance(100)
    world.tell(LibraryRecovered())
    assert (world.progress.elapsed_seconds, world.progress.resting_seconds) == (3715, 3700)


def test_results_that_come_while_a_run_is_paused_are_linked_after_it(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.linker.take()
    world.tell(Pause(REQUEST))
    world.store(file)
    assert world.linker.take() == [StopLinking()]
    world.tell(Resume(REQUEST))
    assert world.linker.take() == [Link(RUN)]


def test_every_committed_file_calls_the_linker_while_the_run_goes_on(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.linker.take()
    world.analysed(file)
    assert world.linker.take() == []
    world.tell(Committed((file.write_id,)))
    assert world.linker.take() == [Link(RUN, final=False)]


def test_a_file_that_is_committed_with_its_links_is_linked_and_the_linker_is_not_called(world):
    world.start()
    world.find("a")
    (file,) = world.begin_all()
    world.linker.take()
    world.analysed(file)
    assert world.progress.files_linked == 0
    result = (file.write_id, StoredFile("guid", added=False))
    world.tell(Committed((file.write_id,), ((file.write_id, ("guid 1", "guid 2")),), (result,)))
    finished, linked = world.events[-2:]
    assert isinstance(finished, FileFinished)
    assert linked == FileLinked(RUN, file.path, ("guid 1", "guid 2"))
    assert (world.progress.files_linked, world.linker.take()) == (1, [])


def test_the_credits_of_files_that_are_committed_together_return_together(world):
    world.start()
    world.credits()
    world.find("a", "b")
    files = world.begin_all()
    for file in files:
        world.analysed(file)
    world.tell(Committed(tuple(file.write_id for file in files)))
    assert world.scanner.take() == [Credit(RUN, 2)]


def test_the_library_is_asked_for_a_run_and_to_close_it_with_all_that_it_is_to_keep(world):
    world.order()
    port = world.stage.ports["session"]
    assert world.library.take() == [OpenRun(REQUEST, "hash", "{}", (b"/music",), port)]
    world.tell(RunOpened(RUN, REQUEST))
    scan = {"files_failed_before": 3, "files_ignored": 4, "files_expected": 5, "bytes_expected": 6}
    world.tell(ScanAdvanced(run=RUN, files_seen=11, files_unchanged=12, expected_complete=True, **scan))
    world.tell(ScanFinished(RUN), LinkerIdle(RUN, ()))
    assert world.library.take() == [CloseRun(RUN, RunState.COMPLETED, 11, 12, port)]


def test_an_attempt_is_stored_with_its_number_and_whether_the_file_runs_alone(world):
    world.start()
    world.find("a", attempts=2)
    (sent,) = world.submitted(BeginAttempt)
    assert sent.write == BeginAttempt(RUN, b"/music/a", FileStamp(1000, 1), alone=False, number=3)
    assert sent.reply_to is world.stage.ports["session"]


def test_a_suspect_is_stored_as_running_alone(world):
    world.start()
    world.find("a", suspect=True, attempts=1)
    end_scan(world)
    (sent,) = world.submitted(BeginAttempt)
    assert sent.write == BeginAttempt(RUN, b"/music/a", FileStamp(1000, 1), alone=True, number=2)


def test_a_quarantine_says_after_how_many_attempts(world):
    world.start()
    world.find("a", suspect=True, attempts=3)
    end_scan(world)
    (sent,) = world.submitted(StoreFailure)
    failure = Failure(FailureCode.QUARANTINED, "3 attempts")
    assert sent.write == StoreFailure(RUN, b"/music/a", FileStamp(1000, 1), failure)


def test_a_second_start_is_refused_in_words(world):
    world.start()
    with pytest.raises(RunUnderWayError, match=r"^an import is running in this importer; wait for it or cancel it$"):
        world.order()


def test_a_file_at_a_stage_that_no_actor_sends_is_a_defect(world):
    world.start()
    stamp = FileStamp(1000, 1)
    world.tell(FileInHand(run=RUN, path=b"/music/a", stamp=stamp, stage=Stage.READY))
    (down,) = world.stage.inboxes["supervisor"].of(Down)
    assert down.error == "ValueError: no actor sends the session a file that is READY"


def test_a_message_that_the_session_does_not_know_is_a_defect(world):
    world.tell("unknown")
    (down,) = world.stage.inboxes["supervisor"].of(Down)
    assert "'unknown'" in down.error


def test_what_is_linked_is_counted_and_told(world):
    world.start()
    linked = (FileLinked(RUN, b"/music/a", ()), FileLinked(RUN, b"/music/b", ()))
    world.tell(LinkerAdvanced(RUN, 3, linked), LinkerAdvanced(RUN, 4, ()))
    assert world.events[-2:] == list(linked)
    assert world.progress.files_linked == 7


def test_the_report_has_what_the_run_counted_what_the_library_says_and_what_stayed(world):
    world.start()
    problem = ScanProblem(ScanProblemCode.ROOT_EMPTY, b"/music", "the folder has no entries")
    deferred = (DeferredItems(3, "acoustid-unreachable: no network", 77),)
    world.tell(ScanStumbled(RUN, problem), ScanFinished(RUN), LinkerIdle(RUN, deferred), RunClosed(RUN))
    assert world.events[-1] == RunFinished(
        RUN, RunReport(RunState.COMPLETED, SUMMARY, world.progress, (problem,), None, deferred)
    )
    assert (world.progress.phase, world.progress.paused) == (Phase.FINISHED, None)


def test_the_report_of_a_run_without_workers_names_the_error(world):
    world.start()
    world.tell(WorkersUnavailable(RUN, "no numpy"), AnalysingStopped(RUN), RunClosed(RUN))
    report = world.events[-1].report
    assert (report.state, report.error) == (RunState.CANCELLED, "no worker process could be started: no numpy")


def test_a_new_file_that_may_be_one_of_several_that_are_gone_is_told_with_all_of_them(session_world):
    session_world.start(link=False)
    session_world.tell(ScanFinished(RUN, may_join=True))
    (join,) = session_world.submitted(JoinMoved)
    new, other = b"/music/new", b"/music/other"
    session_world.summary = ((new, b"/music/1"), (new, b"/music/2"), (other, b"/music/3"))
    session_world.tell(Committed((join.write_id,)))
    found = [one.problem for one in session_world.events if isinstance(one, FolderSkipped)]
    assert found == [
        ScanProblem(ScanProblemCode.MOVE_AMBIGUOUS, new, "it may have been /music/1 or /music/2"),
        ScanProblem(ScanProblemCode.MOVE_AMBIGUOUS, other, "it or another new file may have been /music/3"),
    ]
