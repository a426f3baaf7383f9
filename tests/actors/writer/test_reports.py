"""What the persistence actor counts, logs and warns of."""

import logging

import pytest

from passagework.actors.messages.acknowledgements import (
    RunClosed,
)
from passagework.actors.messages.library import (
    CloseRun,
    Flush,
    OpenRun,
)
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.views import RunState
from passagework.persistence.file.checkpoint import WalState
from passagework.persistence.file.lock import find_writer
from passagework.persistence.read.queries import KnownFiles, Runs
from passagework.persistence.write.writes import BeginAttempt, StoreFailure
from tests.actors.writer.conftest import STAMP


def test_waits_count_from_the_moment_a_message_is_told(world):
    write = BeginAttempt(world.run, b"/music/1.mp3", STAMP, alone=False, number=1)
    world.library.store(write, 1, world.session, more=True)
    world.stage.clock.now += 2.0
    world.stage.pump()
    assert world.accounts().oldest_wait == 2.0
    assert world.accounts().queue == 1
    world.stage.advance(0.5)
    found = world.accounts()
    assert found.waits.count == 1
    assert found.waits.largest == 2.5
    assert (found.queue, found.oldest_wait) == (0, 0.0)


def test_the_accounts_are_those_of_the_run_and_count_every_transaction(world):
    for write_id in (1, 2, 3):
        world.submit(write_id)
    found = world.accounts()
    assert (found.transactions, found.messages, found.rejected) == (2, 3, 0)
    assert found.messages_per_transaction.largest == 3
    assert found.rows == found.rows_per_transaction.total > 0
    assert found.holds.count == 2
    world.library.query(KnownFiles((b"/music",)))
    assert world.accounts().reads.count == 1
    world.library.tell(OpenRun(2, "hash", "{}", (b"/music",), world.stage.ports["session"]))
    world.stage.pump()
    assert (world.accounts().transactions, world.accounts().messages) == (1, 0)


def test_accounts_name_what_the_library_refused_and_what_was_rejected(world):
    world.store.failing = 2
    for write_id in (1, 2, 3):
        world.submit(write_id)
    assert "full" in world.accounts().unavailable
    world.stage.advance(60)
    world.submit(4, StoreFailure(99, b"/music/x.mp3", STAMP, Failure(FailureCode.DAMAGED)))
    world.library.tell(Flush())
    world.stage.pump()
    found = world.accounts()
    assert found.unavailable is None
    assert found.retries == (("disk-full", 2),)
    assert (found.rejected, found.replayed) == (1, 1)


def test_another_process_sees_that_the_library_takes_no_writes(world):
    world.store.failing = 1
    for write_id in (1, 2, 3):
        world.submit(write_id)
    assert "full" in find_writer(world.path).accounts.unavailable
    world.stage.advance(60)
    assert find_writer(world.path).accounts.unavailable is None


def test_a_run_is_closed_with_its_accounts(world):
    world.submit(1)
    world.library.tell(CloseRun(world.run, RunState.COMPLETED, 1, 0, world.stage.ports["session"]))
    world.stage.pump()
    (run,) = world.library.query(Runs(1))
    assert (run.accounts.messages, run.accounts.transactions) == (1, 2)


def test_the_log_is_moved_into_the_library_between_batches_when_there_is_enough_in_it(world, monkeypatch):
    monkeypatch.setattr("passagework.actors.writer.library_writer.LOG_BYTES", 80_000)
    for write_id in range(1, 13):
        world.submit(write_id)
    assert world.accounts().checkpoints.count == 2
    assert world.accounts().wal_bytes > 0


def test_every_batch_is_logged_with_its_size_its_rows_and_how_long_it_waited(world, logged):
    for write_id in (1, 2):
        write = BeginAttempt(world.run, b"/music/%d.mp3" % write_id, STAMP, alone=False, number=1)
        world.library.store(write, write_id, world.stage.ports["session"], more=True)
        world.stage.clock.now += 0.12345
    world.library.store(
        StoreFailure(99, b"/music/x.mp3", STAMP, Failure(FailureCode.DAMAGED)), 3, world.stage.ports["session"]
    )
    before = world.accounts()
    (event,) = [one for one in logged() if one["event"] == "committed"]
    found = {name: event[name] for name in ("run", "messages", "rejected", "queue", "longest_wait_seconds")}
    assert found == {"run": 99, "messages": 2, "rejected": 1, "queue": 0, "longest_wait_seconds": 0.2469}
    assert event["rows"] == before.rows > 2
    assert event["statements"] > 2
    for name in ("prepare_seconds", "transaction_seconds"):
        assert 0.0 < event[name] == round(event[name], 4) < 60.0


def test_what_the_library_rejects_is_logged_with_the_write_and_told_to_its_sender_alone(world, logged):
    world.tell(1)
    refused = StoreFailure(99, b"/music/x.mp3", STAMP, Failure(FailureCode.DAMAGED))
    world.tell(2, refused, world.stage.ports["linker"], more=False)
    world.library.tell(Flush())
    world.stage.pump()
    (told,) = world.stage.inboxes["linker"].take()
    (event,) = [one for one in logged() if one["event"] == "rejected"]
    assert (event["run"], event["write"], event["detail"]) == (99, "StoreFailure", told.failure.detail)
    assert (told.write_id, told.failure.code) == (2, FailureCode.LIBRARY_REJECTED)
    assert world.acknowledged() == [(1,)]


def test_a_run_that_is_closed_is_logged_with_its_accounts(world, logged):
    world.submit(1)
    world.library.tell(CloseRun(world.run, RunState.COMPLETED, 1, 0, world.stage.ports["session"]))
    world.stage.pump()
    (event,) = [one for one in logged() if one["event"] == "accounts"]
    (run,) = world.library.query(Runs(1))
    assert (event["run"], event["messages"], event["rows"]) == (world.run, 1, run.accounts.rows)
    assert world.session.take()[-1] == RunClosed(world.run)


@pytest.fixture
def large_log(world, monkeypatch):
    """Make the log large enough for a checkpoint after one batch, and give what a checkpoint is to find."""
    monkeypatch.setattr("passagework.actors.writer.library_writer.LOG_BYTES", 1)

    def found(state):
        def checkpoint():
            if isinstance(state, Exception):
                raise state
            return state

        monkeypatch.setattr(world.store, "checkpoint_passive", checkpoint)

    return found


def test_a_log_that_a_reader_keeps_from_being_emptied_is_a_warning_that_names_it(world, large_log, logged):
    large_log(WalState(77, "process 5 (cat)"))
    world.submit(1, more=False)
    (event,) = logged(logging.WARNING)
    assert (event["event"], event["bytes"], event["held_by"]) == ("log-grows", 77, "process 5 (cat)")
    assert world.accounts().wal_held_by == "process 5 (cat)"


def test_a_log_that_nobody_holds_is_no_warning(world, large_log, logged):
    large_log(WalState(77, None))
    world.submit(1, more=False)
    assert logged(logging.WARNING) == []
    assert world.accounts().checkpoints.count == 1


def test_a_checkpoint_that_fails_is_a_warning_and_tried_again_after_as_many_bytes(world, large_log, logged):
    large_log(LibraryUnavailableError("the disk is full", UnavailableKind.FULL))
    world.submit(1, more=False)
    (event,) = logged(logging.WARNING)
    assert (event["event"], event["kind"]) == ("log-not-moved", UnavailableKind.FULL)
    assert "the disk is full" in event["detail"]
    assert world.accounts().checkpoints.count == 0
    assert world.acknowledged() == [(1,)]


def test_a_library_in_trouble_is_an_error_with_its_kind_and_its_recovery_a_word(world, logged):
    world.store.failing = 1
    for write_id in (1, 2, 3):
        world.submit(write_id)
    world.stage.advance(60)
    degraded, recovered = (one for one in logged(logging.INFO) if one["event"].startswith("library-"))
    assert (degraded["event"], degraded["kind"]) == ("library-degraded", UnavailableKind.FULL)
    assert "the disk is full" in degraded["detail"]
    assert recovered["event"] == "library-recovered"
