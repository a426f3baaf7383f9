"""The base of all actors, started and with a real thread."""

import threading
from typing import ClassVar

import pykka
import pytest

from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.messages import Asked, Down, Ping
from passagework.actors.runtime.port import NobodyThereError


class Question(Asked):
    pass


class Solo(BaseActor):
    handled: ClassVar = []

    def __init__(self, supervisor, release):
        super().__init__("solo", supervisor)
        self.handled.clear()
        self._release = release

    def receive(self, message):
        if isinstance(message, Question):
            raise KeyError("asked")
        if isinstance(message, Exception):
            raise message
        if callable(message):
            message()
        self.handled.append(message)

    def release(self):
        self._release()


@pytest.fixture
def releases():
    return []


@pytest.fixture
def solo(stage, releases):
    ref = Solo.start(stage.ports["supervisor"], lambda: releases.append(threading.current_thread().name))
    yield ref
    if ref.is_alive():
        ref.stop()


def downs(stage):
    return stage.inboxes["supervisor"].of(Down)


def test_a_ping_is_answered_behind_everything_told_before(solo):
    solo.tell("a")
    solo.tell("b")
    solo.ask(Ping(), timeout=60)
    assert Solo.handled == ["a", "b"]


def test_a_failure_is_reported_with_the_message_in_hand_after_everything_held_was_released(stage, solo, releases):
    error = ValueError("poison")
    solo.tell(error)
    assert solo.actor_stopped.wait(60)
    (down,) = downs(stage)
    assert (down.name, down.message, down.error, down.cause) == ("solo", error, "ValueError: poison", error)
    assert len(releases) == 1
    assert releases[0] != threading.current_thread().name


def test_what_fails_while_releasing_is_said_beside_the_first_error(stage):
    def fail():
        raise OSError("stuck")

    ref = Solo.start(stage.ports["supervisor"], fail)
    ref.tell(ValueError("poison"))
    assert ref.actor_stopped.wait(60)
    assert downs(stage)[0].error == "ValueError: poison (and while releasing: OSError: stuck)"


def test_a_question_that_was_queued_behind_a_failure_hears_that_nobody_is_there(stage, solo):
    stage.ports["linker"].bind(solo)
    go = threading.Event()
    solo.tell(lambda: go.wait(60))
    solo.tell(ValueError("poison"))
    answer = solo.ask(Question(), block=False)
    go.set()
    with pytest.raises((NobodyThereError, pykka.ActorDeadError)):
        answer.get(timeout=60)


def test_an_ordinary_stop_releases_once_and_reports_nothing(stage, solo, releases):
    solo.stop()
    assert (len(releases), downs(stage)) == (1, [])


@pytest.mark.parametrize("name", ["_stop", "stop", "on_stop", "on_receive", "_handle_receive"])
def test_an_actor_class_that_replaces_a_part_of_pykka_is_refused(name):
    with pytest.raises(TypeError, match=f"Careless.{name} "):
        type("Careless", (BaseActor,), {name: lambda _self: None})
