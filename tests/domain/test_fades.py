"""Fades put on steady and on restless levels: their lengths are known."""

import numpy as np
import pytest

from passagework.domain.fades import fade_length

PER_SECOND = 100
PLATEAU = 10.0**-2


def faded(length, shape, scatter, seed=0, total=60.0):
    """Give powers from the edge inwards: restless music (dB scatter, over and under by beats) under a fade."""
    rng = np.random.default_rng(seed)
    times = (np.arange(round(total * PER_SECOND)) + 0.5) / PER_SECOND
    progress = np.minimum(times / length, 1.0)
    ramp = {
        "amplitude": 20.0 * np.log10(progress),
        "squared": 40.0 * np.log10(progress),
        "decibels": -60.0 * (1.0 - progress),
    }[shape]
    beats = scatter * np.sin(2.0 * np.pi * 2.1 * times) + rng.normal(0.0, max(scatter, 1e-9), times.size)
    return PLATEAU * 10.0 ** ((ramp + beats) / 10.0)


def length_of(powers):
    hops = fade_length(powers, PLATEAU, PER_SECOND)
    return None if hops is None else hops / PER_SECOND


@pytest.mark.parametrize("shape", ["amplitude", "squared", "decibels"])
@pytest.mark.parametrize("length", [1.5, 3.0, 8.0, 20.0])
def test_a_fade_over_a_steady_tone_has_its_length(length, shape):
    assert length_of(faded(length, shape, 0.0)) == pytest.approx(length, abs=max(0.2, 0.05 * length))


@pytest.mark.parametrize("shape", ["amplitude", "squared", "decibels"])
@pytest.mark.parametrize("length", [3.0, 8.0, 20.0])
def test_a_fade_over_restless_music_is_found_to_a_third_of_its_length(length, shape):
    for seed in range(5):
        assert length_of(faded(length, shape, 3.0, seed)) == pytest.approx(length, rel=0.35)


def test_a_quick_start_is_not_a_fade():
    assert length_of(faded(0.4, "decibels", 0.0)) is None


def test_music_that_begins_at_its_level_has_no_fade():
    for seed in range(5):
        assert length_of(faded(1e-3, "amplitude", 4.0, seed)) is None


@pytest.mark.parametrize("quiet", [2.0, 6.0, 15.0])
def test_a_quiet_intro_with_a_loud_entry_is_not_a_fade(quiet):
    powers = np.full(6000, PLATEAU)
    powers[: round(quiet * PER_SECOND)] *= 10.0**-1.8
    assert length_of(powers) is None


def test_a_slow_crescendo_of_a_few_decibels_is_not_a_fade():
    powers = PLATEAU * 10.0 ** (np.minimum(np.linspace(-9.0, 9.0, 4000), 0.0) / 10.0)
    assert length_of(powers) is None


def test_a_passage_too_short_for_a_fade_has_none():
    assert length_of(faded(1.0, "decibels", 0.0, total=1.9)) is None
    assert length_of(np.zeros(0)) is None


def test_a_short_fade_is_found_where_the_music_after_it_rises_again():
    verse = np.where(np.arange(6000) < 9 * PER_SECOND, 10.0**-1.4, 1.0)
    assert length_of(faded(2.0, "decibels", 0.0) * verse) == pytest.approx(2.0, abs=0.2)


def test_a_long_fade_is_not_taken_for_the_short_one_that_its_beginning_resembles():
    assert length_of(faded(16.0, "amplitude", 5.0, seed=3)) == pytest.approx(16.0, rel=0.1)


def test_a_pulsing_rise_is_not_a_fade():
    times = np.arange(6000) / PER_SECOND
    pulses = np.where((times % 1.0 < 0.5) & (times < 12.0), 10.0**-1.4, 1.0)
    assert length_of(faded(10.0, "decibels", 0.0) * pulses) is None


def test_a_quick_start_into_a_slow_crescendo_is_not_one_long_fade():
    times = (np.arange(6000) + 0.5) / PER_SECOND
    levels = -15.0 * np.exp(-times / 0.4) - 5.0 * (1.0 - np.minimum(times / 25.0, 1.0))
    assert length_of(PLATEAU * 10.0 ** (levels / 10.0)) < 4.0


def test_a_fade_does_not_reach_beyond_the_middle_of_the_passage():
    found = length_of(faded(5.0, "amplitude", 0.0, total=7.0))
    assert found is None or found <= 3.5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("silence", [0.9, 1.0, 4.8, 5.0])
@pytest.mark.parametrize("start", [0.01, 0.2, 0.4])
def test_a_start_out_of_digital_silence_is_not_a_fade(silence, start):
    powers = np.concatenate([np.zeros(round(silence * PER_SECOND)), faded(start, "decibels", 0.0)])
    assert length_of(powers) is None


@pytest.mark.parametrize("length", [1.3, 2.5, 3.7])
def test_a_fade_of_a_few_seconds_has_its_length_to_a_tenth(length):
    assert length_of(faded(length, "decibels", 0.0)) == pytest.approx(length, abs=0.01)


def test_no_fade_is_longer_than_half_a_minute():
    found = length_of(faded(36.0, "decibels", 0.0, total=120.0))
    assert found is None or found <= 30.0
