import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.spread import Histogram, Spread


def spread_of(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram.spread()


def test_nothing_has_no_spread():
    assert spread_of([]) == Spread(0, 0.0, 0.0, 0.0, 0.0)


def test_a_rare_long_wait_shows_in_the_largest_and_not_in_the_median():
    found = spread_of([0.01] * 995 + [3.0] * 5)
    assert found.p50 == pytest.approx(0.01, rel=0.05)
    assert found.p99 == pytest.approx(0.01, rel=0.05)
    assert found.largest == 3.0
    assert spread_of([0.01] * 98 + [3.0] * 2).p99 == pytest.approx(3.0, rel=0.05)


@given(st.lists(st.floats(1e-5, 1e5), min_size=1, max_size=200))
def test_percentiles_are_within_five_percent_of_a_value_that_was_measured(values):
    found = spread_of(values)
    ordered = sorted(values)
    assert found.count == len(values)
    assert found.total == pytest.approx(sum(values))
    assert found.largest == ordered[-1]
    assert found.p50 == pytest.approx(statistics.median_low(ordered), rel=0.05)
    assert found.p50 <= found.p99 * 1.0001 <= found.largest * 1.0001


def test_a_clock_that_stands_still_is_no_error():
    assert spread_of([0.0, -1.0]).largest == 0.0


def test_a_percentile_is_the_middle_of_an_eighth_of_a_doubling_and_never_above_the_largest():
    middle_below_one, middle_above_one = 2 ** (-1 / 16), 2 ** (1 / 16)
    assert spread_of([1.0]).p50 == pytest.approx(middle_below_one)
    assert spread_of([1.0, 1.05, 2.0]).p50 == pytest.approx(middle_above_one)
    assert spread_of([1.01]).p50 == 1.01
    assert spread_of([0.0, 0.0, 5.0]).p50 == pytest.approx(1e-6, rel=0.05)


def test_values_are_counted_and_summed_and_the_ninety_ninth_of_a_hundred_is_the_second_largest():
    found = spread_of([*[1.0] * 98, 4.0, 16.0])
    assert (found.count, found.total, found.largest) == (100, 118.0, 16.0)
    assert found.p99 == pytest.approx(4.0, rel=0.05)
    assert spread_of([*[1.0] * 98, 4.0, 16.0, 16.0]).p99 == pytest.approx(16.0, rel=0.05)
