"""Loudness of spans: EBU Tech 3341 and 3342 with the signals that are pure tones, and which windows count."""

from itertools import pairwise

import numpy as np
import pytest

from passagework.audio.measure.ebur128 import LoudnessSeries
from passagework.domain.measured import Loudness
from passagework.domain.spans import Span

RATE = 48_000


def tones(*steps, channels=2, sample_rate=RATE):
    """A 1 kHz sine in steps of (dBFS, seconds); a tuple of levels is one for each channel."""
    parts = []
    for levels, seconds in steps:
        gains = 10 ** (np.broadcast_to(levels, channels) / 20)
        parts.append(np.tile(gains, (round(seconds * sample_rate), 1)))
    gains = np.concatenate(parts)
    return gains * np.sin(2 * np.pi * 1_000 / sample_rate * np.arange(len(gains)))[:, np.newaxis]


@pytest.fixture
def loudness(measure, frames_of):
    def run(signal, span=None, sample_rate=RATE, layout="stereo"):
        measured = measure(frames_of(signal, sample_rate, layout, 8_192)).measured
        return measured.loudness(span or Span(0, measured.samples))

    return run


INTEGRATED = {
    "case 1": [(-23, 20)],
    "case 2": [(-33, 20)],
    "case 3": [(-36, 10), (-23, 60), (-36, 10)],
    "case 4": [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
    "case 5": [(-26, 20), (-20, 20.1), (-26, 20)],
}


@pytest.mark.slow
@pytest.mark.parametrize("case", INTEGRATED)
def test_integrated_loudness_of_ebu_tech_3341(loudness, case):
    expected = -33 if case == "case 2" else -23
    assert loudness(tones(*INTEGRATED[case])).integrated == pytest.approx(expected, abs=0.1)


@pytest.mark.slow
def test_surround_channels_weigh_as_ebu_tech_3341_wants(loudness):
    """Case 6: left, right, centre, left and right surround."""
    signal = tones(((-28, -28, -24, -30, -30), 20), channels=5)
    assert loudness(signal, layout="5.0").integrated == pytest.approx(-23, abs=0.1)


def test_the_bass_channel_does_not_count(loudness):
    with_bass = tones(((-23, -23, -200, 0, -200, -200), 5), channels=6)
    assert loudness(with_bass, layout="5.1").integrated == pytest.approx(-23, abs=0.1)


RANGES = {
    "case 1": ([(-20, 20), (-30, 20)], 10),
    "case 2": ([(-20, 20), (-15, 20)], 5),
    "case 3": ([(-40, 20), (-20, 20)], 20),
    "case 4": ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", RANGES)
def test_loudness_range_of_ebu_tech_3342(loudness, case):
    steps, expected = RANGES[case]
    assert loudness(tones(*steps)).range == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 37_800, 44_100, 88_200, 96_000, 192_000])
def test_the_sample_rate_does_not_matter(loudness, rate):
    signal = tones((-23, 3), sample_rate=rate)
    assert loudness(signal, sample_rate=rate).integrated == pytest.approx(-23, abs=0.1)


def test_one_channel_is_measured_as_one_channel(loudness):
    assert loudness(tones((-20, 3), channels=1), layout="mono").integrated == pytest.approx(-23, abs=0.1)


def test_a_span_has_its_own_loudness(loudness):
    signal = tones((-30, 7.77), (-200, 3), (-15, 6.66))
    first, second = Span(0, round(7.77 * RATE)), Span(round(10.77 * RATE), len(signal))
    assert loudness(signal, first).integrated == pytest.approx(-30, abs=0.1)
    assert loudness(signal, second).integrated == pytest.approx(-15, abs=0.1)
    assert loudness(signal, first).range == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("samples", "known"), [(19_199, False), (19_200, True)])
def test_integrated_loudness_takes_four_tenths_of_a_second(loudness, samples, known):
    assert (loudness(tones((-23, 1))[:samples]).integrated is not None) is known


@pytest.mark.parametrize(("seconds", "known"), [(2.99, False), (3.0, True)])
def test_loudness_range_takes_three_seconds(loudness, seconds, known):
    assert (loudness(tones((-23, seconds))).range is not None) is known


def test_silence_has_no_loudness(loudness):
    silent = loudness(np.zeros((5 * RATE, 2)))
    assert (silent.integrated, silent.range, silent.true_peak, silent.sample_peak) == (None, None, None, None)


def test_one_invalid_sample_leaves_no_loudness_since_the_filters_remember_it(loudness):
    signal = tones((-23, 5))
    signal[100, 0] = np.nan
    assert loudness(signal) == Loudness(None, None, None, None)


@pytest.mark.parametrize("rate", [11_025, 44_100])
def test_only_windows_that_lie_inside_the_span_count(rate):
    series = LoudnessSeries(rate)
    step = rate // 10
    for index in range(100):
        series.add({"lavfi.r128.M": str(-20 - index / 100), "lavfi.r128.S": "-20"})
    series.add({})
    window = round(0.4 * rate)
    ends = [(index + 1) * step for index in range(100)]
    for start, end in pairwise(range(0, 100 * step, 9_999)):
        inside = [-20 - index / 100 for index, at in enumerate(ends) if at - window >= start and at <= end]
        expected = 10 * np.log10(np.mean(10 ** (np.array(inside) / 10))) if inside else None
        assert series.integrated(Span(start, end)) == (pytest.approx(expected) if inside else None)
