"""The filter graph: nothing is lost, whatever the stream looks like and however it changes."""

from itertools import chain

import numpy as np
import pytest

from passagework.audio.decoding.refusal import RefusedError
from passagework.domain.failures import FailureCode
from passagework.domain.spans import Span

RATE = 44_100


def noise(samples, channels=2, seed=1):
    return (0.1 * np.random.default_rng(seed).standard_normal((samples, channels))).astype(np.float32)


@pytest.mark.parametrize("samples", [1, 440, 441, 65_267, 65_268, 65_269, 200_000])
def test_every_sample_arrives_once_and_in_order(measure, frames_of, samples):
    signal = noise(samples)
    result = measure(frames_of(signal, RATE, "stereo"))
    assert np.array_equal(np.concatenate(result.blocks, axis=1), signal.T)
    assert result.measured.samples == samples
    assert all(block.shape[1] % 441 == 0 for block in result.blocks[:-1])


@pytest.mark.slow
@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000, 352_800])
def test_the_pcm_is_as_long_as_the_file(measure, frames_of, rate):
    result = measure(frames_of(noise(3 * rate), rate, "stereo"))
    assert result.pcm.size == pytest.approx(3 * 11_025, abs=2)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "3 channels", "5.1", "6 channels", "7.1"])
def test_any_layout_is_measured(measure, frames_of, layout):
    channels = {"mono": 1, "stereo": 2, "2.1": 3, "3 channels": 3, "5.1": 6, "6 channels": 6, "7.1": 8}[layout]
    result = measure(frames_of(noise(3 * RATE, channels), RATE, layout))
    assert len(result.blocks[0]) == channels
    assert result.pcm.any()
    assert result.measured.loudness(Span(0, 3 * RATE)).integrated is not None


def test_a_stream_that_changes_on_the_way_is_brought_to_one_kind(measure, frames_of):
    parts = [
        frames_of(noise(RATE), RATE, "stereo"),
        frames_of(noise(RATE // 2, channels=1), RATE // 2, "mono"),
        frames_of(noise(RATE), RATE, "stereo"),
        frames_of(noise(RATE), RATE, "2 channels (FC+LFE)"),
        frames_of(noise(48_000), 48_000, "stereo"),
    ]
    result = measure(chain.from_iterable(parts))
    assert result.bad_frames == 0
    assert result.measured.samples == pytest.approx(5 * RATE, abs=2)
    levels = result.measured.hops.levels
    assert levels.min() > -30, "a part is missing"


def test_a_frame_that_fits_nothing_is_left_out_and_counted(measure, frames_of):
    odd = list(frames_of(noise(1_000, channels=23), RATE, "23 channels"))
    result = measure([*frames_of(noise(RATE), RATE, "stereo"), *odd])
    assert result.bad_frames == 1
    assert result.measured.samples == RATE


def test_timestamps_that_jump_change_nothing(measure, frames_of):
    frames = list(frames_of(noise(3 * RATE), RATE, "stereo"))
    for number, frame in enumerate(frames):
        frame.pts = number * 7_654_321 % 1_000_000
    result = measure(frames)
    assert result.measured.samples == 3 * RATE
    assert result.pcm.size == pytest.approx(3 * 11_025, abs=1)
    assert measure(frames_of(noise(3 * RATE), RATE, "stereo")).pcm.tolist() == result.pcm.tolist()


def test_a_kind_that_ffmpeg_cannot_filter_is_refused(measure, frames_of):
    with pytest.raises(RefusedError) as refused:
        measure(frames_of(noise(3_000, channels=80), 1_000, "80 channels"))
    assert refused.value.failure.code is FailureCode.UNSUPPORTED
