"""Patches of a passage for the nets: where they lie, and how they sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.flavor import patches as under_test
from passagework.audio.flavor.log_mel import PATCH_SAMPLES
from passagework.audio.flavor.patches import PatchSpool
from passagework.audio.measure.envelope import hop_length, measure_hops, without_invalid
from passagework.domain.spans import Span
from tests.support.effort import examples

RATE = 8_000
PATCH = PATCH_SAMPLES * RATE // 16_000


def heard(channels, blocks=(60_000,), sample_rate=RATE):
    """Give channels to a spool in blocks of these lengths in turn, each of whole hops."""
    spool = PatchSpool(sample_rate)
    at, number, hop = 0, 0, hop_length(sample_rate)
    while at < channels[0].size:
        length = hop * max(1, blocks[number % len(blocks)] // hop)
        block = tuple(channel[at : at + length] for channel in channels)
        spool.add(block, measure_hops(without_invalid(block)[0], hop).levels)
        at, number = at + length, number + 1
    spool.finish()
    return spool


def counting(seconds, sample_rate=RATE):
    """A tone that rises with time, so that each patch tells where it is from."""
    times = np.arange(round(seconds * sample_rate)) / sample_rate
    return (0.1 * np.sin(2 * np.pi * (100 * times + times**2))).astype(np.float32)


def places(spool, span, sample_rate=RATE):
    """The seconds of the file at which the patches of a passage of ``counting`` begin."""
    found = []
    for patch in spool.patches_of(span).samples:
        spectrum = np.abs(np.fft.rfft(patch * np.hanning(patch.size)))
        frequency = np.average(np.arange(spectrum.size), weights=spectrum**4) * 16_000 / patch.size
        found.append((frequency - 100) / 2 - patch.size / 32_000)
    return found


@pytest.fixture(scope="module")
def long_file():
    return heard((counting(700),))


@pytest.mark.parametrize(
    ("start", "end", "number"),
    [(0, 700, 12), (0, 240, 8), (100, 400, 10), (100, 210, 4), (5, 30, 4), (100, 130, 3), (101, 118, 1), (0, 12, 3)],
)
def test_a_passage_has_patches_for_its_length_as_far_as_there_are_such(long_file, start, end, number):
    found = long_file.patches_of(Span(start * RATE, end * RATE))
    assert found.samples.shape == (number, PATCH_SAMPLES)
    assert found.samples.dtype == np.float32


def test_patches_lie_inside_of_the_passage_and_are_spread_over_it(long_file):
    found = places(long_file, Span(95 * RATE, 695 * RATE))
    assert len(found) == 12
    assert found == sorted(found)
    assert min(found) >= 95 - 0.1
    assert max(found) + 3 <= 695
    assert max(np.diff([95, *found, 695])) < 65
    assert [round(place % 10, 0) % 10 for place in found] == [0] * 12


def test_each_half_of_a_piece_has_patches_of_its_own(long_file):
    first, second = places(long_file, Span(0, 300 * RATE)), places(long_file, Span(300 * RATE, 600 * RATE))
    assert max(first) + 3 <= 300 <= min(second) + 0.1


@pytest.mark.parametrize("span", [Span(0, 12 * RATE - 1), Span(100 * RATE, 100 * RATE), Span(692 * RATE, 720 * RATE)])
def test_a_passage_of_less_than_12_seconds_has_none(long_file, span):
    if span.end > 700 * RATE:
        span = Span(span.start, 700 * RATE)
    assert long_file.patches_of(span) is None


def test_a_passage_that_no_patch_lies_in_has_none():
    assert heard((counting(130),)).patches_of(Span(100 * RATE + 1, round(112.9 * RATE))) is None


def test_a_patch_that_the_file_ends_in_is_not_used():
    spool = heard((counting(22),))
    assert max(places(spool, Span(0, 22 * RATE))) < 17


def test_after_silence_there_are_enough_for_a_short_passage():
    music = counting(200)
    music[90 * RATE : 92 * RATE] = 0
    spool = heard((music,))
    assert len(places(spool, Span(92 * RATE, 117 * RATE))) == 4
    assert len(places(spool, Span(151 * RATE, 176 * RATE))) == 2


@pytest.mark.slow
@examples(10)
@given(st.lists(st.integers(80, 100_000), min_size=1, max_size=5))
def test_patches_do_not_depend_on_how_the_file_is_cut_into_blocks(blocks):
    music, span = (counting(30),), Span(0, 30 * RATE)
    expected = heard(music).patches_of(span)
    found = heard(music, blocks).patches_of(span)
    np.testing.assert_array_equal(found.samples, expected.samples)


@pytest.mark.parametrize("change", [-60, -12, 12, 40])
def test_a_louder_copy_sounds_the_same_and_is_raised_by_less(change):
    music, span = counting(60), Span(0, 60 * RATE)
    one = heard((music,)).patches_of(span)
    other = heard((music * np.float32(10 ** (change / 20)),)).patches_of(span)
    np.testing.assert_allclose(one.samples, other.samples, atol=2e-4)
    assert one.gain - other.gain == pytest.approx(change, abs=0.01)
    assert 20 * np.log10(np.sqrt(np.mean(other.samples**2))) == pytest.approx(-14, abs=0.01)


def test_a_faint_patch_of_a_loud_passage_keeps_its_detail():
    music = counting(60)
    faint = slice(10 * RATE, 20 * RATE)
    music[faint] *= np.float32(1e-4)
    one = heard((music,)).patches_of(Span(0, 60 * RATE)).samples
    quietest = one[np.argmin(np.abs(one).max(axis=1))]
    spectrum = np.abs(np.fft.rfft(quietest * np.hanning(quietest.size)))
    assert spectrum[-1_000:].max() < 1e-4 * spectrum.max()


def test_digital_silence_has_none():
    assert heard((np.zeros(60 * RATE, np.float32),)).patches_of(Span(0, 60 * RATE)) is None


def test_channels_are_averaged():
    music, other = counting(30), counting(30)[::-1].copy()
    span = Span(0, 30 * RATE)
    stereo = heard((music, other)).patches_of(span)
    np.testing.assert_allclose(stereo.samples, heard(((music + other) / 2,)).patches_of(span).samples, atol=1e-4)


def test_channels_that_cancel_each_other_sound_like_one_of_them():
    music, span = counting(30), Span(0, 30 * RATE)
    opposite = heard((music, -music)).patches_of(span)
    np.testing.assert_allclose(opposite.samples, heard((music,)).patches_of(span).samples, atol=1e-4)


def test_what_is_no_number_is_silence():
    music = counting(30)
    music[1_000:1_010], music[2_000], music[3_000], music[4_000] = np.nan, np.inf, -np.inf, 3e38
    found = heard((music, music)).patches_of(Span(0, 30 * RATE))
    assert np.isfinite(found.samples).all()
    assert 20 * np.log10(np.sqrt(np.mean(found.samples**2))) == pytest.approx(-14, abs=0.01)


@pytest.mark.parametrize("sample_rate", [1_000, 11_025, 44_100, 48_000, 96_000])
def test_patches_come_from_the_same_places_at_all_rates(sample_rate):
    times = np.arange(45 * sample_rate) / sample_rate
    music = (np.sin(2 * np.pi * 200 * times) * (times % 1 < 0.5) * 0.1).astype(np.float32)
    found = heard((music,), (5 * sample_rate,), sample_rate).patches_of(Span(0, 45 * sample_rate)).samples
    for patch in found:
        loud = np.abs(patch).reshape(-1, 128).max(axis=1) > 0.1
        assert 0.4 < loud.mean() < 0.62


def test_what_is_kept_of_a_long_file_goes_to_disk(monkeypatch):
    music, span = (counting(60),), Span(0, 60 * RATE)
    expected = heard(music).patches_of(span)
    monkeypatch.setattr(under_test, "_IN_MEMORY", 3 * 2 * PATCH_SAMPLES)
    spool = heard(music)
    assert spool._file.fileno() >= 0
    np.testing.assert_array_equal(spool.patches_of(span).samples, expected.samples)
    spool.close()
    assert spool._file.getvalue() == b""


def test_the_same_patches_are_taken_of_a_copy_in_which_silence_is_found_elsewhere():
    music = counting(300)
    noisy = music.copy()
    music[100 * RATE : 103 * RATE] = 0
    noisy[100 * RATE : 103 * RATE] *= np.float32(0.5)
    span = Span(103 * RATE, 290 * RATE)
    np.testing.assert_array_equal(heard((music,)).patches_of(span).samples, heard((noisy,)).patches_of(span).samples)


@pytest.mark.parametrize("change", [-30, 12, 24])
def test_silence_is_found_alike_at_every_level(change):
    music = 0.3 * counting(120)
    music[60 * RATE : 61 * RATE] *= np.float32(0.01)
    span = Span(61 * RATE, 85 * RATE)
    expected = heard((music,)).patches_of(span)
    found = heard((music * np.float32(10 ** (change / 20)),)).patches_of(span)
    assert len(found.samples) == len(expected.samples) == 4
    np.testing.assert_allclose(found.samples, expected.samples, atol=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [(60_000,), (RATE,), (80,)])
def test_a_patch_begins_at_its_sample(blocks):
    music = np.zeros(60 * RATE, np.float32)
    music[RATE :: 10 * RATE] = 0.5
    found = heard((music,), blocks).patches_of(Span(0, 60 * RATE)).samples
    assert np.abs(found).argmax(axis=1).tolist() == [16_000] * 4
