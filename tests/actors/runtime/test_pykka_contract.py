"""The behaviour of Pykka that the actors rely on. A new version of Pykka that breaks one of these breaks us."""

import logging
import threading

import pykka
import pytest

from passagework.actors.analyzer.analyzer import AnalyzerActor
from passagework.actors.linker.gateway import GatewayActor
from passagework.actors.linker.linker import LinkerActor
from passagework.actors.runtime.supervisor import SupervisorActor
from passagework.actors.scanner.scanner import ScannerActor
from passagework.actors.session.session import SessionActor
from passagework.actors.writer.persistence import PersistenceActor


class Echo(pykka.ThreadingActor):
    use_daemon_thread = True

    def __init__(self, log=None):
        super().__init__()
        self.log = log if log is not None else []

    def on_receive(self, message):
        self.log.append(message)
        if isinstance(message, Exception):
            raise message
        if isinstance(message, threading.Event):
            message.wait(60)
        return message


@pytest.fixture(autouse=True)
def quiet_pykka():
    logging.getLogger("pykka").addHandler(logging.NullHandler())


def stopped(ref):
    return ref.actor_stopped.wait(60)


def test_messages_are_handled_in_the_order_in_which_they_were_told():
    ref = Echo.start(log := [])
    for number in range(100):
        ref.tell(number)
    ref.ask("barrier", timeout=60)
    ref.stop()
    assert log[:100] == list(range(100))


def test_a_told_message_that_raises_kills_the_actor_and_drops_what_is_queued():
    ref = Echo.start(log := [])
    gate = threading.Event()
    ref.tell(gate)
    ref.tell(ValueError("poison"))
    ref.tell("queued behind the poison")
    gate.set()
    assert stopped(ref)
    assert "queued behind the poison" not in log


def test_an_asked_message_that_raises_goes_to_the_asker_and_leaves_the_actor_alive():
    ref = Echo.start()
    with pytest.raises(ValueError, match="poison"):
        ref.ask(ValueError("poison"), timeout=60)
    assert ref.ask("still there", timeout=60) == "still there"
    ref.stop()


def test_telling_or_asking_a_dead_actor_raises():
    ref = Echo.start()
    ref.stop()
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("too late")
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("too late", timeout=60)


def test_an_ask_that_is_queued_when_the_actor_dies_raises():
    ref = Echo.start()
    gate = threading.Event()
    ref.tell(gate)
    ref.tell(ValueError("poison"))
    answer = ref.ask("queued behind the poison", block=False)
    gate.set()
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=60)


def test_stop_returns_true_even_when_on_stop_failed():
    class BadEnd(Echo):
        def on_stop(self):
            raise OSError("not closed")

    assert BadEnd.start().stop() is True


def test_a_failed_on_start_calls_no_hook():
    calls = []

    class BadStart(Echo):
        def on_start(self):
            raise OSError("not opened")

        def on_failure(self, *_):
            calls.append("on_failure")

        def on_stop(self):
            calls.append("on_stop")

    ref = BadStart.start()
    assert stopped(ref)
    assert calls == []


def test_messages_told_before_a_stop_are_handled_before_it():
    ref = Echo.start(log := [])
    ref.tell("first")
    ref.stop()
    assert log == ["first"]


def test_an_actor_that_was_not_started_keeps_its_messages_for_a_pump():
    actor = Echo(log := [])
    actor.actor_ref.tell("later")
    assert log == []
    assert actor.actor_inbox.get_nowait().message == "later"


def test_a_system_exit_in_one_actor_stops_all_actors_of_the_process():
    class Leaver(pykka.ThreadingActor):
        use_daemon_thread = True

        def on_receive(self, _message):
            raise SystemExit

    bystander = Echo.start()
    Leaver.start().tell("go")
    assert stopped(bystander)


ACTORS = (AnalyzerActor, GatewayActor, LinkerActor, PersistenceActor, ScannerActor, SessionActor, SupervisorActor)


@pytest.mark.parametrize("actor", ACTORS)
def test_no_actor_takes_a_name_that_pykka_uses_itself(actor):
    """An actor that has a ``_stop`` of its own never ends."""
    own = {name for name in vars(actor) if not name.startswith(("__", "_abc_"))}
    assert own & set(dir(pykka.ThreadingActor)) == set()
