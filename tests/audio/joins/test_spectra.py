"""Spectra in semitones, whatever the sample rate and the blocks are."""

from itertools import pairwise

import numpy as np
import pytest

from passagework.audio.joins.spectra import BANDS, FIRST, FRAMES_PER_SECOND, SpectraMeter


def tone(frequency, seconds, rate):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def measured(*blocks, rate):
    meter = SpectraMeter(rate)
    for block in blocks:
        meter.add(block)
    return meter.finish().powers


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
def test_a_tone_is_in_its_semitone_and_as_strong_at_every_sample_rate(rate):
    powers = measured((tone(440, 2, rate),), rate=rate)
    assert powers.shape == (pytest.approx((2 - 2 * FIRST) * FRAMES_PER_SECOND + 1, abs=1), BANDS)
    assert set(powers.argmax(axis=1)) == {33}, "A4 is 33 semitones above the first band"
    level = 10 * np.log10(powers[:, 32:35].sum(axis=1))
    assert level == pytest.approx(10 * np.log10(0.375 * (0.25 * 4096) ** 2 * 1.0) - 1.7, abs=2)


def test_blocks_of_any_length_give_the_same():
    rng = np.random.default_rng(1)
    left, right = rng.uniform(-1, 1, (2, 30_000)).astype(np.float32)
    whole = measured((left, right), rate=8_000)
    edges = [0, 1, 700, 9_000, 9_001, 30_000]
    parts = [(left[start:end], right[start:end]) for start, end in pairwise(edges)]
    assert measured(*parts, rate=8_000) == pytest.approx(whole, rel=1e-5)


def test_the_mean_of_the_channels_counts_and_what_is_no_number_is_silence():
    one = tone(440, 1, 8_000)
    assert measured((one, -one), rate=8_000).max() < 1e-6
    broken = one.copy()
    broken[100], broken[200], broken[300] = np.nan, np.inf, 1e30
    assert np.isfinite(measured((broken,), rate=8_000)).all()
    assert np.isfinite(measured((broken, -broken), rate=8_000)).all()


def test_what_is_shorter_than_a_window_has_no_frames():
    assert measured((tone(440, 0.1, 8_000),), rate=8_000).shape == (0, BANDS)
    assert measured(rate=8_000).shape == (0, BANDS)
