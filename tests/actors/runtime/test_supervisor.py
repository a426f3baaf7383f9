import threading
from contextlib import suppress

import pykka
import pytest

from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import ActorRestarted, Asked, Down, Ping, StartAll, StopAll
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.actors.runtime.supervisor import Child, SupervisorActor, SupervisorParts
from passagework.domain.errors import LibraryDamagedError

HISTORY = []


class BoomError(Exception):
    pass


class First(Asked):
    pass


class Last(Asked):
    pass


class Worker(BaseActor):
    """A real, started actor that notes its life in HISTORY and fails when it is told to."""

    def __init__(self, supervisor, parts):
        self.world, name = parts
        super().__init__(name, supervisor)
        HISTORY.append(f"{name} made")

    def receive(self, message):
        if message == "fail":
            raise self.world.cause
        if message == "hang":
            self.world.hang(10)
        if isinstance(message, First):
            self.world.prepare()
        elif isinstance(message, Last):
            self.world.drain()
        elif isinstance(message, Asked):
            raise BoomError("asked to")

    def release(self):
        HISTORY.append(f"{self.name} released")


class World:
    def __init__(self, stage):
        HISTORY.clear()
        self.stage = stage
        self.ports = {name: Port(name) for name in ("low", "high")}
        self.escalated = []
        self.prepared = []
        children = (
            Child("low", Worker, (self, "low"), self.ports["low"], first=First(), last=Last()),
            Child("high", Worker, (self, "high"), self.ports["high"], essential=True),
        )
        parts = SupervisorParts(
            children=children,
            restarted=stage.ports["session"],
            own_port=stage.ports["supervisor"],
            clock=stage.clock,
            scheduler=stage.scheduler,
            escalate=lambda error, cause: self.escalated.append((error, cause)),
            permanent=(LibraryDamagedError,),
        )
        self.port = stage.ports["supervisor"]
        self.supervisor = stage.put_actor("supervisor", SupervisorActor(parts))
        self.broken = 0
        self.cause = BoomError("told to")
        self.while_preparing = []
        self.drain_error = None

    def drain(self):
        if self.drain_error is not None:
            raise self.drain_error
        HISTORY.append("drain")

    def prepare(self):
        for message in self.while_preparing:
            self.ports["low"].tell(message)
        if self.broken:
            self.broken -= 1
            raise BoomError("cannot open")
        self.prepared.append("low")

    def fail(self, name):
        """Make a real actor fail, and wait until it has stopped: its Down is in the supervisor's inbox then."""
        ref = self.ports[name]._ref
        self.ports[name].tell("fail")
        assert ref.actor_stopped.wait(60)
        self.stage.pump()

    def restarts(self):
        return [(news.name, news.message) for news in self.stage.inboxes["session"].of(ActorRestarted)]


@pytest.fixture
def world(stage):
    world = World(stage)
    yield world
    with suppress(NobodyThereError):  # a test may have stopped it
        world.port.ask(StopAll(drain=False), 10)


def alive(world, name):
    try:
        world.ports[name].ask(Ping(), 10)
    except NobodyThereError:
        return False
    return True


def test_actors_start_bottom_up_and_stop_top_down_after_the_drain(world):
    world.port.ask(StartAll(), 10)
    assert HISTORY == ["low made", "high made"]
    assert world.prepared == ["low"]
    world.port.ask(StopAll(), 10)
    assert HISTORY[2:] == ["high released", "drain", "low released"]
    assert not alive(world, "low")


def test_when_one_cannot_start_the_error_is_raised_and_nothing_is_left_running(world):
    before = len(pykka.ActorRegistry.get_all())
    world.broken = 1
    with pytest.raises(BoomError, match="cannot open"):
        world.port.ask(StartAll(), 10)
    assert len(pykka.ActorRegistry.get_all()) == before
    assert "high made" not in HISTORY


def test_an_error_while_draining_is_raised_after_everything_has_stopped(world):
    world.port.ask(StartAll(), 10)
    world.drain_error = BoomError("disk full")
    with pytest.raises(BoomError, match="disk full"):
        world.port.ask(StopAll(), 10)
    assert not alive(world, "low")
    assert not alive(world, "high")


def test_a_failed_actor_is_replaced_after_the_back_off_and_the_session_hears_what_it_held(world):
    world.port.ask(StartAll(), 10)
    world.fail("low")
    assert not alive(world, "low")
    assert world.restarts() == []
    world.stage.advance(1)
    assert alive(world, "low")
    assert world.restarts() == [("low", "fail")]
    assert HISTORY.index("low released") < len(HISTORY) - 1


def test_a_replacement_that_cannot_start_is_tried_again_later(world):
    world.port.ask(StartAll(), 10)
    world.broken = 2
    world.fail("low")
    world.stage.advance(10)
    assert alive(world, "low")
    assert len(world.restarts()) == 1
    assert world.escalated == []


def test_an_actor_that_keeps_failing_is_escalated(world):
    world.port.ask(StartAll(), 10)
    for _ in range(5):
        world.fail("low")
        world.stage.advance(5)
    assert world.escalated == []
    world.fail("low")
    assert world.escalated == [("the low failed: BoomError: told to", world.cause)]
    world.stage.advance(60)
    assert not alive(world, "low")


def test_an_actor_that_can_never_start_again_is_escalated_with_what_keeps_it_from_starting(world):
    world.port.ask(StartAll(), 10)
    world.broken = 100
    world.fail("low")
    for _ in range(10):
        world.stage.advance(5)
    ((said, cause),) = world.escalated
    assert (said, type(cause)) == ("the low failed: BoomError: cannot open", BoomError)
    assert not alive(world, "low")


def test_failures_that_are_far_apart_are_forgiven_and_do_not_lengthen_the_wait(world):
    world.port.ask(StartAll(), 10)
    for _ in range(8):
        world.fail("low")
        world.stage.advance(0.05)
        assert alive(world, "low")
        world.stage.advance(100)
    assert world.escalated == []


def test_each_failure_within_a_minute_doubles_the_wait(world):
    world.port.ask(StartAll(), 10)
    for delay in (0.05, 0.1, 0.2, 0.4, 0.8):
        world.fail("low")
        world.stage.advance(delay * 0.9)
        assert not alive(world, "low")
        world.stage.advance(delay * 0.2)
        assert alive(world, "low")


def test_the_failure_of_an_essential_actor_is_escalated_at_once(world):
    world.port.ask(StartAll(), 10)
    world.fail("high")
    assert world.escalated == [("the high failed: BoomError: told to", world.cause)]


def test_an_error_in_something_asked_restarts_nobody(world):
    class Question(Asked):
        pass

    world.port.ask(StartAll(), 10)
    with pytest.raises(BoomError, match="asked to"):
        world.ports["low"].ask(Question(), 10)
    assert alive(world, "low")
    assert not [m for m in HISTORY if m == "low released"]


def test_a_failure_of_one_actor_prints_nothing(world, capfd):
    world.port.ask(StartAll(), 10)
    world.fail("low")
    assert capfd.readouterr() == ("", "")


def test_messages_behind_the_one_that_failed_are_dropped(stage):
    world = World(stage)
    stage.put_inbox("supervisor")
    stage.put_actor("linker", Worker(stage.ports["supervisor"], (world, "solo")))
    for message in ("fail", "fail", "fail"):
        stage.ports["linker"].tell(message)
    stage.pump()
    assert [down.message for down in stage.inboxes["supervisor"].of(Down)] == ["fail"]


def test_nobody_reaches_an_actor_before_it_is_prepared(world):
    world.port.ask(StartAll(), 10)
    world.fail("low")
    world.while_preparing = ["fail"]
    world.stage.advance(1)
    assert alive(world, "low")
    assert world.restarts() == [("low", "fail")]


def test_a_damaged_library_is_not_opened_again_and_the_run_hears_of_it(world):
    world.port.ask(StartAll(), 10)
    world.cause = LibraryDamagedError("the library is damaged")
    world.fail("low")
    assert [cause for _, cause in world.escalated] == [world.cause]
    world.stage.advance(60)
    assert HISTORY.count("low made") == 1


def test_stopping_asks_nothing_of_an_actor_that_is_gone(world):
    world.port.ask(StartAll(), 10)
    world.cause = LibraryDamagedError("the library is damaged")
    world.fail("low")
    world.port.ask(StopAll(), 10)
    assert "drain" not in HISTORY
    assert HISTORY[-1] == "high released"


def test_an_actor_that_fails_while_all_are_stopped_is_not_replaced(world):
    world.port.ask(StartAll(), 10)
    world.port.ask(StopAll(), 10)
    world.port.tell(Down("low", "late", "too late", BoomError()))
    world.stage.pump()
    world.stage.advance(60)
    assert HISTORY.count("low made") == 1
    assert world.escalated == []


def test_a_supervisor_that_is_stopped_from_outside_stops_all_and_says_so_once(world):
    world.port.ask(StartAll(), 10)
    world.supervisor.on_stop()
    world.supervisor.on_stop()
    assert world.escalated == [("the actors of this importer were stopped from outside", None)]
    assert not alive(world, "low")
    assert "drain" not in HISTORY


def test_a_supervisor_that_has_stopped_all_ends_without_a_word(world):
    world.port.ask(StartAll(), 10)
    world.port.ask(StopAll(), 10)
    world.supervisor.on_stop()
    assert world.escalated == []


def test_the_log_names_the_actor_that_failed_the_kind_of_message_and_the_error(world, caplog):
    world.port.ask(StartAll(), 10)
    world.fail("low")
    (event,) = [record.passagework for record in caplog.records if record.name == "passagework"]
    assert event == {
        "event": "actor-failed",
        "actor": "supervisor",
        "name": "low",
        "message": "str",
        "error": "BoomError: told to",
    }


def test_an_actor_that_hangs_keeps_the_others_from_nothing(world, monkeypatch):
    monkeypatch.setattr("passagework.actors.runtime.supervisor.STOP_TIMEOUT_SECONDS", 0.05)
    let_go = threading.Event()
    world.port.ask(StartAll(), 10)
    high = world.ports["high"]._ref
    world.hang = let_go.wait
    world.ports["high"].tell("hang")
    try:
        world.port.ask(StopAll(), 10)
        assert HISTORY[-2:] == ["drain", "low released"]
    finally:
        let_go.set()
    assert high.actor_stopped.wait(60)
