from hypothesis import given
from hypothesis import strategies as st

from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules


def test_the_first_message_starts_the_linger_and_the_next_ones_wait_with_it():
    policy = FlushPolicy(FlushRules())
    assert [policy.added(100, more_to_come=True) for _ in range(3)] == [
        FlushDecision.START_LINGER,
        FlushDecision.WAIT,
        FlushDecision.WAIT,
    ]


def test_a_full_batch_is_written_at_once():
    policy = FlushPolicy(FlushRules(max_messages=3))
    assert [policy.added(1, more_to_come=True) for _ in range(3)][-1] is FlushDecision.FLUSH


def test_a_batch_with_too_many_bytes_is_written_at_once():
    policy = FlushPolicy(FlushRules(max_bytes=1000))
    assert [policy.added(600, more_to_come=True) for _ in range(2)] == [FlushDecision.START_LINGER, FlushDecision.FLUSH]


def test_a_batch_after_which_nothing_else_is_to_come_does_not_wait():
    policy = FlushPolicy(FlushRules())
    assert [policy.added(1, more_to_come=more) for more in (True, False)] == [
        FlushDecision.START_LINGER,
        FlushDecision.FLUSH,
    ]


def test_after_a_flush_the_next_message_starts_a_new_linger():
    policy = FlushPolicy(FlushRules(max_messages=2))
    policy.added(1, more_to_come=True)
    policy.added(1, more_to_come=True)
    policy.flushed()
    assert policy.added(1, more_to_come=True) is FlushDecision.START_LINGER


@given(st.lists(st.integers(0, 500), max_size=60), st.integers(1, 20), st.integers(1, 2000))
def test_no_batch_ever_exceeds_its_bounds_by_more_than_the_message_that_fills_it(sizes, max_messages, max_bytes):
    policy = FlushPolicy(FlushRules(max_messages=max_messages, max_bytes=max_bytes))
    batch = []
    for size in sizes:
        batch.append(size)
        if policy.added(size, more_to_come=True) is FlushDecision.FLUSH:
            policy.flushed()
            batch = []
        assert len(batch) < max_messages
        assert sum(batch) < max_bytes
