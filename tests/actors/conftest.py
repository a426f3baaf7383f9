"""A world of actors that were never started: every message is moved by a pump, every second by a fake clock."""

import heapq
import itertools

import pytest

from passagework.actors.library_port import LibraryPort
from passagework.actors.port import NobodyThereError, Port


class FakeClock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def time_ns(self):
        return int(self.now * 1e9)


class FakeScheduler:
    """Calls what is due when a test advances the clock."""

    def __init__(self, clock):
        self.clock = clock
        self.due = []
        self.order = itertools.count()

    def later(self, delay_seconds, action):
        heapq.heappush(self.due, (self.clock.now + delay_seconds, next(self.order), action))

    def run_due(self):
        while self.due and self.due[0][0] <= self.clock.now:
            heapq.heappop(self.due)[2]()


class Inbox:
    """Stands behind a port and keeps what was told; ``answer`` is called for what is asked."""

    def __init__(self, answer=None):
        self.messages = []
        self.answer = answer

    def tell(self, message):
        self.messages.append(message)

    def ask(self, message, **_options):
        if self.answer is None:
            raise NobodyThereError("inbox")
        return self.answer(message)

    def take(self):
        """Give what was told since the last call."""
        taken, self.messages = self.messages, []
        return taken

    def of(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]


class PumpedActor:
    """An actor that was never started, behind a port: what is told waits for the pump, what is asked runs at once."""

    def __init__(self, actor):
        self.actor = actor

    def tell(self, message):
        self.actor.actor_ref.tell(message)

    def ask(self, message, **_options):
        self.pump()
        return self.actor.on_receive(message)

    def pump(self):
        """Handle everything in the inbox; tell how many messages that were."""
        handled = 0
        while not self.actor.actor_inbox.empty():
            self.actor.on_receive(self.actor.actor_inbox.get_nowait().message)
            handled += 1
        return handled


class Stage:
    """The ports of a system with an inbox behind each, until a test puts an un-started actor there."""

    def __init__(self):
        self.clock = FakeClock()
        self.scheduler = FakeScheduler(self.clock)
        self.ports = {name: Port(name) for name in ("supervisor", "session", "scanner", "analyzer", "linker")}
        self.ports["persistence"] = LibraryPort("persistence")
        self.inboxes = {}
        self.pumped = {}
        for name in self.ports:
            self.put_inbox(name)

    def put_inbox(self, name, answer=None):
        self.inboxes[name] = Inbox(answer)
        self.ports[name].bind(self.inboxes[name])
        return self.inboxes[name]

    def put_actor(self, name, actor):
        self.pumped[name] = PumpedActor(actor)
        self.ports[name].bind(self.pumped[name])
        return actor

    def pump(self):
        """Move messages until every inbox of an actor is empty."""
        while sum(pumped.pump() for pumped in self.pumped.values()):
            pass

    def advance(self, seconds):
        """Let time pass, in order of what is due, and pump after each."""
        end = self.clock.now + seconds
        while self.scheduler.due and self.scheduler.due[0][0] <= end:
            self.clock.now = max(self.clock.now, self.scheduler.due[0][0])
            self.scheduler.run_due()
            self.pump()
        self.clock.now = end


@pytest.fixture
def stage() -> Stage:
    return Stage()
