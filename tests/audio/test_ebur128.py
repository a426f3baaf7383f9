"""Loudness of spans: EBU Tech 3341 and 3342 with pure tones, FFmpeg's meter on music, and which windows count."""

import json
import math
import os
from itertools import pairwise

import av
import numpy as np
import pytest

from passagework.audio.decoding.input import opened_input
from passagework.audio.measure.ebur128 import LoudnessSeries
from passagework.audio.measure.envelope import hop_length
from passagework.audio.measure.k_weighting import ROW
from passagework.demo.composition import compose
from passagework.domain.loudness_distribution import loudness_together
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


def test_the_distribution_of_a_span_says_its_loudness_and_a_short_one_has_none(measure, frames_of):
    measured = measure(frames_of(compose(3 * RATE, RATE, 3), RATE, "stereo", 8_192)).measured
    for span in (Span(0, 3 * RATE), Span(RATE, 2 * RATE)):
        found = loudness_together([(measured.distribution(span), 0.0)])
        assert found == pytest.approx(measured.loudness(span).integrated, abs=0.05)
    assert measured.distribution(Span(0, RATE // 4)) is None


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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_an_invalid_sample_counts_as_silence_and_spoils_nothing_after_it(loudness):
    signal = tones((-23, 5))
    signal[100, 0], signal[200, 1] = np.nan, 1e9
    measured, clean = loudness(signal), loudness(tones((-23, 5)))
    assert measured.integrated == pytest.approx(clean.integrated, abs=0.01)
    assert measured.range == pytest.approx(clean.range, abs=0.01)
    assert measured.sample_peak == pytest.approx(clean.sample_peak, abs=0.01)


LAYOUTS = {"mono": 1, "stereo": 2, "2.1": 3, "3 channels": 3, "quad": 4, "5.1": 6, "5.1(side)": 6, "7.1": 8}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_channels_weigh_as_in_ffmpegs_meter(loudness, frames_of, ffmpeg_loudness, layout):
    loud = 10 ** (np.linspace(-40, -10, LAYOUTS[layout]) / 20)
    signal = np.random.default_rng(1).standard_normal((RATE, loud.size)) * loud
    reference = ffmpeg_loudness(list(frames_of(signal, RATE, layout, 8_192)))
    assert loudness(signal, layout=layout).integrated == pytest.approx(reference.integrated, abs=0.001)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [8_000, 11_025, 12_345, 44_100, 96_000, 192_000])
def test_music_is_as_loud_as_in_ffmpegs_meter(loudness, frames_of, ffmpeg_loudness, rate):
    """The windows of the two are not the same where 100 ms is no whole number of samples."""
    music = compose(4 * rate, rate, 1)
    found, reference = loudness(music, sample_rate=rate), ffmpeg_loudness(list(frames_of(music, rate, "stereo", 8_192)))
    assert found.integrated == pytest.approx(reference.integrated, abs=0.01)
    assert found.range == pytest.approx(reference.range, abs=0.05)


@pytest.mark.slow
def test_real_music_is_as_loud_as_in_ffmpegs_meter(real_music, measure, ffmpeg_loudness):
    truths = json.loads((real_music / "mixed" / "truth.json").read_text("utf-8"))
    for truth in {truth["form"]: truth for truth in truths}.values():
        with opened_input(os.fsencode(real_music / "mixed" / truth["file"])) as container:
            frames = [frame for frame in container.decode(audio=0) if isinstance(frame, av.AudioFrame)]
        measured = measure(frames).measured
        found, reference = measured.loudness(Span(0, measured.samples)), ffmpeg_loudness(frames)
        if reference.integrated is None:
            assert found.integrated is None
        else:
            assert found.integrated == pytest.approx(reference.integrated, abs=0.002), truth["file"]
            assert found.range == pytest.approx(reference.range, abs=0.01), truth["file"]


@pytest.mark.parametrize("rate", [1_000, 2_000, 3_363])
def test_rates_too_low_for_the_first_filter_have_a_loudness(loudness, rate):
    """FFmpeg's meter overflows here."""
    noise = 0.1 * np.random.default_rng(1).standard_normal((3 * rate, 2))
    assert loudness(noise, sample_rate=rate).integrated == pytest.approx(-17, abs=1)


@pytest.mark.parametrize("rate", [11_025, 44_100])
@pytest.mark.parametrize("blocks", [1, 3, 100])
def test_it_does_not_matter_where_blocks_begin(rate, blocks):
    """A step is open over some blocks; with 100 all is one block."""
    music = np.ascontiguousarray(compose(2 * rate, rate, 1).T)
    hop = hop_length(rate)
    whole, parts = LoudnessSeries(rate, (1, 1), hop), LoudnessSeries(rate, (1, 1), hop)
    levels = whole.add(tuple(music))
    length = blocks * math.lcm(hop, ROW)
    by_part = [parts.add(tuple(music[:, start : start + length])) for start in range(0, 2 * rate, length)]
    assert parts.integrated(Span(0, 2 * rate)) == pytest.approx(whole.integrated(Span(0, 2 * rate)), abs=1e-4)
    assert np.concatenate(by_part) == pytest.approx(levels, abs=1e-3)


def test_channels_count_in_loudness_by_their_weights_and_in_levels_alike():
    rate, hop = 48_000, 480
    noise = np.float32(0.1 * np.random.default_rng(1).standard_normal((3, rate)))
    series = LoudnessSeries(rate, (1.0, 0.0, 1.41), hop)
    levels = series.add(tuple(noise))
    plain = LoudnessSeries(rate, (1.0, 1.0), hop)
    assert levels == pytest.approx(plain.add((noise[0], noise[2])), abs=1e-3)
    louder = 10 * math.log10(2.41 / 2)
    assert series.integrated(Span(0, rate)) == pytest.approx(plain.integrated(Span(0, rate)) + louder, abs=0.05)


@pytest.mark.parametrize("rate", [11_025, 44_100])
def test_only_windows_that_lie_inside_the_span_count(rate):
    step, random = rate // 10, np.random.default_rng(1)
    loud = 10 ** random.uniform(-2, -0.5, 100)
    series = LoudnessSeries(rate, (1,), hop_length(rate))
    # White noise has the same energy after K-weighting in every step.
    series.add((np.float32(np.repeat(loud, step) * random.standard_normal(100 * step)),))
    energies = loud**2 * 10 ** ((3.1 - 0.691) / 10)
    for start, stop in pairwise(range(0, 100 * step, 9_999)):
        ends = [end for end in range(4, 101) if end * step - round(0.4 * rate) >= start and end * step <= stop]
        inside = [np.mean(energies[end - 4 : end]) for end in ends]
        found = series.integrated(Span(start, stop))
        assert found == (pytest.approx(10 * np.log10(np.mean(inside)), abs=1) if inside else None)
