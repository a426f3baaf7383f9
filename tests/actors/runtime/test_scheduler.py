import threading

import pytest

from passagework.actors.runtime.clock import SystemClock
from passagework.actors.runtime.scheduler import ThreadScheduler


@pytest.fixture
def scheduler():
    scheduler = ThreadScheduler(SystemClock())
    yield scheduler
    scheduler.close()


def test_actions_come_in_the_order_in_which_they_are_due(scheduler):
    calls, done = [], threading.Event()
    scheduler.later(0.06, lambda: (calls.append("last"), done.set()))
    scheduler.later(0.03, lambda: calls.append("second"))
    scheduler.later(0.0, lambda: calls.append("first"))
    assert done.wait(10)
    assert calls == ["first", "second", "last"]


def test_actions_that_are_due_at_once_keep_their_order(scheduler):
    calls, done = [], threading.Event()
    for number in range(100):
        scheduler.later(0, lambda number=number: calls.append(number))
    scheduler.later(0, done.set)
    assert done.wait(10)
    assert calls == list(range(100))


def test_an_action_may_ask_for_another_one(scheduler):
    done = threading.Event()
    scheduler.later(0, lambda: scheduler.later(0, done.set))
    assert done.wait(10)


def test_an_action_that_fails_does_not_take_the_others_with_it(scheduler, caplog):
    done = threading.Event()
    scheduler.later(0, lambda: 1 / 0)
    scheduler.later(0, done.set)
    assert done.wait(10)
    assert "ZeroDivisionError" in caplog.text


def test_after_close_nothing_is_called_and_no_thread_is_left():
    before = threading.active_count()
    scheduler = ThreadScheduler(SystemClock())
    scheduler.later(3600, lambda: pytest.fail("called after close"))
    scheduler.close()
    scheduler.later(0, lambda: pytest.fail("called after close"))
    assert threading.active_count() == before
