"""The extrema for drawing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.measure.envelope import Hops
from passagework.audio.measure.waveform import MOST_POINTS, draw_waveform


def hops(lows, highs):
    lows, highs = np.asarray(lows, np.float32), np.asarray(highs, np.float32)
    return Hops(np.zeros(lows.size, np.float32), lows, highs)


@given(st.integers(1, 20_000), st.integers(0, 2**32 - 1))
def test_the_points_cover_the_file_and_hold_its_extrema(count, seed):
    random = np.random.default_rng(seed)
    lows, highs = -random.uniform(0, 1, count), random.uniform(0, 1, count)
    waveform = draw_waveform(hops(lows, highs), 441)
    points = np.frombuffer(waveform.extrema, np.int8).reshape(-1, 2)
    assert len(points) <= MOST_POINTS
    assert (len(points) - 1) * waveform.samples_per_point < count * 441 <= len(points) * waveform.samples_per_point
    assert points[:, 0].min() == round(float(np.float32(lows.min())) * 127)
    assert points[:, 1].max() == round(float(np.float32(highs.max())) * 127)


def test_a_click_stays_where_it_is():
    highs = np.zeros(10_000)
    highs[7_777] = 1.0
    waveform = draw_waveform(hops(np.zeros(10_000), highs), 441)
    points = np.frombuffer(waveform.extrema, np.int8).reshape(-1, 2)
    assert np.flatnonzero(points[:, 1]).tolist() == [7_777 * 441 // waveform.samples_per_point]


def test_overshoot_is_drawn_as_full_scale():
    waveform = draw_waveform(hops([-1.5], [1.5]), 441)
    assert np.frombuffer(waveform.extrema, np.int8).tolist() == [-127, 127]
