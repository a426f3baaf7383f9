"""Passages and cues from the library alone: either what a decode would give, or nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.segmentation import KnownCut, find_passages, find_passages_again
from passagework.domain.stored_levels import LOWEST, is_surely_above, levels_of, may_be_above, steps_of

HOP, RATE = 110, 11_025

SILENCE = st.sampled_from([-60.0, -50.3, -0.1])

LEVELS = st.lists(
    st.tuples(st.sampled_from([-20.0, -59.9, -60.0, -60.1, -60.4, -50.2, -80.0, -np.inf]), st.integers(1, 130)),
    min_size=1,
    max_size=14,
)
"""Stretches of one level; many are so near the levels of silence that the stored form does not tell."""


@st.composite
def cuts(draw, level=None):
    level = draw(SILENCE) if level is None else level
    return SegmentationRules(
        silence_level=level,
        shortest_gap=draw(st.sampled_from([0.02, 0.3, 0.9])),
        shortest_sound=draw(st.sampled_from([0.0, 0.1, 0.4])),
        shortest_passage=draw(st.sampled_from([0.1, 1.0, 2.5])),
        trim=draw(st.integers(0, 5)) > 0,
    )


@given(LEVELS, st.data())
def test_passages_from_stored_levels_are_those_of_the_levels_or_none(stretches, data):
    levels = np.concatenate([np.full(hops, level, np.float32) for level, hops in stretches])
    samples = levels.size * HOP - data.draw(st.integers(0, HOP - 1))
    before = data.draw(cuts())
    now = data.draw(cuts(before.silence_level))
    known = KnownCut(find_passages(levels, HOP, samples, RATE, before), before) if before.trim else None
    again = find_passages_again(steps_of(levels), HOP, samples, RATE, now, known)
    assert again is None or again == find_passages(levels, HOP, samples, RATE, now)


def faded(seconds):
    """Give levels of music that fades out through the level of silence, then is silent."""
    fall = np.linspace(-20, -100, 2 * 100, dtype=np.float32)
    return np.concatenate([np.full(seconds * 100, -20, np.float32), fall, np.full(400, -np.inf, np.float32)])


def test_what_is_known_of_the_bounds_settles_what_rounding_leaves_open():
    levels = np.concatenate([faded(12), faded(11)])
    samples, rules, other = levels.size * HOP, SegmentationRules(), SegmentationRules(shortest_gap=2.5)
    found = find_passages(levels, HOP, samples, RATE, rules)
    assert len(found) == 2
    assert find_passages_again(steps_of(levels), HOP, samples, RATE, other, None) is None
    assert find_passages_again(steps_of(levels), HOP, samples, RATE, other, KnownCut(found, rules)) == found


def test_levels_that_contradict_the_passages_tell_nothing():
    levels = faded(12)
    moved = find_passages(np.roll(levels, 300), HOP, levels.size * HOP, RATE, SegmentationRules())
    known = KnownCut(moved, SegmentationRules())
    assert find_passages_again(steps_of(levels), HOP, levels.size * HOP, RATE, SegmentationRules(), known) is None


@given(st.lists(st.floats(-200, 10, width=32), min_size=1), st.floats(-120, -0.01))
def test_what_is_said_of_a_rounded_level_holds_for_the_level(values, level):
    levels = np.array(values, np.float32)
    steps = steps_of(levels)
    above = levels > np.float32(level)
    assert (is_surely_above(steps, level) <= above).all()
    assert (above <= may_be_above(steps, level)).all()


def test_levels_come_back_to_half_a_decibel_and_silence_as_silence():
    steps = np.arange(LOWEST + 1, dtype=np.uint8)
    assert np.array_equal(steps_of(levels_of(steps)), steps)
    assert levels_of(steps)[[0, 1, 254, 255]].tolist() == [0.0, -0.5, -127.0, -np.inf]
