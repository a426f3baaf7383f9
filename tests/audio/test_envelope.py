"""Levels and extrema of hops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.measure.envelope import hop_length, measure_hops, stored_envelope, without_invalid

RATES = [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]


def block(*channels):
    return tuple(np.asarray(channel, np.float32) for channel in channels)


@pytest.mark.parametrize("rate", RATES)
def test_a_hop_is_ten_milliseconds(rate):
    assert hop_length(rate) == pytest.approx(rate / 100, abs=0.5)


@pytest.mark.parametrize("rate", RATES)
def test_a_full_scale_sine_has_3_db_below_full_scale(rate):
    wave = np.sin(2 * np.pi * 1_000 / rate * np.arange(rate))
    hops = measure_hops(block(wave, wave), hop_length(rate))
    assert np.median(hops.levels) == pytest.approx(-3.01, abs=0.1)
    assert hops.peaks.max() == pytest.approx(1.0, abs=0.1)


def test_digital_silence_has_no_level():
    assert measure_hops(block(np.zeros(200)), 100).levels.tolist() == [-np.inf, -np.inf]


def test_a_second_channel_that_is_silent_halves_the_power():
    loud, silent = np.ones(100), np.zeros(100)
    assert measure_hops(block(loud, silent), 100).levels[0] == pytest.approx(-3.01, abs=0.01)


@given(st.integers(1, 350), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_every_sample_counts_in_exactly_one_hop(samples, channels, seed):
    signal = np.random.default_rng(seed).uniform(-1, 1, (channels, samples)).astype(np.float32)
    hops = measure_hops(block(*signal), 100)
    parts = [signal[:, start : start + 100] for start in range(0, samples, 100)]
    assert hops.levels == pytest.approx([10 * np.log10(np.mean(part.astype(float) ** 2)) for part in parts], abs=1e-3)
    assert hops.lows.tolist() == [part.min() for part in parts]
    assert hops.highs.tolist() == [part.max() for part in parts]
    assert hops.peaks.tolist() == [np.abs(part).max() for part in parts]


def test_samples_that_are_no_numbers_or_far_beyond_full_scale_become_silence_and_are_counted():
    cleaned, count = without_invalid(block([np.nan, np.inf, -np.inf, 0.5], [1e5, -1e5, np.float32(100_001), -3e38]))
    assert [channel.tolist() for channel in cleaned] == [[0, 0, 0, 0.5], [1e5, -1e5, 0, 0]]
    assert count == 5


def test_the_stored_envelope_has_half_decibel_steps_within_a_byte():
    stored = stored_envelope(np.array([3.0, 0.0, -0.4, -59.9, -60.0, -127.5, -300.0, -np.inf], np.float32), 441)
    assert stored.hop == 441
    assert list(stored.levels) == [0, 0, 1, 120, 120, 255, 255, 255]
