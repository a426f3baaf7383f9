"""Fingerprints of files whose channels cancel each other, or of which one is silent."""

import numpy as np
import pytest

from passagework.audio.fingerprint.phase import PhaseMeter
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio

RATE = 22_050


@pytest.fixture(scope="module")
def tune():
    return compose(8 * RATE, RATE, 1)[:, :1]


@pytest.fixture
def items_of(analyze, tmp_path):
    """Give a function that analyses samples and returns the text of the fingerprint."""

    def run(samples):
        path = tmp_path / "a.flac"
        path.unlink(missing_ok=True)
        write_audio(path, np.ascontiguousarray(samples, np.float32), RATE, AudioForm.FLAC)
        (passage,) = analyze(path, true_peak=False).passages
        return None if passage.fingerprint is None else passage.fingerprint.encoded

    return run


def test_a_channel_the_wrong_way_round_leaves_the_fingerprint_as_it_is(items_of, tune):
    assert items_of(np.hstack([tune, -tune])) == items_of(np.hstack([tune, tune])) is not None


def test_a_silent_channel_leaves_a_fingerprint_of_the_other(items_of, tune):
    silence = np.zeros_like(tune)
    assert items_of(np.hstack([tune, silence])) == items_of(np.hstack([silence, tune])) is not None


def test_a_tone_that_lasts_has_no_fingerprint(items_of):
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(8 * RATE) / RATE)[:, None]
    assert items_of(np.hstack([tone, tone])) is None


@pytest.mark.parametrize(
    ("right", "cancels"),
    [(-1.0, True), (-0.9, True), (-0.5, False), (0.0, False), (1.0, False)],
)
def test_channels_cancel_if_hardly_anything_is_left(tune, right, cancels):
    meter = PhaseMeter()
    left = tune[:, 0].astype(np.float32)
    meter.add((left, np.float32(right) * left))
    assert meter.cancels is cancels


def test_silence_noise_and_other_channels_do_not_cancel():
    meter = PhaseMeter()
    meter.add((np.zeros(800, np.float32),) * 2)
    assert not meter.cancels
    meter.add((np.ones(800, np.float32),) * 3)
    assert not meter.cancels
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 800)).astype(np.float32)
    noise[0, 0], noise[1, 61], noise[0, 122] = np.inf, np.nan, 3e38
    meter.add(tuple(noise))
    assert not meter.cancels
