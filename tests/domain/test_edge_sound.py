"""Two edges are compared by how much the bands of their spectra differ."""

import pytest

from passagework.domain.edge_sound import BANDS, FIRST, PREDICTION, TAPS, continues

FLAT = bytes([80] * 2 * BANDS)


def moved(*, short, long):
    """Give spectra of which each band differs by so many half dB, every second one in the other direction."""
    signs = [1 if band % 2 else -1 for band in range(BANDS)]
    return bytes(80 + sign * short for sign in signs) + bytes(80 + sign * long for sign in signs)


@pytest.mark.parametrize(
    ("short", "long", "goes_on"), [(0, 0, True), (10, 60, True), (60, 10, True), (11, 11, False), (60, 60, False)]
)
def test_one_of_the_two_spectra_has_to_be_alike_to_5_db(short, long, goes_on):
    assert continues(FLAT, moved(short=short, long=long)) is goes_on
    assert continues(moved(short=short, long=long), FLAT) is goes_on


def test_what_another_version_has_stored_is_compared_with_nothing():
    assert not continues(FLAT, FLAT[:BANDS])


@pytest.mark.parametrize(("miss", "goes_on"), [(0.0, True), (0.55, True), (0.58, False), (-30.0, False)])
def test_or_the_first_samples_are_about_as_predictable_as_those_before_the_cut(miss, goes_on):
    # Each sample is predicted to be the third last one before it.
    weights = [0.0] * (TAPS - 3) + [1.0, 0.0, 0.0]
    last = [float(number) for number in range(1, TAPS + 1)]
    end = FLAT + PREDICTION.pack(*weights, *last, 0.1, 1.0)
    # One of eight samples misses: by twice the error of all of them it may be 0.56.
    begin = moved(short=60, long=60) + FIRST.pack(22.0, 23.0, 24.0, 22.0, 23.0, 24.0, 22.0, 23.0 + miss, 1.0)
    assert continues(end, begin) is goes_on
    assert not continues(end[:-1], begin)
    assert not continues(end, begin[:-1])


@pytest.mark.parametrize(("before", "behind", "goes_on"), [(5.0, 5.0, True), (5.1, 5.0, False), (5.0, 50.0, True)])
def test_what_was_faded_to_nothing_for_a_moment_is_predictable_and_proves_nothing(before, behind, goes_on):
    # The steps at the edge have an RMS of 1.0 before it and of 1.2 behind it: a fifth of those around is the least.
    weights = [0.0] * (TAPS - 3) + [1.0, 0.0, 0.0]
    last = [float(number) for number in range(1, TAPS + 1)]
    end = FLAT + PREDICTION.pack(*weights, *last, 0.1, before)
    begin = moved(short=60, long=60) + FIRST.pack(22.0, 23.0, 24.0, 22.0, 23.0, 24.0, 22.0, 23.0, behind)
    assert continues(end, begin) is goes_on
