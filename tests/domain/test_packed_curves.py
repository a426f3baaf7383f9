"""Packed curves: nothing is lost, and what music looks like becomes small."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.packed_curves import pack_extrema, pack_levels, unpack_extrema, unpack_levels

CURVES = st.binary(max_size=400) | st.builds(
    lambda level, hops: bytes([level]) * hops, st.integers(0, 255), st.just(90)
)


@pytest.mark.slow
@given(CURVES)
def test_levels_come_back_as_they_were(levels):
    assert unpack_levels(pack_levels(levels)) == levels


@given(CURVES.map(lambda curve: curve[: len(curve) // 2 * 2]))
def test_extrema_come_back_as_they_were(extrema):
    assert unpack_extrema(pack_extrema(extrema)) == extrema


def test_a_level_is_stored_as_its_difference_from_the_mean_of_the_two_before_rounded_up():
    """The format that docs/library.md describes: libraries have it."""
    assert list(zlib.decompress(pack_levels(bytes([10, 13, 12, 12, 0, 255])), -15)) == [10, 8, 0, 255, 244, 249]


def test_extrema_are_stored_as_the_changes_of_the_maxima_and_then_the_sums():
    pairs = np.array([[-3, 2], [-128, 127], [5, 6]], np.int8)
    stored = np.frombuffer(zlib.decompress(pack_extrema(pairs.tobytes()), -15), np.int8)
    assert stored.tolist() == [2, 125, -121, -1, -1, 11]


def test_a_curve_that_wanders_takes_less_than_with_zlib_alone():
    phases = np.arange(20_000)
    noise = np.random.default_rng(1).normal(0, 2, phases.size)
    levels = (60 + 25 * np.sin(phases / 70) + 10 * np.sin(phases / 9) + noise).astype(np.uint8).tobytes()
    assert len(pack_levels(levels)) < 0.8 * len(zlib.compress(levels))


def test_silence_takes_next_to_nothing():
    assert len(pack_levels(bytes([255]) * 360_000)) < 700


@pytest.mark.parametrize("unpack", [unpack_levels, unpack_extrema])
def test_what_is_not_packed_is_refused(unpack):
    with pytest.raises(ValueError, match="decompress"):
        unpack(b"levels")
