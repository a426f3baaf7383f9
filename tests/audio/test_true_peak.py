"""True peak against brute force, against EBU Tech 3341, and apart for what silence separates."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passagework.audio.measure.envelope import measure_hops
from passagework.audio.measure.true_peak import TruePeakMeter, oversampled_peak, peak_between

RATE = 48_000
HOP = 480

# ITU-R BS.1770-4, annex 2, written as one filter of 48 coefficients at four times the rate.
COEFFICIENTS = np.fromstring(
    """
     0.0017089843750 -0.0291748046875 -0.0189208984375 -0.0083007812500
     0.0109863281250  0.0292968750000  0.0330810546875  0.0148925781250
    -0.0196533203125 -0.0517578125000 -0.0582275390625 -0.0266113281250
     0.0332031250000  0.0891113281250  0.1015625000000  0.0476074218750
    -0.0594482421875 -0.1665039062500 -0.2003173828125 -0.1022949218750
     0.1373291015625  0.4650878906250  0.7797851562500  0.9721679687500
     0.9721679687500  0.7797851562500  0.4650878906250  0.1373291015625
    -0.1022949218750 -0.2003173828125 -0.1665039062500 -0.0594482421875
     0.0476074218750  0.1015625000000  0.0891113281250  0.0332031250000
    -0.0266113281250 -0.0582275390625 -0.0517578125000 -0.0196533203125
     0.0148925781250  0.0330810546875  0.0292968750000  0.0109863281250
    -0.0083007812500 -0.0189208984375 -0.0291748046875  0.0017089843750

    """,
    sep=" ",
)


def brute_force(signal):
    """Insert three zeros behind each sample, filter everything, and take the largest magnitude."""
    stuffed = np.zeros(4 * len(signal))
    stuffed[::4] = signal
    return float(np.abs(np.convolve(stuffed, COEFFICIENTS)).max())


def true_peaks(signal, block_hops=7):
    """Measure a signal of shape (samples, channels) block by block."""
    meter = TruePeakMeter(HOP)
    step = block_hops * HOP
    for start in range(0, len(signal), step):
        block = tuple(np.ascontiguousarray(signal[start : start + step].T, np.float32))
        meter.add(block, measure_hops(block, HOP))
    return meter.finish()


def peak_of(signal, start, end, block_hops=7):
    """Measure a signal and give the peak of some of its hops."""
    peaks = measure_hops(tuple(np.ascontiguousarray(signal.T, np.float32)), HOP).peaks
    return peak_between(true_peaks(signal, block_hops), peaks, start, end)


def mono(signal):
    return np.asarray(signal, np.float32)[:, np.newaxis]


def decibels(magnitude):
    return 20 * math.log10(magnitude)


@example(samples=2, channels=2, block_hops=1, seed=6496)  # overshoots before its first sample
@given(st.integers(1, 6_000), st.integers(1, 2), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_leaving_most_samples_out_changes_nothing(samples, channels, block_hops, seed):
    random = np.random.default_rng(seed)
    # Cubes of noise have few large samples; steps make it swing between blocks.
    signal = (
        random.standard_normal((samples, channels)) ** 3
        * random.choice([0.01, 0.1, 1], samples // 500 + 1)[np.arange(samples) // 500, np.newaxis]
    )
    expected = max(max(brute_force(channel), np.abs(channel).max()) for channel in signal.T)
    found = peak_of(signal, 0, samples, block_hops)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("position", range(40))
def test_a_peak_is_found_wherever_it_lies(position):
    signal = np.zeros(100)
    signal[position : position + 2] = 0.5
    around = np.concatenate([np.zeros(5), signal, np.zeros(6)]).astype(np.float32)
    assert oversampled_peak(around, 0.5) == pytest.approx(brute_force(signal), rel=1e-5)


def test_a_smooth_peak_between_samples_is_found():
    tone = 0.9 * np.sin(np.pi * (np.arange(50 * HOP) + 0.5) / 8) * np.hanning(50 * HOP)
    assert peak_of(mono(tone), 0, 50) == pytest.approx(brute_force(tone), rel=1e-5)


def test_a_peak_in_a_silent_hop_beside_a_loud_one_is_found():
    """The first values of the loud hop ring before it more than anywhere in it, since it fades."""
    signal = np.zeros(6 * HOP)
    signal[3 * HOP : 3 * HOP + 100] = np.resize([1, -1], 100) * np.linspace(1, 0, 100)
    assert peak_of(mono(signal), 0, 6) == pytest.approx(brute_force(signal), rel=1e-5)


QUARTER_OF_THE_RATE = np.sin(np.pi / 2 * (np.arange(200) + 0.5)) * np.hanning(200)
WORST = np.sign(COEFFICIENTS[1::4])


@pytest.mark.parametrize("sharp", [QUARTER_OF_THE_RATE, WORST], ids=["a tone", "the worst samples"])
def test_a_sharp_peak_is_found_behind_a_smooth_one_that_is_almost_as_high(sharp):
    """The smooth one alone would do if the bounds of the sharp one were too low."""
    signal = np.full(10 * HOP, 0.01)
    signal[: 6 * HOP] += 0.985 * brute_force(sharp) * np.hanning(6 * HOP)
    signal[8 * HOP + 100 : 8 * HOP + 100 + len(sharp)] += sharp
    assert peak_of(mono(signal), 0, 10) == pytest.approx(brute_force(signal), rel=1e-5)


@pytest.mark.parametrize("block_hops", [3, 10])
def test_a_peak_that_samples_of_the_hop_before_make_is_found(block_hops):
    """Those of its own hop are too small for it; the one before may be of another block."""
    signal = np.zeros(6 * HOP)
    signal[3 * HOP - 5 : 3 * HOP + 7] = WORST[::-1] * np.repeat([1, 0.49], [5, 7])
    assert peak_of(mono(signal), 0, 6, block_hops) == pytest.approx(brute_force(signal), rel=1e-5)


@pytest.mark.parametrize(
    ("divisor", "phase", "amplitude", "expected"),
    [(4, 0.0, 0.5, -6.0), (4, 45.0, 0.5, -6.0), (6, 60.0, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45.0, 1.41, 3.0)],
)
def test_tones_of_ebu_tech_3341_read_within_its_tolerance(divisor, phase, amplitude, expected):
    """Cases 15 to 19, at 48 kHz, with the fades that keep the ends from overshooting."""
    time = np.arange(RATE)
    tone = amplitude * np.sin(2 * np.pi * time / divisor + np.radians(phase))
    tone *= np.minimum(1, np.minimum(time, time[::-1]) / 2_000)
    found = decibels(peak_of(mono(tone), 0, RATE))
    assert expected - 0.4 <= found <= expected + 0.2


def test_a_louder_stretch_behind_silence_does_not_hide_the_peak_of_a_quiet_one():
    random = np.random.default_rng(5)
    quiet, loud, gap = 0.05 * random.standard_normal(20 * HOP), random.uniform(-1, 1, 20 * HOP), np.zeros(5 * HOP)
    signal = mono(np.concatenate([loud, gap, quiet, gap, loud]))
    assert peak_of(signal, 25, 45) == pytest.approx(max(brute_force(quiet), np.abs(quiet).max()), rel=1e-4)


def test_a_click_in_the_silence_beside_a_passage_is_not_its_peak():
    signal = np.concatenate([np.zeros(3 * HOP), 0.1 * np.sin(np.arange(20 * HOP)), np.zeros(10 * HOP)])
    click = signal.copy()
    click[27 * HOP] = 1.0
    assert peak_of(mono(click), 3, 23) == peak_of(mono(signal), 3, 23)
    assert peak_of(mono(click), 0, 33) == pytest.approx(1.0, abs=0.03)


def test_a_passage_that_ends_within_noise_has_the_peak_of_its_own_part():
    """The noise of a transfer goes on, so passage and gap are one section."""
    random = np.random.default_rng(6)
    signal = 0.05 * random.standard_normal(40 * HOP)
    signal[10 * HOP : 20 * HOP] *= 4
    signal[30 * HOP] = 1.0
    assert peak_of(mono(signal), 0, 25) == pytest.approx(brute_force(signal[: 25 * HOP]), rel=0.03)
    assert peak_of(mono(signal), 25, 40) == pytest.approx(1.0, rel=0.03)


def test_a_quiet_piece_that_a_louder_one_runs_into_has_a_peak_of_its_own():
    """No silence is between them: the sides of a record, and the pieces of a sheet."""
    random = np.random.default_rng(7)
    signal = 0.05 * random.standard_normal(60 * HOP)
    signal[: 20 * HOP] *= 4
    assert peak_of(mono(signal), 20, 60) == pytest.approx(brute_force(signal[20 * HOP :]), rel=0.06)


def test_sections_cover_the_file_without_gaps():
    signal = np.concatenate([np.zeros(9 * HOP), np.ones(9 * HOP + 17)])
    sections = true_peaks(mono(signal), block_hops=4)
    assert [section.start for section in sections] == [0, *(section.end for section in sections[:-1])]
    assert sections[-1].end == 19


def test_digital_silence_has_a_peak_of_nothing():
    assert peak_of(mono(np.zeros(10 * HOP)), 0, 10) == 0.0


def test_a_floor_that_nothing_exceeds_is_the_answer():
    assert oversampled_peak(np.full(500, 0.1, np.float32), 0.9) == 0.9
