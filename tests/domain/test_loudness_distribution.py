"""The loudness of several passages from how many blocks of each are how loud."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.loudness import integrated_loudness
from passagework.domain.loudness_distribution import STEP, can_be_read, distribution, loudness_together

LEVELS = st.lists(st.floats(-69.9, 5.0), min_size=1, max_size=60)
"""Blocks of a passage, in LUFS."""


def together(*passages, louder=0.0):
    return loudness_together([(distribution(np.array(levels, float)), louder) for levels in passages])


def energy_mean(levels):
    return 10.0 * np.log10(np.mean(10.0 ** (levels / 10.0)))


def as_one_file(*passages):
    """Give the least and the largest loudness of the blocks of all passages, of which the gate may pass one more step.

    A block that lies within a step of the gate may be counted or not.
    """
    levels = np.concatenate([np.array(one, float) for one in passages])
    gate = energy_mean(levels) - 10.0
    found = [energy_mean(levels[levels > gate + shift]) for shift in np.linspace(-1.5 * STEP, 1.5 * STEP, 31)]
    near = levels[np.abs(levels - gate) <= 1.5 * STEP]
    found += [energy_mean(levels[levels > level]) for level in near] + [
        energy_mean(levels[levels >= level]) for level in near
    ]
    return min(found) - STEP / 2, max(found) + STEP / 2


@given(st.lists(LEVELS, min_size=1, max_size=3))
def test_it_is_that_of_the_passages_as_one_file_within_half_a_step(passages):
    least, largest = as_one_file(*passages)
    assert least <= together(*passages) <= largest


def test_the_loudness_of_an_album_of_one_passage_is_that_of_the_passage():
    levels = -20 + 8 * np.sin(np.arange(2000) / 7) - 0.01 * np.arange(2000)
    assert together(levels) == pytest.approx(integrated_loudness(levels), abs=0.02)


@given(st.lists(LEVELS, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_the_passages_does_not_matter(passages, random):
    shuffled = random.sample(passages, len(passages))
    assert together(*passages) == together(*shuffled)


@given(st.lists(st.tuples(st.floats(-60.0, 5.0), st.integers(1, 300)), min_size=1, max_size=6))
def test_passages_of_one_level_each_are_together_between_the_softest_and_the_loudest(passages):
    levels = [level for level, _ in passages]
    found = together(*([level] * blocks for level, blocks in passages))
    assert min(levels) - STEP / 2 - 1e-9 <= found <= max(levels) + STEP / 2 + 1e-9


def test_a_quiet_piece_does_not_count_beside_loud_ones_but_does_by_itself():
    loud, quiet = np.full(3000, -14.0), np.full(3000, -34.0)
    assert together(loud, quiet) == pytest.approx(-14.0, abs=STEP)
    assert together(quiet) == pytest.approx(-34.0, abs=STEP)


def test_a_passage_that_is_played_louder_than_it_was_measured_counts_as_it_is_played():
    levels = np.full(100, -20.0)
    packed = distribution(levels)
    assert loudness_together([(packed, 3.0)]) == pytest.approx(loudness_together([(packed, 0.0)]) + 3.0)
    assert loudness_together([(packed, 3.0), (packed, 0.0)]) == pytest.approx(-18.25, abs=STEP)


def test_what_the_absolute_gate_keeps_out_is_not_in_it():
    assert distribution(np.array([-70.0, -np.inf, np.nan, -90.0])) is None
    assert distribution(np.array([])) is None
    assert loudness_together([]) is None
    audible = np.array([-20.0, -20.0])
    assert distribution(np.array([-80.0, -np.inf, *audible])) == distribution(audible)


def test_many_blocks_of_one_level_are_all_counted():
    day = np.full(864_000, -23.04)
    assert together(day, [-17.0]) == pytest.approx(-23.05, abs=0.01)


@pytest.mark.parametrize("spoilt", [b"", b"?", b"\x00\xff", distribution(np.full(9, -20.0))[:-4]])
def test_what_is_no_distribution_is_noticed(spoilt):
    assert not can_be_read(spoilt)
    assert can_be_read(distribution(np.full(9, -20.0)))
