"""A world of actors that were never started: every message is moved by a pump, every second by a fake clock."""

import heapq
import itertools
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from passagework.actors.messages.acknowledgements import Committed, RunOpened
from passagework.actors.messages.library import Submit
from passagework.actors.messages.scanner import Credit
from passagework.actors.messages.session import StartRun
from passagework.actors.pipeline import FileInHand, Stage
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.actors.session.parts import SessionParts, SessionRules
from passagework.actors.session.session import SessionActor
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.changes import StoredFile
from passagework.domain.files import FileStamp
from passagework.domain.progress import FileFinished
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import RunState, RunSummary, RunView
from passagework.persistence.write.writes import BeginAttempt

EVENTS = {
    (event, level, actor, fields)
    for event, level, actors, fields in re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| ([^|]*) \| ([^|]*?) *\|",
        (Path(__file__).parents[2] / "docs" / "log-events.md").read_text("utf-8"),
        re.MULTILINE,
    )
    for actor in [*actors.split(", "), *["service"] * ("acoustid" in actors)]  # the one that tests of gateways ask
}


MAY_BE_NOTHING = {
    ("accounts", "run"),
    ("accounts", "wal_held_by"),
    ("accounts", "unavailable"),
    ("actor-restarted", "run"),
}
"""Fields of events that are about no run or have nothing to tell."""


class KeepEvents(logging.Handler):
    """Keeps what is logged, in whatever thread."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.kept = []

    def emit(self, record):
        self.kept.append((record.levelname.lower(), record.passagework))


@pytest.fixture(autouse=True)
def every_event_is_documented():
    """Fail a test in which an event is logged that docs/log-events.md does not name with its level and fields."""
    log, handler = logging.getLogger("passagework"), KeepEvents()
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield
    log.setLevel(before)
    log.removeHandler(handler)
    for level, event in handler.kept:
        fields = {name: value for name, value in event.items() if name not in {"event", "actor"}}
        told = ", ".join(fields) if event["event"] != "accounts" else "run, …"
        assert (event["event"], level, event["actor"], told) in EVENTS
        empty = {(event["event"], name) for name, value in fields.items() if value in (None, "None")}
        assert empty <= MAY_BE_NOTHING


@pytest.fixture
def logged(caplog):
    """Give a function that gives the events logged so far, at a level or above."""
    caplog.set_level(logging.DEBUG, logger="passagework")
    return lambda level=logging.DEBUG: [r.passagework for r in caplog.records if r.levelno >= level]


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
    """Stands behind a port and keeps what was told; ``answer`` answers what is asked, ``on_tell`` hears the rest."""

    def __init__(self, answer=None, on_tell=None):
        self.messages = []
        self.answer = answer
        self.on_tell = on_tell

    def tell(self, message):
        self.messages.append(message)
        if self.on_tell is not None:
            self.on_tell(message)

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

    def pump_one(self):
        """Handle one message; tell how many there were."""
        if self.actor.actor_inbox.empty():
            return 0
        self.actor.on_receive(self.actor.actor_inbox.get_nowait().message)
        return 1

    def pump(self):
        """Handle everything in the inbox; tell how many messages that were."""
        handled = 0
        while self.pump_one():
            handled += 1
        return handled


class Theatre:
    """The ports of a system with an inbox behind each, until a test puts an un-started actor there."""

    def __init__(self):
        self.clock = FakeClock()
        self.scheduler = FakeScheduler(self.clock)
        self.ports = {name: Port(name) for name in ("supervisor", "session", "scanner", "analyzer", "linker")}
        self.ports["persistence"] = LibraryPort("persistence", self.clock)
        self.inboxes = {}
        self.pumped = {}
        for name in self.ports:
            self.put_inbox(name)

    def put_inbox(self, name, answer=None, on_tell=None):
        self.inboxes[name] = Inbox(answer, on_tell)
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
def stage() -> Theatre:
    return Theatre()


@pytest.fixture
def make_stage():
    """Give what makes a stage, for tests of several importers."""
    return Theatre


RUN = 7
REQUEST = 1
SUMMARY = RunSummary(RunView(RUN, "guid", RunState.COMPLETED, 0, 1, "", (), 0, 0), 0, (), 0, 0, 0, (), ())


class SessionWorld:
    """A session that was never started, with inboxes in place of everybody else."""

    def __init__(self, stage, rules, window=None):
        self.stage = stage
        self.library = stage.put_inbox("persistence", self.answer)
        self.scanner, self.analyzer, self.linker = (stage.inboxes[n] for n in ("scanner", "analyzer", "linker"))
        self.port = stage.ports["session"]
        self.summary = SUMMARY
        self.library_error = None
        self.events = []
        self.snapshots = []
        self.failures = []
        parts = SessionParts(
            library=stage.ports["persistence"],
            scanner=stage.ports["scanner"],
            analyzer=stage.ports["analyzer"],
            linker=stage.ports["linker"],
            own_port=self.port,
            clock=stage.clock,
            scheduler=stage.scheduler,
            rules=rules,
            window=window,
        )
        stage.put_actor("session", SessionActor(stage.ports["supervisor"], parts))

    def answer(self, _question):
        if self.library_error is not None:
            raise self.library_error
        return self.summary

    def tell(self, *messages):
        for message in messages:
            self.port.tell(message)
        self.stage.pump()

    # The listener of its runs

    def emit(self, event):
        self.events.append(event)

    def advance(self, progress):
        self.snapshots.append(progress)

    def fail(self, error):
        self.failures.append(error)

    def order(self, *, link=True, request_id=REQUEST):
        self.port.ask(
            StartRun(request_id, (b"/music",), "hash", "{}", retry_failed=False, link=link, listener=self), 10
        )

    def start(self, *, link=True):
        self.order(link=link)
        self.tell(RunOpened(RUN, REQUEST))

    def find(self, *names, suspect=False, attempts=0):
        stamp = FileStamp(1000, 1)
        self.tell(
            *(
                FileInHand(
                    run=RUN, path=b"/music/" + name.encode(), stamp=stamp, earlier_attempts=attempts, suspect=suspect
                )
                for name in names
            )
        )

    def submitted(self, kind):
        """Give (and take from the inbox) the messages of one kind that were sent to the library."""
        found = [m for m in self.library.messages if isinstance(m, Submit) and isinstance(m.write, kind)]
        self.library.messages = [m for m in self.library.messages if m not in found]
        return found

    def begin_all(self):
        """Acknowledge every attempt; give the files that the analyzer got."""
        self.tell(Committed(tuple(m.write_id for m in self.submitted(BeginAttempt))))
        return self.in_work()

    def in_work(self):
        """Give (and take from the inbox) the files that the analyzer got."""
        return [message for message in self.analyzer.take() if isinstance(message, FileInHand)]

    def analysed(self, file, failure=None):
        passages, audio = (0, 0) if failure else (2, 3 * TICKS_PER_SECOND)
        self.tell(replace(file, stage=Stage.STORING, failure=failure, passages=passages, audio=audio))

    def store(self, file, failure=None):
        self.analysed(file, failure)
        self.committed(file)

    def committed(self, *files, added=True):
        """Acknowledge results, each with the guid that its file has in the library."""
        results = tuple((file.write_id, StoredFile(f"guid of {file.path!r}", added)) for file in files)
        self.tell(Committed(tuple(file.write_id for file in files), results=results))

    def credits(self):
        return sum(message.number for message in self.scanner.take() if isinstance(message, Credit))

    def finished(self):
        return [event for event in self.events if isinstance(event, FileFinished)]

    @property
    def progress(self):
        return self.snapshots[-1]


@pytest.fixture
def session_world(stage):
    return SessionWorld(stage, SessionRules(credits=4, window=2, max_attempts=3))


@pytest.fixture
def make_world(stage):
    """Make a session's world whose window is asked for."""
    return lambda window: SessionWorld(stage, SessionRules(credits=8), window)
