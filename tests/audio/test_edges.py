"""What is heard at the edges of a file: levels of bands, wherever the blocks of the file begin."""

import numpy as np
import pytest

from passagework.audio.measure.edges import Edges
from passagework.domain.cues import Cues
from passagework.domain.edge_sound import BANDS, FIRST, HIGHEST_HZ, LOWEST_HZ, PREDICTION, continues
from passagework.domain.spans import Span

RATE = 44_100
CUT = Cues(0, 0, None, None, begins_in_sound=True, ends_in_sound=True)
EDGES = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)


def heard(channels, span=None, cues=CUT, block=30_000, rate=RATE):
    edges = Edges(rate)
    for start in range(0, channels.shape[1], block):
        edges.add(tuple(channels[:, start : start + block]))
    return edges.heard((span or Span(0, channels.shape[1]),), (cues,))


def tone(pitch, seconds=2.0, level=0.0, rate=RATE):
    return 10 ** (level / 20) * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)


def stereo(mono):
    return np.stack((mono, mono)).astype(np.float32)


def noise(seconds, seed=1):
    return np.random.default_rng(seed).standard_normal((2, round(seconds * RATE))).astype(np.float32) * 0.1


@pytest.mark.parametrize("pitch", [100.0, 440.0, 3000.0, 9000.0])
@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_a_tone_is_in_its_band_and_ends_in_the_one_in_which_it_began(pitch, rate):
    begins, ends = heard(stereo(tone(pitch, rate=rate)), rate=rate)
    band = int(np.searchsorted(EDGES, pitch)) - 1
    for sound in (begins, ends):
        long = sound[BANDS : 2 * BANDS]
        assert abs(long.index(min(long)) - band) <= 1
    assert continues(ends, begins)


def test_the_begin_and_the_end_are_told_apart():
    low_to_high = np.concatenate((tone(200.0), tone(4000.0)))
    begins, ends = heard(stereo(low_to_high))
    assert not continues(ends, begins)
    assert continues(heard(stereo(tone(200.0)))[1], begins)
    assert continues(ends, heard(stereo(tone(4000.0)))[0])


def test_a_level_is_stored_in_half_decibels_below_full_scale():
    loud, soft = (heard(stereo(tone(440.0, level=level)))[0] for level in (-6.0, -26.0))
    band = loud[BANDS : 2 * BANDS].index(min(loud[BANDS : 2 * BANDS]))
    assert soft[BANDS + band] - loud[BANDS + band] == pytest.approx(40, abs=1)


def test_opposite_channels_do_not_cancel_each_other():
    opposite = np.stack((tone(440.0), -tone(440.0))).astype(np.float32)
    assert [sound[: 2 * BANDS] for sound in heard(opposite)] == [
        sound[: 2 * BANDS] for sound in heard(stereo(tone(440.0)))
    ]


@pytest.mark.parametrize("block", [500, 4410, 30_000, 10**6])
def test_it_does_not_depend_on_where_blocks_begin(block):
    music = noise(1.5)
    assert heard(music, block=block) == heard(music, block=44_100)


def test_it_is_that_of_the_passage_where_silence_is_around_it():
    music, silence = noise(1.5), np.zeros((2, 2000), np.float32)
    padded = np.concatenate((silence, music, silence), axis=1)
    assert heard(padded, Span(2000, 2000 + music.shape[1])) == heard(music)


def test_a_file_that_begins_or_ends_otherwise_has_none():
    music = noise(1.5)
    quiet = Cues(0, 0, None, None)
    assert heard(music, cues=quiet) == (None, None)
    assert heard(music, Span(5000, music.shape[1] - 5000)) == (None, None)
    edges = Edges(RATE)
    edges.add(tuple(music))
    assert edges.heard((), ()) == (None, None)


def test_a_file_of_a_few_samples_is_no_fault():
    begins, ends = heard(noise(1.0)[:, :7])
    assert (len(begins), len(ends)) == (2 * BANDS + FIRST.size, 2 * BANDS + PREDICTION.size)
    assert heard(np.zeros((2, 3000), np.float32))[1] is not None


def test_a_recording_that_was_cut_before_a_loud_entry_goes_on_and_begins_nowhere_else():
    piece = np.stack([np.convolve(channel, np.ones(8) / 8, "same") for channel in noise(2.0)]).astype(np.float32)
    piece[:, RATE:] *= np.minimum(1 + np.arange(RATE) / (0.0005 * RATE), 40.0)
    ends = heard(piece[:, :RATE])[1]
    assert continues(ends, heard(piece[:, RATE:])[0])
    assert not continues(ends, heard(piece[:, RATE + 2000 :])[0])


def test_pieces_that_were_faded_for_some_milliseconds_prove_nothing():
    fade = np.linspace(0, 1, round(0.004 * RATE))
    one, other = stereo(tone(300.0, level=-10.0)), stereo(tone(2500.0, level=-10.0))
    one[:, -fade.size :] *= fade[::-1]
    other[:, : fade.size] *= fade
    assert not continues(heard(one)[1], heard(other)[0])
