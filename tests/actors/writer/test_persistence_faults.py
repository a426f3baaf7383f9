"""The persistence actor on a real library whose COMMITs fail, before or after they committed."""

import resource
import sqlite3
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passagework.actors.messages.acknowledgements import (
    Committed,
    LibraryDegraded,
    LibraryRecovered,
    Rejected,
    RunClosed,
    RunOpened,
)
from passagework.actors.messages.library import CloseRun, Drain, Flush, OpenLibrary, OpenRun, Submit
from passagework.actors.writer.flush_policy import FlushRules
from passagework.actors.writer.persistence import PersistenceActor, PersistenceParts
from passagework.domain.errors import LibraryDamagedError, LibraryUnavailableError, UnavailableKind
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.views import FileState, RunState
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.read.queries import KnownFiles, Runs
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt, StoreFailure

MANY = 10**6
STAMP = FileStamp(1, 1)
SENDERS = ("session", "linker", "scanner")
COMMITS, BEFORE, AFTER = "commits", "fails before it commits", "fails after it committed"


class UncertainConnection(LibraryConnection):
    """Does with each COMMIT what ``plan`` says next; without a plan it commits."""

    plan = ()

    def execute(self, sql, *arguments):
        if sql != "COMMIT" or not self.plan:
            return super().execute(sql, *arguments)
        outcome, *UncertainConnection.plan = self.plan
        if outcome == BEFORE:
            raise error_with(sqlite3.SQLITE_FULL)
        cursor = super().execute(sql, *arguments)
        if outcome == AFTER:
            raise error_with(sqlite3.SQLITE_IOERR_FSYNC)
        return cursor


def error_with(code):
    error = sqlite3.OperationalError("some text that says nothing")
    error.sqlite_errorcode = code
    return error


class World:
    """A persistence actor that was never started, on a real library, with three senders."""

    def __init__(self, stage, path):
        self.stage = stage
        self.path = path
        self.store = None
        self.library = stage.ports["persistence"]
        parts = PersistenceParts(
            open_store=self.open,
            session=stage.ports["session"],
            own_port=self.library,
            clock=stage.clock,
            scheduler=stage.scheduler,
            rules=FlushRules(linger_seconds=0.5, max_messages=4),
        )
        self.actor = stage.put_actor("persistence", PersistenceActor(stage.ports["supervisor"], parts))
        self.library.ask(OpenLibrary(), 10)
        self.heard = {name: [] for name in SENDERS}
        self.submitted = {name: [] for name in SENDERS}

    def open(self):
        self.store = LibraryStore(self.path)
        return self.store

    def open_run(self, request_id=1):
        self.library.tell(OpenRun(request_id, "hash", "{}", (b"/music",), self.stage.ports["session"]))
        self.settle()
        (opened,) = [m for m in self.heard["session"] if isinstance(m, RunOpened) and m.request_id == request_id]
        return opened.run

    def submit(self, sender, run, write_id, *, poison=False):
        path = b"/music/%s-%d.mp3" % (sender.encode(), write_id)
        write = BeginAttempt(run, path, STAMP, alone=False, number=1)
        if poison:
            write = StoreFailure(run, path, FileStamp(1, 2**70), Failure(FailureCode.DAMAGED))
        self.submitted[sender].append(write_id)
        self.library.tell(Submit(write=write, write_id=write_id, reply_to=self.stage.ports[sender], more=True))
        self.listen()

    def listen(self):
        self.stage.pump()
        for name in SENDERS:
            self.heard[name] += self.stage.inboxes[name].take()

    def settle(self):
        """Let pass the time in which everything is tried again."""
        self.listen()
        self.stage.advance(300)
        self.listen()

    def write_ids(self, sender):
        """Count how often this sender heard of each of its messages."""
        committed = [write_id for m in self.heard[sender] if isinstance(m, Committed) for write_id in m.write_ids]
        return Counter(committed + [m.write_id for m in self.heard[sender] if isinstance(m, Rejected)])

    def of(self, kind):
        return [message for message in self.heard["session"] if isinstance(message, kind)]


@pytest.fixture
def plan(monkeypatch):
    """Give a function that says what becomes of the next COMMITs of any connection."""
    monkeypatch.setattr("passagework.persistence.file.connection.LibraryConnection", UncertainConnection)
    monkeypatch.setattr(UncertainConnection, "plan", ())

    def plan(*outcomes):
        UncertainConnection.plan = outcomes

    return plan


@pytest.fixture
def world(stage, tmp_path, plan):
    world = World(stage, tmp_path / "music.passages")
    yield world
    world.actor.release()


def begun(world):
    known = world.library.query(KnownFiles((b"/music",)))
    return sorted(entry.path for entry in known if entry.state is FileState.BEGUN)


def test_a_batch_whose_commit_failed_after_it_committed_is_acknowledged_once_to_each_sender(world, plan):
    run = world.open_run()
    plan(AFTER, AFTER)
    for write_id, sender in enumerate((*SENDERS, "session")):
        world.submit(sender, run, write_id)
    assert [type(message) for message in world.heard["session"][1:]] == [LibraryDegraded]
    assert len(begun(world)) == 4
    changes = world.store._connection.total_changes
    world.settle()
    assert {sender: dict(world.write_ids(sender)) for sender in SENDERS} == {
        "session": {0: 1, 3: 1},
        "linker": {1: 1},
        "scanner": {2: 1},
    }
    assert len(world.of(LibraryRecovered)) == 1
    assert len(begun(world)) == 4
    # Staging is written anew, the library is not.
    assert world.store._connection.execute("SELECT sum(attempts) FROM attempt").fetchone() == (4,)
    assert world.store._connection.total_changes > changes


def test_a_run_whose_opening_failed_after_it_committed_is_one_run(world, plan):
    plan(AFTER, BEFORE, AFTER)
    run = world.open_run()
    assert [found.id for found in world.library.query(Runs(10))] == [run]
    assert world.library.query(Runs(10))[0].state is RunState.RUNNING
    assert world.of(RunOpened) == [RunOpened(run, 1)]
    assert world.open_run(2) == run + 1


def test_a_run_whose_closing_failed_after_it_committed_is_closed_once(world, plan):
    run = world.open_run()
    plan(AFTER)
    world.library.tell(CloseRun(run, RunState.COMPLETED, 3, 1, world.stage.ports["session"]))
    world.listen()
    first = world.library.query(Runs(10))
    assert world.of(RunClosed) == []
    world.settle()
    assert world.of(RunClosed) == [RunClosed(run)]
    assert world.library.query(Runs(10)) == first
    assert first[0].state is RunState.COMPLETED


def test_a_drain_whose_commit_failed_says_so_and_one_more_drain_writes_it_all(world, plan):
    run = world.open_run()
    world.submit("linker", run, 1)
    for outcome in (AFTER, BEFORE):
        plan(outcome)
        with pytest.raises(LibraryUnavailableError, match="results not stored: 1;") as caught:
            world.library.ask(Drain(), 10)
        assert caught.value.kind is UnavailableKind.UNWRITTEN
    world.library.ask(Drain(), 10)
    world.listen()
    assert dict(world.write_ids("linker")) == {1: 1}


def test_a_log_that_cannot_be_moved_for_want_of_room_between_two_batches_holds_nobody_up(world, monkeypatch):
    monkeypatch.setattr("passagework.actors.writer.library_writer.LOG_BYTES", 1)
    run = world.open_run()
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    moved = world.store.checkpoint_passive

    def into_a_full_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            return moved()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))

    monkeypatch.setattr(world.store, "checkpoint_passive", into_a_full_disk)
    for write_id in range(4):
        world.submit("session", run, write_id)
    assert sum(world.write_ids("session").values()) == 4
    assert world.of(LibraryDegraded) == []
    monkeypatch.setattr(world.store, "checkpoint_passive", moved)
    world.library.ask(Drain(), 10)
    assert len(begun(world)) == 4


def test_damage_ends_the_actor_with_the_reason_and_acknowledges_nothing(world, monkeypatch):
    run = world.open_run()

    def damaged(*_):
        raise LibraryDamagedError("the library is damaged")

    monkeypatch.setattr(world.store, "write", damaged)
    world.submit("session", run, 1)
    world.library.tell(Flush())
    world.settle()
    (down,) = world.stage.inboxes["supervisor"].messages
    assert isinstance(down.cause, LibraryDamagedError)
    assert dict(world.write_ids("session")) == {}


@pytest.mark.slow
# Of the fixtures only a type and a folder are used.
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=st.lists(st.tuples(st.sampled_from(SENDERS), st.booleans()), min_size=1, max_size=12),
    outcomes=st.lists(st.sampled_from((COMMITS, BEFORE, AFTER)), max_size=12),
)
def test_whatever_commits_do_each_message_is_heard_of_once_and_the_content_is_as_if_none_had_failed(
    stage, tmp_path_factory, messages, outcomes
):
    contents = []
    folder = tmp_path_factory.mktemp("example")
    for plan in (outcomes, ()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("passagework.persistence.file.connection.LibraryConnection", UncertainConnection)
            world = World(type(stage)(), folder / f"{len(contents)}.passages")
            UncertainConnection.plan = tuple(plan)
            run = world.open_run()
            for write_id, (sender, poison) in enumerate(messages):
                world.submit(sender, run, write_id, poison=poison)
            world.library.tell(CloseRun(run, RunState.COMPLETED, len(messages), 0, world.stage.ports["session"]))
            world.settle()
            UncertainConnection.plan = ()
            for sender in SENDERS:
                assert world.write_ids(sender) == Counter(world.submitted[sender])
            assert world.of(RunClosed) == [RunClosed(run)]
            (only,) = world.library.query(Runs(10))
            known = [(entry.path, entry.state) for entry in world.library.query(KnownFiles((b"/music",)))]
            contents.append((only.state, only.roots, known, rows(world)))
            world.actor.release()
    assert contents[0] == contents[1]


def rows(world):
    """Count what the library holds, and what counts up when something is stored twice."""
    counts = "SELECT (SELECT count(*) FROM file), (SELECT count(*) FROM rejection), (SELECT count(*) FROM run_file)"
    attempts = "SELECT sum(attempts), sum(open) FROM attempt"
    connection = world.store._connection
    return connection.execute(counts).fetchall() + connection.execute(attempts).fetchall()
