from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.other_bounds import SHORTEST_SECONDS, other_bounds
from passagework.domain.spans import Span

RATE = 100


def seconds(spans):
    return [(span.start / RATE, span.end / RATE) for span in spans]


def others(start, end, whole, *, alone):
    return seconds(other_bounds(Span(start * RATE, end * RATE), whole * RATE, RATE, alone=alone))


def test_a_passage_that_fills_its_file_is_asked_about_once():
    assert others(0, 200, 200, alone=True) == []
    assert others(2, 194, 200, alone=True) == []


def test_where_much_silence_was_trimmed_from_a_file_the_whole_of_it_is_worth_a_question():
    assert others(3, 200, 200, alone=True) == [(0, 200)]
    assert others(0, 190, 200, alone=True) == [(0, 200)]


def test_seven_seconds_of_silence_at_the_end_are_no_reason_to_ask_again():
    assert others(0, 193, 200, alone=True) == []
    assert seconds(other_bounds(Span(0, 193 * RATE - 1), 200 * RATE, RATE, alone=True)) == [(0, 200)]


def test_a_file_of_ten_seconds_is_long_enough():
    assert others(3, 10, 10, alone=True) == [(0, 10)]
    assert others(60, 78, 200, alone=False) == [(52, 78), (68, 78)]


def test_a_passage_among_others_may_begin_earlier_or_later():
    assert others(60, 120, 200, alone=False) == [(52, 120), (68, 120)]


def test_there_is_nothing_before_the_beginning_of_a_file():
    assert others(5, 60, 200, alone=False) == [(13, 60)]


def test_a_passage_may_begin_with_its_file():
    assert others(8, 60, 200, alone=False) == [(0, 60), (16, 60)]


def test_what_would_be_too_short_to_be_known_is_not_tried():
    assert others(60, 75, 200, alone=False) == [(52, 75)]
    assert others(4, 8, 9, alone=True) == []


@given(st.integers(0, 50_000), st.integers(1, 50_000), st.integers(0, 5_000), st.booleans())
def test_other_bounds_are_others_and_lie_inside_the_file(start, length, rest, alone):
    span = Span(start, start + length)
    for other in other_bounds(span, span.end + rest, RATE, alone=alone):
        assert other != span
        assert 0 <= other.start < other.end <= span.end + rest
        assert other.end - other.start >= SHORTEST_SECONDS * RATE
