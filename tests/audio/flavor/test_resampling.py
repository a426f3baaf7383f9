"""Resampling for the nets, against sines that are known at both rates."""

import numpy as np
import pytest

from passagework.audio.flavor.log_mel import PATCH_SAMPLES, SAMPLE_RATE
from passagework.audio.flavor.resampling import Resampler

RATES = [1_000, 8_000, 11_025, 16_000, 22_050, 44_056, 44_100, 47_999, 48_000, 96_000, 352_800, 2_822_400]


def sine(frequency, sample_rate, count, before=0):
    return np.sin(2 * np.pi * frequency * (np.arange(count) - before) / sample_rate + 0.3).astype(np.float32)


def resampled(frequency, sample_rate):
    resampler = Resampler(sample_rate)
    return resampler(sine(frequency, sample_rate, resampler.needed, resampler.before))


def level(samples):
    return 10 * np.log10(np.mean(samples.astype(float) ** 2) + 1e-20)


@pytest.mark.slow
@pytest.mark.parametrize("sample_rate", [rate for rate in RATES if rate not in {44_056, 47_999}])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.85])
def test_what_can_be_heard_at_both_rates_is_kept_in_its_place(sample_rate, part):
    frequency = part * min(sample_rate, SAMPLE_RATE) / 2
    assert level(resampled(frequency, sample_rate) - sine(frequency, SAMPLE_RATE, PATCH_SAMPLES)) < -75


@pytest.mark.parametrize("sample_rate", [44_056, 47_999])
def test_an_odd_rate_is_taken_as_one_next_to_it(sample_rate):
    found = resampled(440, sample_rate)
    assert level(found) == pytest.approx(-3, abs=0.1)
    assert level(found - sine(440, SAMPLE_RATE, PATCH_SAMPLES)) < -20


@pytest.mark.slow
@pytest.mark.parametrize("sample_rate", [rate for rate in RATES if rate > 20_000])
@pytest.mark.parametrize("frequency", [8_400, 9_100, 10_900])
def test_what_is_too_high_for_16_khz_does_not_come_back_as_another_tone(sample_rate, frequency):
    assert level(resampled(frequency, sample_rate)) < -85


def test_a_file_with_16_khz_sounds_like_the_same_at_another_rate():
    for frequency in (100, 3_000, 7_500):
        assert level(resampled(frequency, 16_000) - resampled(frequency, 48_000)) < -75


@pytest.mark.parametrize("sample_rate", RATES)
def test_little_memory_and_not_more_of_the_file_than_a_patch_is_needed(sample_rate):
    resampler = Resampler(sample_rate)
    assert PATCH_SAMPLES / SAMPLE_RATE <= resampler.needed / sample_rate < 3.1
    assert resampler._filters.nbytes < 8 * 2**20
