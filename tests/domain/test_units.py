from hypothesis import example, given
from hypothesis import strategies as st

from passagework.domain.units import (
    TICKS_PER_SECOND,
    Ticks,
    clock_time,
    samples_from_ticks,
    ticks_from_samples,
)

USUAL_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
A_WEEK = 7 * 86_400


@given(st.sampled_from(USUAL_RATES), st.integers(0, A_WEEK * 192_000))
def test_every_sample_boundary_at_a_usual_rate_is_exact_and_comes_back(rate, sample):
    ticks = ticks_from_samples(sample, rate)
    assert ticks * rate == sample * TICKS_PER_SECOND
    assert samples_from_ticks(ticks, rate) == sample


@given(st.integers(1_000, 768_000), st.integers(0, A_WEEK * 8_000))
@example(767_999, A_WEEK * 8_000)
@example(44_099, 1)
def test_sample_boundaries_at_any_rate_come_back_and_are_right_to_half_a_tick(rate, sample):
    ticks = ticks_from_samples(sample, rate)
    assert abs(ticks * rate - sample * TICKS_PER_SECOND) * 2 <= rate
    assert samples_from_ticks(ticks, rate) == sample


@given(st.integers(1_000, 768_000), st.integers(0, A_WEEK * TICKS_PER_SECOND))
@example(1_000, 14_112)
@example(1_000, 42_336)
@example(767_999, A_WEEK * TICKS_PER_SECOND)
def test_any_time_becomes_a_sample_at_most_half_a_sample_away(rate, ticks):
    sample = samples_from_ticks(Ticks(ticks), rate)
    assert abs(sample * TICKS_PER_SECOND - ticks * rate) * 2 <= TICKS_PER_SECOND


def at(seconds):
    return Ticks(round(seconds * TICKS_PER_SECOND))


def test_clock_times_read_as_people_write_them():
    assert clock_time(Ticks(0)) == "0:00.000"
    assert clock_time(at(61.5)) == "1:01.500"
    assert clock_time(at(59.9996)) == "1:00.000"
    assert clock_time(at(3599.9995)) == "1:00:00.000"
    assert clock_time(at(10 * 3600 + 2 * 60 + 3.045)) == "10:02:03.045"
