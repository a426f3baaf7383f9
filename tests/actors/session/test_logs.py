"""What is logged: one event for each file that fails, with run, file, attempt and actor; the rest at debug."""

import logging

import pytest

from passagework.actors.messages.acknowledgements import Committed, Rejected, RunClosed
from passagework.actors.messages.analyzer import JobEnded
from passagework.actors.messages.session import AnalysingStopped, Cancel, ScanFinished
from passagework.actors.runtime.messages import ActorRestarted
from passagework.domain.failures import Failure, FailureCode
from passagework.workers.executor import Cancelled

RUN = 7


@pytest.fixture
def world(session_world):
    return session_world


@pytest.fixture
def logged(caplog):
    """Give a function that gives the events logged so far, at a level or above."""
    caplog.set_level(logging.DEBUG, logger="passagework")
    return lambda level=logging.DEBUG: [r.passagework for r in caplog.records if r.levelno >= level]


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
