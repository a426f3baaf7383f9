"""What is resampled for the fingerprints, and that it is what resampling everything would have given."""

from contextlib import closing

import av
import numpy as np
import pytest

from passagework.audio.fingerprint.chroma import SAMPLE_RATE
from passagework.audio.fingerprint.feed import FingerprintFeed
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.domain.spans import Span

RATE = 8_000
HOP = RATE // 100
BLOCK = 220 * HOP
LOUD, QUIET, SILENT = -10.0, -60.0, -80.0
GAP = 0.05
COVERED = 120 * SAMPLE_RATE
ROUNDED_AWAY = 40


def samples_of(seconds):
    return np.random.default_rng(7).integers(-8000, 8000, round(seconds * RATE)).astype(np.int16)


def fed(samples, *, silent_at=(), everything=False, quiet_for=0):
    """Feed samples in blocks, with levels that are silent in the five hops that end with those of given seconds.

    Before ``quiet_for`` seconds music is no more than 20 dB above that.
    """
    levels = np.full(-(-samples.size // HOP), LOUD, np.float32)
    levels[: quiet_for * 100] = QUIET - 1
    for second in silent_at:
        levels[round(second * 100) - 4 : round(second * 100) + 1] = SILENT
    spool = PcmSpool()
    feed = FingerprintFeed(spool, HOP, RATE, GAP, everything=everything)
    for first in range(0, samples.size, BLOCK):
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, first : first + BLOCK], "s16p", "mono")
        frame.sample_rate = RATE
        feed.add(frame, levels[first // HOP : (first + BLOCK) // HOP])
    feed.finish()
    spool.holds = feed.holds
    return closing(spool)


def pcm_from(spool, second, samples):
    return spool.passage(Span(round(second * RATE), samples.size), RATE)


@pytest.fixture(scope="module")
def music():
    return samples_of(400)


@pytest.fixture(scope="module")
def everything(music):
    """All of it, resampled without a break."""
    with fed(music, everything=True) as spool:
        return {second: pcm_from(spool, second, music) for second in (0, 99.99, 268.4, 270.5)}


def test_the_beginning_of_a_file_is_resampled_as_if_all_of_it_were(music, everything):
    with fed(music) as spool:
        assert np.array_equal(pcm_from(spool, 0, music), everything[0])
    assert everything[0].size == COVERED


def test_a_long_piece_of_music_is_not_resampled_to_its_end(music):
    with fed(music) as spool:
        assert pcm_from(spool, 130, music).size == 0


def test_a_passage_that_begins_while_another_is_resampled_is_covered_to_its_end(music, everything):
    with fed(music, silent_at=[99.98]) as spool:
        assert np.array_equal(pcm_from(spool, 99.99, music), everything[99.99])


@pytest.mark.parametrize("second", [268.4, 270.5], ids=["at the start of a block", "inside a block"])
def test_a_passage_that_begins_far_behind_what_was_resampled_is_covered(music, everything, second):
    with fed(music, silent_at=[second - 0.01]) as spool:
        pcm = pcm_from(spool, second, music)
    assert pcm.size == everything[second].size
    # A resampler that starts anew knows nothing of the sound before.
    off = np.abs(pcm.astype(int) - everything[second])
    assert off[ROUNDED_AWAY:].max() <= 1


def test_the_last_of_several_silences_in_a_block_counts(music, everything):
    with fed(music, silent_at=[268.4, 270.49]) as spool:
        assert pcm_from(spool, 270.5, music).size == everything[270.5].size


@pytest.mark.parametrize("quiet_for", [0, 300])
def test_it_is_known_of_which_passages_the_audio_was_skipped(music, quiet_for):
    def holds(spool, start, end):
        return spool.holds(Span(round(start * RATE), round(end * RATE)))

    with fed(music, silent_at=[268.39], quiet_for=quiet_for) as spool:
        assert holds(spool, 0, 268)
        assert not holds(spool, 150, 400)
        assert holds(spool, 268.4, 400) is (quiet_for == 0)
    with fed(music, everything=True) as spool:
        assert holds(spool, 150, 400)


def test_the_gap_between_two_stretches_is_empty(music):
    with fed(music, silent_at=[268.39]) as spool:
        gap = pcm_from(spool, 150, music)
    assert not gap[: 100 * SAMPLE_RATE].any()
    assert gap.any()


def test_the_end_of_a_file_is_not_cut_off():
    music = samples_of(31.4)
    with fed(music) as spool:
        assert abs(pcm_from(spool, 0, music).size - 31.4 * SAMPLE_RATE) <= 2


@pytest.mark.parametrize(("samples", "resampled"), [(21_790, False), (21_791, True)])
def test_a_file_too_short_for_a_fingerprint_is_not_resampled(samples, resampled):
    with fed(samples_of(3)[:samples]) as spool:
        assert (spool.passage(Span(0, samples), RATE).size > 0) is resampled
        assert spool.holds(Span(0, samples))
