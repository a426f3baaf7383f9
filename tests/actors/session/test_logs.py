"""What is logged: one event for each file that fails, with run, file, attempt and actor; the rest at debug."""

import logging
from dataclasses import replace

import pytest

from passagework.actors.messages.acknowledgements import Committed, Rejected, RunClosed
from passagework.actors.messages.analyzer import JobEnded
from passagework.actors.messages.session import AnalysingStopped, Cancel, ScanFinished, ScanStumbled
from passagework.actors.runtime.messages import ActorRestarted
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.progress import FolderSkipped, ScanProblem, ScanProblemCode
from passagework.domain.views import FailedFile, RunState
from passagework.workers.executor import Cancelled
from tests.actors.conftest import SUMMARY

RUN = 7


@pytest.fixture
def world(session_world):
    return session_world


def test_the_beginning_and_the_end_of_a_run_say_which_and_how(world, logged):
    world.summary = replace(
        SUMMARY, analysed=5, failed=(FailedFile(b"/music/x", Failure(FailureCode.DAMAGED), new=True),) * 3
    )
    run_with(world)
    began, ended = logged(logging.INFO)
    assert (began["run"], began["config"]) == (RUN, "hash")
    assert [ended[name] for name in ("run", "state", "analysed", "failed")] == [RUN, RunState.COMPLETED, 5, 3]


def test_a_folder_that_cannot_be_read_is_a_warning_with_its_name_and_told_to_the_host(world, logged):
    world.start(link=False)
    problem = ScanProblem(ScanProblemCode.FOLDER_UNREADABLE, b"/music/\xff", "no permission")
    world.tell(ScanStumbled(RUN, problem))
    (event,) = logged(logging.WARNING)
    assert {name: event[name] for name in ("event", "run", "folder", "code", "detail")} == {
        "event": "folder-skipped",
        "run": RUN,
        "folder": "/music/\\xff",
        "code": ScanProblemCode.FOLDER_UNREADABLE,
        "detail": "no permission",
    }
    assert world.events[-1] == FolderSkipped(RUN, problem)


def run_with(world, failure=None):
    world.start(link=False)
    world.find("a", attempts=1)
    (file,) = world.begin_all()
    world.store(file, failure)
    world.tell(ScanFinished(RUN), RunClosed(RUN))


def test_a_good_run_logs_its_beginning_and_end_and_each_file_at_debug_only(world, logged):
    run_with(world)
    assert [event["event"] for event in logged(logging.INFO)] == ["run-started", "run-finished"]
    of_files = [event for event in logged() if "file" in event]
    assert [event["event"] for event in of_files] == ["file-begun", "file-handed-out", "file-stored"]
    for event in of_files:
        assert (event["actor"], event["run"], event["file"], event["attempt"]) == ("session", RUN, "/music/a", 2)


def test_a_file_that_fails_is_one_warning_with_code_and_detail(world, logged):
    run_with(world, Failure(FailureCode.DAMAGED, "no frame"))
    (event,) = logged(logging.WARNING)
    assert {key: event[key] for key in ("event", "actor", "run", "file", "attempt", "code", "detail")} == {
        "event": "file-failed",
        "actor": "session",
        "run": RUN,
        "file": "/music/a",
        "attempt": 2,
        "code": FailureCode.DAMAGED,
        "detail": "no frame",
    }


def test_a_file_that_the_library_refuses_is_one_warning_too(world, logged):
    world.start(link=False)
    world.find("a")
    (file,) = world.begin_all()
    world.analysed(file)
    world.tell(Rejected(file.write_id, Failure(FailureCode.LIBRARY_REJECTED, "too large")))
    assert [(event["event"], event["code"]) for event in logged(logging.WARNING)] == [
        ("file-failed", FailureCode.LIBRARY_REJECTED)
    ]


def test_a_cancelled_file_is_no_failure(world, logged):
    world.start(link=False)
    world.find("a")
    world.begin_all()
    world.tell(Cancel(1), AnalysingStopped(RUN), RunClosed(RUN))
    assert logged(logging.WARNING) == []


def test_a_replaced_actor_is_an_error_and_the_next_attempt_has_the_next_number(world, logged):
    world.start(link=False)
    world.find("a")
    (file,) = world.begin_all()
    world.tell(ActorRestarted("analyzer", JobEnded(file, Cancelled(1)), "RuntimeError: a defect"))
    (error,) = logged(logging.ERROR)
    assert (error["event"], error["name"], error["run"]) == ("actor-restarted", "analyzer", RUN)
    (again,) = world.in_work()
    world.analysed(again)
    world.tell(Committed((again.write_id,)))
    assert logged()[-1]["attempt"] == 2


def test_a_file_that_turns_out_as_it_was_is_logged_as_verified(world, logged):
    world.start(link=False)
    world.find("a")
    (file,) = world.begin_all()
    world.store(replace(file, unchanged=True))
    assert [event["event"] for event in logged() if "file" in event][-1] == "file-verified"
