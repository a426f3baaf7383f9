from dataclasses import replace

import pytest

from passagework.actors.analyzer.analyzer import AnalyzerActor, AnalyzerParts, DeadlineRules
from passagework.actors.messages.analyzer import JobEnded, StopAnalysing
from passagework.actors.messages.library import Submit
from passagework.actors.messages.session import AnalysingStopped, WorkersUnavailable
from passagework.actors.pipeline import FileInHand, Stage
from passagework.actors.runtime.messages import Down
from passagework.actors.runtime.names import ActorName
from passagework.domain.analysis import FailedAnalysis, FileAnalysis, SameAudio
from passagework.domain.analysis_rules import AnalysisRules, CueRules, RulesBelow
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import Given
from passagework.domain.jobs import AnalysisJob, Finish
from passagework.domain.known_content import KnownContent
from passagework.domain.units import Ticks
from passagework.persistence.write.writes import MarkMissing, StoreAnalysis, StoreFailure
from passagework.workers.encoding import encoded
from passagework.workers.executor import Cancelled, Crashed, Finished, NotStarted, TimedOut
from tests.support.distinct import Distinct

RUN = 7
RULES = AnalysisRules(true_peak=False)
FOLDERS = tuple(
    RulesBelow(folder, AnalysisRules(cues=CueRules(lead_drop=drop)), f'{{"made": {drop}}}')
    for folder, drop in ((b"/music/sides", 7.0), (b"/music/sides/deep", 8.0), (b"/music/si", 9.0))
)


class HeldExecutor:
    """Keeps every job until the test says how it ends."""

    def __init__(self):
        self.jobs = []
        self.cancelled = self.closed = 0

    def submit(self, job, work, deadline_seconds, on_done):
        self.jobs.append((job, work, deadline_seconds, on_done))

    def end(self, make_outcome):
        job, _work, _deadline, on_done = self.jobs.pop(0)
        on_done(make_outcome(job))

    def cancel(self):
        self.cancelled += 1

    def close(self):
        self.closed += 1


@pytest.fixture
def executor():
    return HeldExecutor()


@pytest.fixture
def analyzer(stage, executor):
    parts = AnalyzerParts(
        library=stage.ports["persistence"],
        session=stage.ports["session"],
        acknowledge_to=stage.ports["session"],
        own_port=stage.ports["analyzer"],
        clock=stage.clock,
        make_executor=lambda: executor,
        analysis=RULES,
        folders=FOLDERS,
        deadlines=DeadlineRules(seconds=60, factor=0.25),
        finish=Finish.LINK_AND_ENCODE,
    )
    return stage.put_actor("analyzer", AnalyzerActor(stage.ports["supervisor"], parts))


def order(stage, write_id=1, size=16_000 * 400):
    file = FileInHand(run=RUN, path=b"/music/a.mp3", stamp=FileStamp(size, 1), stage=Stage.IN_WORK, write_id=write_id)
    stage.ports["analyzer"].tell(file)
    stage.pump()
    return file


def end(stage, executor, make_outcome):
    executor.end(make_outcome)
    stage.pump()


def stored(stage):
    return [message for message in stage.inboxes["persistence"].messages if isinstance(message, Submit)]


def test_a_result_goes_to_the_library_under_the_write_id_of_its_file(stage, analyzer, executor):
    file = order(stage, write_id=5)
    failed = FailedAnalysis(b"/music/a.mp3", FileStamp(1, 1), Failure(FailureCode.NOT_AUDIO))
    end(stage, executor, lambda job: Finished(job, failed, 0.1))
    (submit,) = stored(stage)
    assert (submit.write_id, submit.reply_to) == (5, stage.ports["session"])
    assert submit.write == StoreFailure(RUN, b"/music/a.mp3", FileStamp(1, 1), Failure(FailureCode.NOT_AUDIO))
    failure = Failure(FailureCode.NOT_AUDIO)
    assert stage.inboxes["session"].messages == [replace(file, stage=Stage.STORING, worker_tries=1, failure=failure)]


@pytest.mark.parametrize(
    ("path", "rules", "parts"),
    [
        (b"/music/a.mp3", RULES, None),
        (b"/music/sides.mp3", RULES, None),
        (b"/music/sides/a.mp3", FOLDERS[0].rules, '{"made": 7.0}'),
        (b"/music/sides/deep/er/a.mp3", FOLDERS[1].rules, '{"made": 8.0}'),
    ],
)
def test_a_file_is_analysed_by_the_rules_of_the_deepest_folder_around_it(stage, analyzer, executor, path, rules, parts):
    file = FileInHand(run=RUN, path=path, stamp=FileStamp(9, 1), stage=Stage.IN_WORK)
    stage.ports["analyzer"].tell(file)
    stage.pump()
    ((_job, work, _deadline, _done),) = executor.jobs
    assert work.rules == rules
    analysis = replace(Distinct().of(FileAnalysis), path=path)
    end(stage, executor, lambda job: Finished(job, analysis, 0.1))
    (submit,) = stored(stage)
    assert submit.write.parts == parts


def test_the_stamp_of_a_file_that_was_written_while_it_was_read_is_stored_so_that_it_matches_none(
    stage, analyzer, executor
):
    failure = Failure(FailureCode.NOT_AUDIO)
    for age_ns, stored_less in ((1, 1), (-1_500_000_001, 1), (60_000_000_001, 0), (-60_000_000_001, 0)):
        stage.inboxes["persistence"].messages.clear()
        order(stage)
        stamp = FileStamp(10, stage.clock.time_ns() - age_ns, 11, 12)
        stage.advance(2)
        end(stage, executor, lambda job, stamp=stamp: Finished(job, FailedAnalysis(b"/a", stamp, failure), 0.1))
        (submit,) = stored(stage)
        assert submit.write.stamp == FileStamp(10, stamp.mtime_ns - stored_less, 11, 12)


def test_the_deadline_grows_with_the_size_of_the_file(stage, analyzer, executor):
    order(stage, size=0)
    order(stage, size=16_000 * 400)
    assert [deadline for _job, _work, deadline, _done in executor.jobs] == [60, 160]


def test_a_crash_gets_one_second_try_and_then_is_a_failure(stage, analyzer, executor):
    order(stage)
    end(stage, executor, lambda job: Crashed(job, "signal 11", out_of_memory=False))
    assert (stored(stage), len(executor.jobs)) == ([], 1)
    end(stage, executor, lambda job: Crashed(job, "signal 11", out_of_memory=False))
    assert [s.write.failure for s in stored(stage)] == [Failure(FailureCode.WORKER_CRASHED, "signal 11")]


@pytest.mark.parametrize(
    ("make_outcome", "code"),
    [
        (lambda job: Crashed(job, "2 GB", out_of_memory=True), FailureCode.WORKER_MEMORY),
        (lambda job: TimedOut(job, 60.0), FailureCode.WORKER_TIMEOUT),
        (lambda job: Crashed(job, "4 died", out_of_memory=False, final=True), FailureCode.WORKER_CRASHED),
    ],
)
def test_what_would_only_happen_again_is_not_tried_again(stage, analyzer, executor, make_outcome, code):
    order(stage)
    end(stage, executor, make_outcome)
    assert [s.write.failure.code for s in stored(stage)] == [code]
    assert executor.jobs == []


def test_without_a_worker_no_file_is_blamed(stage, analyzer, executor):
    order(stage)
    end(stage, executor, lambda job: NotStarted(job, "no numpy"))
    assert stored(stage) == []
    assert stage.inboxes["session"].messages == [WorkersUnavailable(RUN, "no numpy")]


def test_after_cancel_no_result_is_delivered_any_more(stage, analyzer, executor):
    order(stage)
    stage.ports["analyzer"].tell(StopAnalysing(RUN))
    stage.pump()
    assert (executor.cancelled, stage.inboxes["session"].messages) == (1, [AnalysingStopped(RUN)])
    end(stage, executor, lambda job: TimedOut(job, 60.0))
    assert stored(stage) == []


def test_a_cancelled_job_is_nobodys_failure(stage, analyzer, executor):
    order(stage)
    end(stage, executor, Cancelled)
    assert stored(stage) == []


def test_the_workers_are_given_back_when_the_actor_stops(stage, analyzer, executor):
    analyzer.on_stop()
    analyzer.on_stop()
    assert executor.closed == 1


def test_the_end_of_a_job_of_the_actor_that_this_one_replaced_is_nobodys(stage, analyzer, executor):
    file = order(stage, 5)
    stage.ports["analyzer"].tell(JobEnded(replace(file, write_id=4), Cancelled(1)))
    stage.pump()
    assert stored(stage) == []
    end(stage, executor, lambda job: Crashed(job, "signal 11", out_of_memory=True))
    assert len(stage.inboxes["persistence"].of(Submit)) == 1


def test_the_executor_gets_the_file_with_its_stamp_and_the_rules_under_a_number_of_its_own(stage, analyzer, executor):
    order(stage)
    order(stage, size=77)
    assert [(job, work) for job, work, _deadline, _done in executor.jobs] == [
        (1, AnalysisJob(b"/music/a.mp3", FileStamp(16_000 * 400, 1), RULES, Finish.LINK_AND_ENCODE)),
        (2, AnalysisJob(b"/music/a.mp3", FileStamp(77, 1), RULES, Finish.LINK_AND_ENCODE)),
    ]


@pytest.mark.parametrize("by_the_worker", [True, False])
def test_an_analysis_is_told_to_the_session_with_its_passages_and_then_stored_encoded(
    stage, analyzer, executor, by_the_worker
):
    file = order(stage, write_id=5)
    analysis = replace(Distinct().of(FileAnalysis), path=b"/music/a.mp3", duration=Ticks(12345))
    shipped = encoded(analysis, Finish.LINK_AND_ENCODE)
    if by_the_worker:
        analysis = shipped
    end(stage, executor, lambda job: Finished(job, analysis, 0.1))
    (told,) = stage.inboxes["session"].messages
    assert told == replace(file, stage=Stage.STORING, passages=len(analysis.passages), audio=Ticks(12345))
    assert told.passages > 0
    (submit,) = stored(stage)
    assert (submit.write_id, submit.write, submit.more) == (5, StoreAnalysis(RUN, shipped), False)


def test_a_worker_that_ran_out_of_time_or_memory_is_a_failure_of_the_file_with_the_words_for_it(
    stage, analyzer, executor
):
    order(stage)
    end(stage, executor, lambda job: TimedOut(job, 60.4))
    order(stage)
    end(stage, executor, lambda job: Crashed(job, "2 GB", out_of_memory=True))
    stamp = FileStamp(16_000 * 400, 1)
    assert [submit.write for submit in stored(stage)] == [
        StoreFailure(RUN, b"/music/a.mp3", stamp, Failure(FailureCode.WORKER_TIMEOUT, "not done after 60 s")),
        StoreFailure(RUN, b"/music/a.mp3", stamp, Failure(FailureCode.WORKER_MEMORY, "2 GB")),
    ]


def test_a_second_try_is_logged_as_one(stage, analyzer, executor, logged):
    order(stage)
    end(stage, executor, lambda job: Crashed(job, "signal 11", out_of_memory=False))
    assert [(one["event"], one["run"], one["file"], one["attempt_of_worker"]) for one in logged()] == [
        ("job-started", RUN, "/music/a.mp3", 1),
        ("job-started", RUN, "/music/a.mp3", 2),
    ]


def test_a_message_that_the_analyzer_does_not_know_is_a_defect(stage, analyzer):
    stage.ports["analyzer"].tell("unknown")
    stage.pump()
    (down,) = stage.inboxes["supervisor"].of(Down)
    assert (down.name, down.message, "'unknown'" in down.error) == (ActorName.ANALYZER, "unknown", True)


KNOWN = KnownContent(guid="guid", path=b"/music/a.mp3", size=9, content_hash=b"c", audio_hash=b"h", passages=3)


def hand_out(stage, **changes):
    """Hand out a file of which something is known."""
    file = FileInHand(run=RUN, path=b"/music/a.mp3", stamp=FileStamp(9, 1), stage=Stage.IN_WORK, write_id=5)
    stage.ports["analyzer"].tell(replace(file, **changes))
    stage.pump()


def test_a_worker_gets_what_is_known_of_a_file_and_what_is_given_about_it(stage, analyzer, executor):
    given = Given(bounds="[]")
    hand_out(stage, known=KNOWN, given=given)
    ((_job, work, _deadline, _done),) = executor.jobs
    assert (work.known, work.given) == (KNOWN, given)


def test_a_file_with_the_same_audio_is_told_with_the_passages_that_it_has(stage, analyzer, executor):
    hand_out(stage, known=KNOWN)
    same = replace(Distinct().of(SameAudio), path=b"/music/a.mp3")
    end(stage, executor, lambda job: Finished(job, same, 0.1))
    (told,) = stage.inboxes["session"].messages
    assert (told.passages, told.tags_only, told.was_moved) == (3, True, False)


def test_a_file_that_is_not_the_one_that_it_might_have_been_leaves_this_one_missing_and_is_stored_after_that(
    stage, analyzer, executor
):
    hand_out(stage, known=replace(KNOWN, path=b"/music/gone.mp3"))
    analysis = replace(Distinct().of(FileAnalysis), path=b"/music/a.mp3")
    end(stage, executor, lambda job: Finished(job, analysis, 0.1))
    missing, own = stored(stage)
    assert (missing.write, missing.more) == (MarkMissing(RUN, (b"/music/gone.mp3",)), True)
    assert (own.write_id, type(own.write), own.more) == (5, StoreAnalysis, False)
