"""Every number of the writer's statistics is another here, so that none can stand for one beside it."""

from dataclasses import replace

from passagework.actors.writer.metrics import WriterMetrics
from passagework.domain.errors import UnavailableKind
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.file.checkpoint import WalState
from passagework.persistence.write.batch import BatchOutcome

REFUSED = Failure(FailureCode.LIBRARY_REJECTED)
FIRST = BatchOutcome(
    (0, 1), ((2, REFUSED),), replayed=True, statements=5, rows=40, prepare_seconds=6, transaction_seconds=7
)
SECOND = replace(FIRST, committed=(0,), rejected=((1, REFUSED), (2, REFUSED)), rows=50)


def busy():
    metrics = WriterMetrics()
    metrics.batch(FIRST, [0.5, 0.25, 4.0], queue=17)
    metrics.batch(SECOND, [8.0, 1.0], queue=13)
    metrics.transactions([0.125, 2.0, 0.75, 0.0625])
    for seconds in (3.0, 5.0, 6.0, 7.0, 9.0, 10.0):
        metrics.read(seconds)
    metrics.checkpoint(11.0, WalState(4000, "a reader"))
    metrics.wal(3000)
    metrics.refused(UnavailableKind.FULL)
    metrics.refused(UnavailableKind.BUSY)
    metrics.refused(UnavailableKind.FULL)
    return metrics


def test_each_number_is_counted_for_itself():
    found = busy().statistics(14, 12.0, "disk-full")
    assert (found.messages, found.rows, found.rejected, found.replayed) == (5, 90, 3, 2)
    assert found.retries == (("busy", 1), ("disk-full", 2))
    assert (found.queue, found.queue_largest, found.oldest_wait, found.unavailable) == (14, 17, 12.0, "disk-full")
    assert (found.wal_bytes, found.wal_bytes_largest, found.wal_held_by) == (3000, 4000, "a reader")


def test_each_distribution_is_its_own():
    found = busy().statistics(0, 0.0, None)
    spreads = (found.messages_per_transaction, found.rows_per_transaction, found.waits, found.holds)
    assert [(one.count, one.total, one.largest) for one in (*spreads, found.reads, found.checkpoints)] == [
        (2, 5, 3),
        (2, 90, 50),
        (5, 13.75, 8.0),
        (4, 2.9375, 2.0),
        (6, 40.0, 10.0),
        (1, 11.0, 11.0),
    ]
    assert found.transactions == 4


def test_the_longest_queue_is_that_of_this_moment_where_it_is_longer():
    assert busy().statistics(18, 0.0, None).queue_largest == 18


def test_a_log_that_nobody_holds_any_more_is_said_to_be_free():
    metrics = busy()
    metrics.checkpoint(1.0, WalState(0, None))
    assert metrics.statistics(0, 0.0, None).wal_held_by is None


def test_a_new_run_begins_at_zero():
    metrics = busy()
    metrics.begin()
    assert metrics.statistics(0, 0.0, None) == WriterStatistics()
