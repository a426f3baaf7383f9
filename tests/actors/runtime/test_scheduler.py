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
    assert done.wait(60)
    assert calls == ["first", "second", "last"]


def test_actions_that_are_due_at_once_keep_their_order(scheduler):
    calls, done = [], threading.Event()
    for number in range(100):
        scheduler.later(0, lambda number=number: calls.append(number))
    scheduler.later(0, done.set)
    assert done.wait(60)
    assert calls == list(range(100))


class StoppedClock(SystemClock):
    now = 1000.0

    def monotonic(self):
        return self.now


def test_nothing_is_called_before_its_time():
    clock, calls, first, last = StoppedClock(), [], threading.Event(), threading.Event()
    scheduler = ThreadScheduler(clock)
    scheduler.later(0.5, lambda: calls.append("half a second"))
    scheduler.later(0, first.set)
    assert first.wait(60)
    # What was due before it was called, and the thread has looked at the next one since.
    scheduler.later(0, last.set)
    assert last.wait(60)
    assert calls == []
    clock.now += 0.5
    again = threading.Event()
    scheduler.later(0, again.set)
    assert again.wait(60)
    scheduler.close()
    assert calls == ["half a second"]


def test_a_scheduler_keeps_no_host_from_ending_and_its_thread_has_a_name(scheduler):
    (thread,) = [one for one in threading.enumerate() if one.name == "passagework-scheduler"]
    assert thread.daemon


def test_an_action_may_ask_for_another_one(scheduler):
    done = threading.Event()
    scheduler.later(0, lambda: scheduler.later(0, done.set))
    assert done.wait(60)


def test_an_action_that_fails_does_not_take_the_others_with_it(scheduler, caplog):
    done = threading.Event()
    scheduler.later(0, lambda: 1 / 0)
    scheduler.later(0, done.set)
    assert done.wait(60)
    assert "ZeroDivisionError" in caplog.text


def test_after_close_nothing_is_called_and_no_thread_is_left():
    before = threading.active_count()
    scheduler = ThreadScheduler(SystemClock())
    scheduler.later(3600, lambda: pytest.fail("called after close"))
    scheduler.close()
    scheduler.later(0, lambda: pytest.fail("called after close"))
    assert threading.active_count() == before
