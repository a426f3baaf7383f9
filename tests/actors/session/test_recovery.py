"""After an actor was replaced: who is told what, for every actor and for a file in every stage."""

import pytest

from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted, RunClosed, RunOpened
from passagework.actors.messages.analyzer import JobEnded
from passagework.actors.messages.library import CloseRun, Submit
from passagework.actors.messages.linker import GatewayRestarted, Link
from passagework.actors.messages.scanner import Credit, Scan
from passagework.actors.messages.session import LinkerIdle, ScanFinished, StartRun
from passagework.actors.pipeline import PIPELINE, Stage
from passagework.actors.runtime.messages import ActorRestarted
from passagework.actors.runtime.names import ActorName
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.scan_scope import ScanPart, ScanScope
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreFailure
from passagework.workers.executor import Cancelled

RUN = 7
FAILURE = Failure(FailureCode.DAMAGED, "no frame")


@pytest.fixture
def world(session_world):
    session_world.start()
    return session_world


def restarted(name, message=None):
    return ActorRestarted(name, message, "RuntimeError: a defect")


def forget(world):
    for inbox in (world.library, world.scanner, world.analyzer, world.linker):
        inbox.take()


def told(world, inbox):
    """Say what somebody was told: a write by its kind, a message as it is."""
    return [type(m.write) if isinstance(m, Submit) else m for m in inbox.take()]


@pytest.mark.parametrize("service", [ActorName.ACOUSTID, ActorName.MUSICBRAINZ])
def test_the_linker_hears_that_a_gateway_was_replaced_and_nobody_else_does(world, service):
    forget(world)
    world.tell(restarted(service))
    assert world.linker.take() == [GatewayRestarted()]
    assert (world.library.take(), world.analyzer.take(), world.scanner.take()) == ([], [], [])


def test_a_replaced_linker_is_told_to_link_and_nobody_else_anything(world):
    forget(world)
    world.tell(restarted(ActorName.LINKER))
    assert world.linker.take() == [Link(RUN)]
    assert (world.library.take(), world.analyzer.take(), world.scanner.take()) == ([], [], [])


def test_a_replaced_scanner_scans_again_with_the_credits_that_no_file_holds(world):
    world.find("a")
    forget(world)
    world.tell(restarted(ActorName.SCANNER))
    assert world.scanner.take() == [Scan(RUN, (b"/music",), retry_failed=False), Credit(RUN, 3)]
    assert (world.library.take(), world.analyzer.take(), world.linker.take()) == ([], [], [])


def test_those_who_wait_for_the_library_hear_of_its_restart_and_the_linker_may_go_on(world):
    forget(world)
    world.tell(restarted(ActorName.PERSISTENCE))
    assert (world.scanner.take(), world.linker.take()) == ([LibraryRestarted()], [LibraryRestarted(), Link(RUN)])


def test_a_run_whose_closing_was_lost_with_the_library_is_closed_again(world):
    world.tell(ScanFinished(RUN), LinkerIdle(RUN))
    (first,) = world.library.of(CloseRun)
    forget(world)
    world.tell(restarted(ActorName.PERSISTENCE))
    assert world.library.take() == [first]


def brought_to(world, at, failure=None):
    """Bring a file into a stage; give it as the analyzer got it."""
    world.find("a")
    if at is Stage.BEGINNING:
        return None
    (file,) = world.begin_all()
    if at is Stage.STORING:
        world.analysed(file, failure)
    return file


CASES = [
    # stage, failure, replaced: what the library is told, and how many files the analyzer is
    (Stage.BEGINNING, None, ActorName.PERSISTENCE, [BeginAttempt], 0),
    (Stage.BEGINNING, None, ActorName.ANALYZER, [], 0),
    (Stage.IN_WORK, None, ActorName.PERSISTENCE, [], 0),
    (Stage.IN_WORK, None, ActorName.ANALYZER, [], 1),
    (Stage.STORING, None, ActorName.PERSISTENCE, [], 1),
    (Stage.STORING, None, ActorName.ANALYZER, [], 0),
    (Stage.STORING, FAILURE, ActorName.PERSISTENCE, [StoreFailure], 0),
    (Stage.STORING, FAILURE, ActorName.ANALYZER, [], 0),
]


@pytest.mark.parametrize(("at", "failure", "replaced", "writes", "files"), CASES)
def test_what_the_replaced_actor_had_is_done_again_and_nothing_else(world, at, failure, replaced, writes, files):
    brought_to(world, at, failure)
    forget(world)
    world.tell(restarted(replaced))
    assert (told(world, world.library), len(world.in_work())) == (writes, files)


def test_there_is_a_case_for_every_stage_and_holder_that_can_be_replaced():
    holders = {(at, PIPELINE[at].holder) for at in Stage if PIPELINE[at].holder is not ActorName.SESSION}
    assert holders <= {(at, replaced) for at, _, replaced, *_ in CASES}


def test_a_failure_that_is_stored_again_after_a_crash_of_the_library_counts_once(world):
    file = brought_to(world, Stage.STORING, FAILURE)
    forget(world)
    world.tell(restarted(ActorName.PERSISTENCE))
    (again,) = world.submitted(StoreFailure)
    assert (again.write_id, again.write.failure) == (file.write_id, FAILURE)
    world.tell(Committed((again.write_id,)), Committed((again.write_id,)))
    assert (world.progress.files_failed, world.progress.files_analysed) == (1, 0)


@pytest.mark.parametrize("in_hand", ["file", "job", "write"])
def test_a_file_that_was_in_the_hands_of_three_actors_that_crashed_is_given_up(world, in_hand):
    file = brought_to(world, Stage.IN_WORK)
    for strike in range(3):
        assert world.submitted(StoreFailure) == [], strike
        submit = Submit(write=StoreAnalysis(RUN, None), write_id=file.write_id, reply_to=world.port)
        message = {"file": file, "job": JobEnded(file, Cancelled(1)), "write": submit}[in_hand]
        world.tell(restarted(ActorName.ANALYZER, message))
        (file,) = world.in_work() or [file]
    (given_up,) = world.submitted(StoreFailure)
    assert given_up.write.failure == Failure(FailureCode.INTERNAL_ERROR, "analyzer: RuntimeError: a defect")


def test_what_is_given_up_at_a_crash_of_the_library_is_sent_once(world):
    file = brought_to(world, Stage.STORING, FAILURE)
    for _ in range(2):
        write = StoreFailure(RUN, file.path, file.stamp, FAILURE)
        message = Submit(write=write, write_id=file.write_id, reply_to=world.port)
        world.tell(restarted(ActorName.PERSISTENCE, message))
    forget(world)
    world.tell(restarted(ActorName.PERSISTENCE, message))
    (given_up,) = world.submitted(StoreFailure)
    assert given_up.write.failure.code is FailureCode.INTERNAL_ERROR


def test_a_write_of_somebody_else_is_held_against_no_file(world):
    file = brought_to(world, Stage.IN_WORK)
    for _ in range(3):
        foreign = Submit(
            write=StoreAnalysis(RUN, None),
            write_id=file.write_id,
            reply_to=world.stage.ports["linker"],
        )
        world.tell(restarted(ActorName.ANALYZER, foreign))
        (file,) = world.in_work()
    assert world.submitted(StoreFailure) == []


def test_a_run_over_some_folders_has_only_these_scanned(world):
    scope = ScanScope((ScanPart(b"/music/a", below=False),))
    world.tell(ScanFinished(RUN), LinkerIdle(RUN), RunClosed(RUN))
    world.port.ask(
        StartRun(2, (b"/music",), "hash", "{}", retry_failed=False, link=False, listener=world, scope=scope), 10
    )
    world.tell(RunOpened(RUN, 2))
    assert [message for message in world.scanner.take() if isinstance(message, Scan)][-1].scope == scope
