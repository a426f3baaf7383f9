"""Gains from loudness and peaks."""

import pytest

from passagework.domain.gains import (
    GAIN_NAMES,
    UNKNOWN,
    GainOf,
    Mono,
    PassageGains,
    Programme,
    gain_values,
    q7_8,
)
from passagework.domain.measured import Loudness
from passagework.domain.tags import ReplayGain

GAINS = PassageGains(Programme(-14.0, -6.0, -7.0), Programme(-13.0, -5.0, -5.5), Programme(-12.0, 2.0, 1.0))


def test_the_values_of_tags_follow_from_the_passage_and_its_album():
    assert GAINS.replay_gain == ReplayGain(
        track_gain=-4.0,
        track_peak=pytest.approx(0.501187, abs=1e-6),
        album_gain=-6.0,
        album_peak=pytest.approx(1.258925, abs=1e-6),
        r128_track_gain=-9.0,
        r128_album_gain=-11.0,
    )


def test_each_value_has_its_name():
    assert list(gain_values(GAINS)) == list(GAIN_NAMES)
    values = [None if value is None else round(value, 2) for value in gain_values(GAINS).values()]
    assert values == [-12.0, 2.0, 1.0, -13.0, -5.0, -5.5, -4.0, 0.5, -6.0, 1.26, -2304, -2816]


def test_of_what_is_not_known_no_value_follows():
    assert PassageGains(UNKNOWN).replay_gain == ReplayGain()


def test_the_peak_between_the_samples_counts_where_it_was_measured():
    assert Programme(None, -6.0, -20.0).peak == pytest.approx(0.501187, abs=1e-6)
    assert Programme(None, None, -20.0).peak == pytest.approx(0.1)


def test_the_gain_of_what_is_not_known_is_that_of_the_passage():
    assert [GAINS.programme(of).integrated for of in GainOf] == [-14.0, -13.0, -12.0]
    assert [PassageGains(GAINS.track).programme(of) for of in GainOf] == [GAINS.track] * 3


@pytest.mark.parametrize(
    ("mono", "channels", "integrated"),
    [
        (Mono.PANNED, 1, -20.0),
        (Mono.COPIED, 1, pytest.approx(-16.99, abs=0.001)),
        (Mono.COPIED, 2, -20.0),
        (Mono.COPIED, None, -20.0),
    ],
)
def test_a_file_with_one_channel_is_played_twice_as_loud_where_it_is_copied(mono, channels, integrated):
    played = Programme.of(Loudness(-20.0, 5.0, -3.0, -4.0), mono.louder(channels))
    assert played == Programme(integrated, -3.0, -4.0)


@pytest.mark.parametrize(
    ("gain", "number"), [(None, None), (-9.0, -2304), (0.002, 1), (0.001, 0), (500.0, 32_767), (-500.0, -32_768)]
)
def test_opus_counts_in_the_256th_part_of_a_decibel_in_16_bits(gain, number):
    assert q7_8(gain) == number
