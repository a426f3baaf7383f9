"""Every run ends, whatever is cancelled, replaced or in trouble at the time, and exactly once."""

from dataclasses import replace

import pytest

from passagework.actors.messages.acknowledgements import (
    Committed,
    LibraryDegraded,
    LibraryRecovered,
    LibraryRestarted,
    RunClosed,
    RunOpened,
)
from passagework.actors.messages.analyzer import StopAnalysing
from passagework.actors.messages.library import CloseRun, OpenRun
from passagework.actors.messages.linker import Link, StopLinking
from passagework.actors.messages.session import (
    AnalysingStopped,
    Cancel,
    LinkerIdle,
    Pause,
    Resume,
    ScanFinished,
    WorkersUnavailable,
)
from passagework.actors.pipeline import Stage
from passagework.actors.runtime.messages import ActorRestarted
from passagework.actors.runtime.port import NobodyThereError
from passagework.domain.errors import LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.domain.progress import Phase, RunFinished
from passagework.domain.views import RunState

RUN = 7
REQUEST = 1
FULL = LibraryDegraded("the disk is full")


@pytest.fixture
def world(session_world):
    return session_world


def closings(world):
    return [message for message in world.library.messages if isinstance(message, CloseRun)]


def ended(world):
    return [event.report for event in world.events if isinstance(event, RunFinished)]


def restarted(name, message=None):
    return ActorRestarted(name, message, "RuntimeError: a defect")


def test_a_run_cancelled_before_it_was_opened_is_closed_without_any_work(world):
    world.order()
    world.tell(Cancel(REQUEST))
    assert closings(world) == []
    world.tell(RunOpened(RUN, REQUEST))
    assert [closing.state for closing in closings(world)] == [RunState.CANCELLED]
    assert not [m for m in world.scanner.messages if type(m).__name__ == "Scan"]
    world.tell(RunClosed(RUN))
    assert [report.state for report in ended(world)] == [RunState.CANCELLED]


def test_a_run_that_cannot_be_opened_says_why_and_a_cancel_ends_it(world):
    world.order()
    world.tell(FULL)
    assert world.progress.paused == "the disk is full"
    world.tell(Cancel(REQUEST))
    (error,) = world.failures
    assert isinstance(error, LibraryError)
    assert "full" in str(error)


def test_a_run_that_is_opened_when_nobody_waits_for_it_any_more_is_closed_again(world):
    world.order()
    world.tell(FULL, Cancel(REQUEST), RunOpened(RUN, REQUEST))
    assert [(closing.run, closing.state) for closing in closings(world)] == [(RUN, RunState.CANCELLED)]
    world.order(request_id=REQUEST + 1)
    world.library.take()
    world.tell(RunOpened(RUN, REQUEST))
    assert closings(world) == [CloseRun(RUN, RunState.CANCELLED, 0, 0, world.stage.ports["session"])]
    assert world.progress.phase is Phase.STARTING


def test_a_library_already_in_trouble_when_a_run_starts_holds_up_no_cancel(world):
    world.tell(FULL)
    world.order()
    assert world.progress.paused == "the disk is full"
    world.tell(RunOpened(RUN, REQUEST), Cancel(REQUEST), AnalysingStopped(RUN))
    assert [report.state for report in ended(world)] == [RunState.CANCELLED]


def test_a_new_library_actor_is_not_in_trouble(world):
    world.start()
    world.tell(FULL, restarted("persistence"))
    assert world.progress.paused is None


@pytest.mark.parametrize("name", ["persistence", "analyzer"])
def test_a_cancelled_run_ends_although_an_actor_is_replaced_meanwhile(world, name):
    world.start()
    world.find("beginning", "in work", "storing")
    files = world.begin_all()
    world.analysed(files[0])
    world.tell(Cancel(REQUEST), restarted(name), AnalysingStopped(RUN))
    if name == "analyzer":
        assert StopAnalysing(RUN) in world.analyzer.messages
        world.tell(Committed((files[0].write_id,)))
    assert [closing.state for closing in closings(world)] == [RunState.CANCELLED]
    world.tell(RunClosed(RUN))
    assert len(ended(world)) == 1


def test_a_cancelled_run_on_a_library_in_trouble_is_closed_when_it_recovers(world):
    world.start()
    world.find("a", "b")
    first, _ = world.begin_all()
    world.analysed(first)
    world.tell(FULL, Cancel(REQUEST), AnalysingStopped(RUN))
    assert len(ended(world)) == 1
    assert [closing.state for closing in closings(world)] == [RunState.CANCELLED]


def test_a_cancel_while_a_run_is_being_closed_does_not_wait_for_a_library_in_trouble(world):
    world.start(link=False)
    world.tell(ScanFinished(RUN), FULL)
    assert ended(world) == []
    world.tell(Cancel(REQUEST))
    assert [report.state for report in ended(world)] == [RunState.COMPLETED]


def test_a_cancel_while_linking_closes_the_run(world):
    world.start()
    world.tell(ScanFinished(RUN), Cancel(REQUEST))
    assert world.linker.messages[-1] == StopLinking()
    assert [closing.state for closing in closings(world)] == [RunState.CANCELLED]
    world.tell(LinkerIdle(RUN), RunClosed(RUN))
    assert len(ended(world)) == 1


def test_a_paused_run_can_be_cancelled(world):
    world.start()
    world.find("a", "b")
    world.begin_all()
    world.tell(Pause(REQUEST), Cancel(REQUEST), Pause(REQUEST), AnalysingStopped(RUN), RunClosed(RUN))
    assert [report.state for report in ended(world)] == [RunState.CANCELLED]
    assert world.progress.paused is None


def test_a_paused_run_does_not_link_and_does_not_end(world):
    world.start()
    world.tell(ScanFinished(RUN))
    world.tell(Pause(REQUEST), LinkerIdle(RUN))
    assert (world.linker.messages[-1], closings(world)) == (StopLinking(), [])
    world.tell(Resume(REQUEST))
    assert world.linker.messages[-1] == Link(RUN, final=True)
    world.tell(LinkerIdle(RUN))
    assert [closing.state for closing in closings(world)] == [RunState.COMPLETED]


@pytest.mark.parametrize("command", [Cancel, Pause])
def test_a_command_for_an_earlier_run_does_not_touch_the_next_one(world, command):
    world.start(link=False)
    world.tell(ScanFinished(RUN), RunClosed(RUN))
    world.order(request_id=REQUEST + 1)
    world.tell(RunOpened(RUN + 1, REQUEST + 1), command(REQUEST))
    assert (world.progress.phase, world.progress.paused) == (Phase.IMPORTING, None)


def test_late_news_of_the_workers_of_an_earlier_run_do_not_touch_the_next_one(world):
    world.start(link=False)
    world.tell(ScanFinished(RUN), RunClosed(RUN))
    world.order(request_id=REQUEST + 1)
    world.tell(RunOpened(RUN + 1, REQUEST + 1))
    world.tell(AnalysingStopped(RUN), WorkersUnavailable(RUN, "no numpy"), AnalysingStopped(RUN + 1))
    assert world.progress.phase is Phase.IMPORTING
    assert closings(world)[1:] == []


def test_a_restart_of_the_library_is_told_to_those_who_wait_for_it_also_between_two_runs(world):
    world.tell(restarted("persistence"))
    assert world.scanner.messages == world.linker.messages == [LibraryRestarted()]


def test_a_run_whose_opening_was_lost_is_opened_again_under_the_same_request_id(world):
    world.order()
    world.tell(restarted("persistence"))
    first, second = [message for message in world.library.messages if isinstance(message, OpenRun)]
    assert first == second


@pytest.mark.parametrize(
    "error", [NobodyThereError("library"), LibraryUnavailableError("the disk reports an error", UnavailableKind.IO)]
)
def test_a_report_waits_for_a_library_that_is_away(world, error):
    world.start(link=False)
    world.library_error = error
    world.tell(ScanFinished(RUN), RunClosed(RUN))
    assert ended(world) == []
    world.library_error = None
    world.stage.advance(1)
    assert len(ended(world)) == 1


def test_a_report_that_cannot_be_had_from_a_library_in_trouble_ends_a_cancelled_run_with_the_reason(world):
    world.start()
    world.library_error = LibraryUnavailableError("the disk reports an error", UnavailableKind.IO)
    world.tell(LibraryDegraded("the disk reports an error"), Cancel(REQUEST), AnalysingStopped(RUN))
    assert [str(error) for error in world.failures] == ["the disk reports an error"]
    world.stage.advance(10)
    assert len(world.failures) == 1


def test_a_run_that_the_library_has_forgotten_ends_with_an_error(world):
    world.start(link=False)
    world.summary = None
    world.tell(ScanFinished(RUN), RunClosed(RUN))
    assert [type(error) for error in world.failures] == [LibraryError]


def test_a_library_in_trouble_that_recovers_lets_the_run_end_as_it_would_have(world):
    world.start(link=False)
    world.find("a")
    (file,) = world.begin_all()
    world.tell(ScanFinished(RUN), FULL, replace(file, stage=Stage.STORING))
    world.tell(LibraryRecovered(), Committed((file.write_id,)), RunClosed(RUN))
    assert [report.state for report in ended(world)] == [RunState.COMPLETED]
