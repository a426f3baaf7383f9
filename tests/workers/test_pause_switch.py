"""The switch that stops workers, and its clock."""

import threading

from passagework.workers import pause_switch
from passagework.workers.pause_switch import PauseSwitch


class Worker:
    def __init__(self):
        self.heard = []

    def stop(self):
        self.heard.append("stop")

    def go_on(self):
        self.heard.append("go on")


def test_each_worker_hears_once_and_a_late_one_at_once():
    switch, early, late = PauseSwitch(), Worker(), Worker()
    switch.add(early)
    switch.pause()
    switch.pause()
    switch.add(late)
    switch.resume()
    switch.resume()
    switch.discard(early)
    switch.pause()
    assert (early.heard, late.heard) == (["stop", "go on"], ["stop", "go on", "stop"])


def test_the_clock_stands_still_during_pauses(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(pause_switch.time, "monotonic", lambda: now[0])
    switch = PauseSwitch()
    switch.pause()
    now[0] = 15.0
    assert (switch.clock(), switch.rested_seconds) == (10.0, 0.0)
    switch.resume()
    now[0] = 17.0
    assert (switch.clock(), switch.rested_seconds) == (12.0, 5.0)


def test_who_waits_goes_on_with_the_workers_or_when_something_else_happens():
    switch, other = PauseSwitch(), threading.Event()
    switch.wait(unless=other.is_set)
    for end in (switch.resume, lambda: (other.set(), switch.nudge())):
        switch.pause()
        thread = threading.Thread(target=switch.wait, args=(other.is_set,))
        thread.start()
        end()
        thread.join(30)
        assert not thread.is_alive()
