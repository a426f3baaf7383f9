from dataclasses import replace

import pytest

from passagework.actors.messages.acknowledgements import (
    Committed,
    LibraryDegraded,
    LibraryRecovered,
    Rejected,
    RunClosed,
    RunOpened,
)
from passagework.actors.messages.library import (
    Ask,
    CloseRun,
    Drain,
    Flush,
    OpenRun,
    Undo,
)
from passagework.actors.runtime.messages import Down
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.writer.flush_policy import FlushRules
from passagework.actors.writer.persistence import PersistenceActor, PersistenceParts
from passagework.domain.changes import StoredFile
from passagework.domain.errors import LibraryError, LibraryUnavailableError, NotFoundError, UnavailableKind
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.views import RunState
from passagework.persistence.read.queries import KnownFiles, Runs, ShowFile, Summary
from passagework.persistence.rows.encoded import encode_analysis
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreFailure
from tests.actors.writer.conftest import STAMP
from tests.support.library import Maker


def test_nothing_is_acknowledged_before_it_is_committed_and_everything_after(world):
    world.submit(1)
    world.submit(2)
    assert (world.acknowledged(), world.begun()) == ([], [])
    world.stage.advance(0.5)
    assert (world.acknowledged(), world.begun()) == ([(1, 2)], [b"/music/1.mp3", b"/music/2.mp3"])


def test_the_acknowledgement_names_the_passages_that_were_linked_with_their_analysis(world, logged):
    make = Maker

    def linked(path, song):
        analysis = make.analysis(path, ((0, 9), (10, 19)))
        links = (make.links("0", [song]), make.links("1"))
        return StoreAnalysis(world.run, encode_analysis(analysis, links))

    world.submit(1)
    world.submit(2, linked(b"/music/a.flac", make.song(1)))
    world.submit(3, linked(b"/music/b.flac", replace(make.song(2), mbid="bad")))
    (committed,) = [one for one in world.session.take() if isinstance(one, Committed)]
    file = world.store.query(ShowFile(b"/music/a.flac"))
    other = world.store.query(ShowFile(b"/music/b.flac"))
    assert committed == Committed(
        (1, 2, 3),
        ((2, tuple(passage.guid for passage in file.passages)),),
        ((2, StoredFile(file.guid, added=True)), (3, StoredFile(other.guid, added=True))),
    )
    assert [one["run"] for one in logged() if one["event"] == "linking-rejected"] == [world.run]


def test_a_full_batch_does_not_wait_for_the_linger(world):
    for write_id in (1, 2, 3):
        world.submit(write_id)
    assert world.acknowledged() == [(1, 2, 3)]


def test_a_linger_of_an_earlier_batch_does_not_flush_the_next_one(world):
    for write_id in (1, 2, 3):
        world.submit(write_id)
    world.stage.advance(0.4)
    world.submit(4)
    world.acknowledged()
    world.stage.advance(0.2)
    assert world.acknowledged() == []
    world.stage.advance(0.3)
    assert world.acknowledged() == [(4,)]


def test_a_batch_does_not_wait_when_nobody_has_announced_more(world):
    world.submit(1, more=False)
    assert world.acknowledged() == [(1,)]


def test_a_batch_waits_for_what_one_sender_has_announced_whatever_another_one_says(world):
    linker = world.stage.ports["linker"]
    world.submit(1, reply_to=linker, more=True)
    world.submit(2, more=False)
    assert world.acknowledged() == []
    world.submit(3, reply_to=linker, more=False)
    assert world.acknowledged() == [(2,)]


def test_a_batch_waits_for_the_result_of_a_file_whose_attempt_is_durable(world):
    world.submit(1, more=False)
    assert world.acknowledged() == [(1,)]
    world.submit(2, more=False)
    assert world.acknowledged() == []
    result = StoreFailure(world.run, b"/music/1.mp3", STAMP, Failure(FailureCode.DAMAGED))
    world.submit(11, result, more=False)
    assert world.acknowledged() == [(2, 11)]


def test_nobody_waits_for_the_result_of_an_attempt_that_was_rejected(world):
    beyond_64_bits = FileStamp(1, 2**70)
    world.submit(1, BeginAttempt(world.run, b"/music/1.mp3", beyond_64_bits, alone=False, number=1), more=False)
    world.session.take()
    world.submit(11, StoreFailure(world.run, b"/music/2.mp3", STAMP, Failure(FailureCode.DAMAGED)), more=False)
    assert world.acknowledged() == [(11,)]


def test_what_is_in_the_inbox_already_goes_into_the_same_batch(world):
    for write_id in (1, 2):
        world.tell(write_id, more=False)
    world.stage.pump()
    assert world.acknowledged() == [(1, 2)]


def test_a_batch_is_written_although_the_last_in_the_inbox_was_a_query(world):
    world.tell(1, more=False)
    world.actor.actor_ref.tell(Ask(Runs(1)))
    world.stage.pump()
    assert world.acknowledged() == [(1,)]


@pytest.mark.parametrize("what", ["flush", "open", "close"])
def test_what_was_announced_and_never_came_holds_up_nothing_after_a_flush_or_a_run(world, what):
    world.submit(1, reply_to=world.stage.ports["linker"], more=True)
    session = world.stage.ports["session"]
    orders = {
        "flush": Flush(),
        "open": OpenRun(2, "hash", "{}", (b"/music",), session),
        "close": CloseRun(world.run, RunState.COMPLETED, 1, 0, session),
    }
    world.library.tell(orders[what])
    world.stage.pump()
    world.acknowledged()
    world.submit(2, more=False)
    assert world.acknowledged() == [(2,)]


def test_each_sender_hears_of_its_own_messages_only(world):
    other_port = Port("other")
    other = world.stage.put_inbox("linker")
    other_port.bind(other)
    world.submit(1)
    world.submit(1, BeginAttempt(world.run, b"/music/other.mp3", STAMP, alone=False, number=1), other_port)
    world.library.tell(Flush())
    world.stage.pump()
    assert world.acknowledged() == [(1,)]
    assert other.messages == [Committed((1,))]


def test_a_question_is_answered_in_the_middle_of_a_batch_from_what_is_committed(world):
    world.submit(1)
    assert world.library.query(KnownFiles((b"/music",))) == ()
    assert world.acknowledged() == []


def test_poison_is_rejected_alone_and_stays_visible(world):
    beyond_64_bits = FileStamp(1, 2**70)
    world.submit(1)
    world.submit(2, StoreFailure(world.run, b"/music/2.mp3", beyond_64_bits, Failure(FailureCode.DAMAGED)))
    world.submit(3)
    messages = world.session.take()
    (rejected,) = [message for message in messages if isinstance(message, Rejected)]
    assert (rejected.write_id, rejected.failure.code) == (2, FailureCode.LIBRARY_REJECTED)
    assert [message.write_ids for message in messages if isinstance(message, Committed)] == [(1, 3)]
    summary = world.library.query(Summary(world.run))
    assert [(f.path, f.failure.code) for f in summary.failed] == [(b"/music/2.mp3", FailureCode.LIBRARY_REJECTED)]


def test_a_full_disk_keeps_the_batch_says_so_once_and_goes_on_by_itself(world):
    world.store.failing = 3
    for write_id in (1, 2, 3):
        world.submit(write_id)
    (degraded,) = world.session.take()
    assert isinstance(degraded, LibraryDegraded)
    assert "full" in degraded.reason
    world.submit(4)
    world.stage.advance(60)
    messages = world.session.take()
    assert [m for m in messages if isinstance(m, Committed)] == [Committed((1, 2, 3, 4))]
    assert [m for m in messages if isinstance(m, LibraryRecovered)] == [LibraryRecovered()]
    assert len(world.begun()) == 4


def test_a_library_that_recovered_is_tried_again_as_soon_as_ever_when_it_fails_anew(world):
    for first in (1, 4):
        world.store.failing = 3
        for write_id in range(first, first + 3):
            world.submit(write_id)
        world.session.take()
        # 0.05, 0.1 and 0.2 seconds: a back-off that went on from the last outage would take longer.
        world.stage.advance(0.36)
        assert world.acknowledged() == [tuple(range(first, first + 3))]


def test_closing_a_run_writes_what_is_collected_first(world):
    world.submit(1)
    world.library.tell(CloseRun(world.run, RunState.COMPLETED, 1, 0, world.stage.ports["session"]))
    world.stage.pump()
    assert world.session.take() == [Committed((1,)), RunClosed(world.run)]


def test_drain_writes_what_is_collected(world):
    world.submit(1)
    world.library.ask(Drain(), 10)
    assert world.acknowledged() == [(1,)]


def test_a_drain_that_cannot_write_raises_to_the_one_who_asked(world):
    world.store.failing = 100
    for write_id in (1, 2, 3):
        world.submit(write_id)
    with pytest.raises(LibraryUnavailableError, match="results not stored: 3;"):
        world.library.ask(Drain(), 10)


def test_one_batch_is_one_transaction(world):
    begins = []
    world.store._connection.set_trace_callback(lambda sql: begins.append(sql) if sql.startswith("BEGIN") else None)
    for write_id in (1, 2, 3):
        world.submit(write_id)
    assert begins == ["BEGIN IMMEDIATE"]


def test_an_unknown_error_goes_to_the_supervisor_with_the_message_and_the_connection_is_given_back(world, monkeypatch):
    def broken(*_):
        raise RuntimeError("a defect")

    monkeypatch.setattr(world.store, "write", broken)
    world.submit(1)
    world.library.tell(Flush())
    world.stage.pump()
    (down,) = world.stage.inboxes["supervisor"].messages
    assert (down.name, down.message) == ("persistence", Flush())
    again = LibraryStore(world.path)
    again.close()
    with pytest.raises(LibraryError, match="closed"):
        world.store.query(KnownFiles((b"/music",)))


def test_an_answer_that_fails_goes_to_the_asker_and_the_actor_lives(world):
    with pytest.raises(KeyError):
        world.library.ask(Ask("not a query"), 10)
    world.submit(1)
    world.stage.advance(1)
    assert world.acknowledged() == [(1,)]


def test_one_request_id_opens_one_run_however_often_it_comes(world):
    for _ in range(2):
        world.library.tell(OpenRun(2, "hash", "{}", (b"/music",), world.stage.ports["session"]))
    world.stage.pump()
    first, second = world.session.take()
    assert first == second == RunOpened(world.run + 1, 2)


def test_a_run_that_cannot_be_opened_is_said_and_opened_when_the_library_recovers(world, monkeypatch):
    open_run = world.store.open_run

    def full(*_):
        raise LibraryUnavailableError("the disk is full; make room", UnavailableKind.FULL)

    monkeypatch.setattr(world.store, "open_run", full)
    world.library.tell(OpenRun(2, "hash", "{}", (b"/music",), world.stage.ports["session"]))
    world.stage.pump()
    world.stage.advance(5)
    assert [type(message) for message in world.session.take()] == [LibraryDegraded]
    monkeypatch.setattr(world.store, "open_run", open_run)
    world.stage.advance(30)
    assert world.session.take() == [RunOpened(world.run + 1, 2), LibraryRecovered()]


def test_runs_are_closed_and_opened_behind_the_batch_that_waits_for_a_full_disk(world):
    world.store.failing = 1
    for write_id in (1, 2, 3):
        world.submit(write_id)
    world.library.tell(CloseRun(world.run, RunState.CANCELLED, 1, 0, world.stage.ports["session"]))
    world.library.tell(OpenRun(2, "hash", "{}", (b"/music",), world.stage.ports["session"]))
    world.stage.pump()
    world.stage.advance(30)
    assert [type(message) for message in world.session.take()] == [
        LibraryDegraded,
        Committed,
        RunClosed,
        RunOpened,
        LibraryRecovered,
    ]
    assert world.library.query(Summary(world.run)).run.state is RunState.CANCELLED


def test_drain_tries_once_more_although_the_library_is_in_trouble(world):
    world.store.failing = 1
    for write_id in (1, 2, 3):
        world.submit(write_id)
    world.library.ask(Drain(), 10)
    assert world.acknowledged() == [(1, 2, 3)]


def test_a_log_that_cannot_be_emptied_is_told_to_who_drains_and_costs_no_message(world, monkeypatch):
    def in_use():
        raise LibraryUnavailableError("the log could not be emptied", UnavailableKind.LOG_IN_USE)

    monkeypatch.setattr(world.store, "checkpoint", in_use)
    world.submit(1)
    with pytest.raises(LibraryUnavailableError) as caught:
        world.library.ask(Drain(), 10)
    assert caught.value.kind is UnavailableKind.LOG_IN_USE
    assert world.acknowledged() == [(1,)]


def test_a_library_that_was_never_opened_is_said_not_to_be_open(stage):
    parts = PersistenceParts(
        open_store=object,
        session=stage.ports["session"],
        own_port=stage.ports["persistence"],
        clock=stage.clock,
        scheduler=stage.scheduler,
        rules=FlushRules(),
    )
    stage.put_actor("persistence", PersistenceActor(stage.ports["supervisor"], parts))
    with pytest.raises(LibraryError, match=r"the library is not open"):
        stage.ports["persistence"].ask(Ask(Runs(1)), 10)


def test_a_message_that_the_writer_does_not_know_is_a_defect(world):
    world.library.tell("unknown")
    world.stage.pump()
    (down,) = world.stage.inboxes["supervisor"].of(Down)
    assert (down.name, "'unknown'" in down.error) == (ActorName.PERSISTENCE, True)


def test_a_batch_is_written_as_soon_as_the_sender_that_announced_more_has_sent_the_last(world):
    world.submit(1, more=True)
    assert world.acknowledged() == []
    world.submit(2, more=False)
    assert world.acknowledged() == [(1, 2)]


LOG_LIMIT = 1_200_000
"""More than a new library writes."""

ROOM_FOR_ONE_WRITE = 500_000


@pytest.mark.slow
def test_the_log_stays_within_its_bound_whatever_is_written_and_in_however_many_runs(world, monkeypatch):
    monkeypatch.setattr("passagework.actors.writer.library_writer.LOG_BYTES", LOG_LIMIT)
    log = world.path.with_name(world.path.name + "-wal")
    largest = 0
    for request in range(2, 32):
        # Short messages, each of which changes many pages; and no batch of a run is large.
        for write_id in range(10 * request, 10 * request + 3):
            world.submit(write_id)
        world.library.tell(CloseRun(world.run, RunState.COMPLETED, 1, 0, world.stage.ports["session"]))
        world.library.tell(OpenRun(request, "hash", "{}", (b"/music",), world.stage.ports["session"]))
        world.stage.pump()
        world.run = next(message.run for message in world.session.take() if isinstance(message, RunOpened))
        largest = max(largest, log.stat().st_size)
    assert LOG_LIMIT < largest < LOG_LIMIT + ROOM_FOR_ONE_WRITE


def test_what_is_asked_is_written_into_a_library_opened_anew_when_its_log_was_taken_away(world):
    world.submit(1)
    world.library.tell(Flush())
    world.stage.pump()
    world.path.with_name(world.path.name + "-wal").unlink()
    with pytest.raises(NotFoundError):
        world.library.ask(Undo(99), 10)
    assert world.library.ask(Undo(world.run), 10).files == 1
    world.submit(2)
    world.library.tell(Flush())
    world.stage.pump()
    assert world.acknowledged()[-1] == (2,)
