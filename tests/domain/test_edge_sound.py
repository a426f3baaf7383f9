"""Two edges are compared by how much the bands of their spectra differ."""

import pytest

from passagework.domain.edge_sound import BANDS, continues

FLAT = bytes([80] * 2 * BANDS)


def moved(*, short, long):
    """Give spectra of which each band differs by so many half dB, every second one in the other direction."""
    signs = [1 if band % 2 else -1 for band in range(BANDS)]
    return bytes(80 + sign * short for sign in signs) + bytes(80 + sign * long for sign in signs)


@pytest.mark.parametrize(
    ("short", "long", "goes_on"), [(0, 0, True), (11, 60, True), (60, 11, True), (12, 12, False), (60, 60, False)]
)
def test_one_of_the_two_spectra_has_to_be_alike_to_5_and_a_half_db(short, long, goes_on):
    assert continues(FLAT, moved(short=short, long=long)) is goes_on
    assert continues(moved(short=short, long=long), FLAT) is goes_on


def test_what_another_version_has_stored_is_compared_with_nothing():
    assert not continues(FLAT, FLAT[:BANDS])
