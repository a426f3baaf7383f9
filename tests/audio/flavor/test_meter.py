"""What is heard of the musical character of a file, from its samples."""

from contextlib import closing

import numpy as np
import pytest

from passagework.audio.flavor.meter import FlavorMeter
from passagework.domain.flavor.distances import distances, features
from passagework.domain.flavor.values import FlavorLevel
from passagework.domain.spans import Span

RATE = 22_050


def heard(channels, rate=RATE, block=50_000, span=None):
    """Give the flavor of samples, which come in blocks."""
    channels = [np.asarray(channel, np.float32) for channel in channels]
    samples = channels[0].size
    with closing(FlavorMeter(rate)) as meter:
        for start in range(0, samples, block):
            meter.add(tuple(channel[start : start + block] for channel in channels))
        return meter.finish().of(span or Span(0, samples))


def chords(seconds, rate=RATE, notes=((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67)), bpm=100.0):
    """Play chords with overtones and a click on each beat, one chord every two seconds."""
    time = np.arange(round(seconds * rate)) / rate
    sound = np.zeros(time.size)
    for number, start in enumerate(range(0, time.size, 2 * rate)):
        here = slice(start, start + 2 * rate)
        for note in notes[number % len(notes)]:
            for overtone in (1, 2, 3):
                frequency = overtone * 440 * 2 ** ((note - 69) / 12)
                if frequency < rate / 2:
                    sound[here] += 0.1 / overtone * np.sin(2 * np.pi * frequency * time[here])
    beat = time % (60 / bpm)
    noise = np.random.default_rng(1).standard_normal(time.size)
    return sound + 0.5 * noise * np.exp(-beat * 60)


def group(flavor, name):
    return dict(dict(flavor.groups)[name])


def most(flavor, name):
    members = group(flavor, name)
    return max(members, key=members.get)


@pytest.fixture(scope="module")
def music():
    return chords(40)


@pytest.fixture(scope="module")
def flavor(music):
    return heard([music])


def test_every_group_sums_to_one(flavor):
    assert flavor.level is FlavorLevel.BASIC
    for _, members in flavor.groups:
        assert sum(share for _, share in members) == pytest.approx(1, abs=1e-12)
        assert all(type(share) is float and 0 <= share <= 1 for _, share in members)


def test_chords_have_their_key_and_beats_their_tempo(flavor):
    assert most(flavor, "key") == "C major"
    assert most(flavor, "mode") == "major"
    assert flavor.tempo == pytest.approx(100, rel=0.02)
    assert most(flavor, "tempo") == "98 BPM"
    assert group(flavor, "pulse")["beat"] > 0.8
    assert flavor.seconds == pytest.approx(40, abs=0.5)


def test_the_level_changes_no_more_than_rounding(music, flavor):
    for decibels in (-12, 12):
        other = heard([music * 10 ** (decibels / 20)])
        assert other.tempo == pytest.approx(flavor.tempo, rel=0.01)
        for name, members in flavor.groups:
            assert group(other, name) == pytest.approx(dict(members), abs=0.02)


def test_it_does_not_matter_how_the_samples_are_cut_into_blocks(music, flavor):
    assert heard([music], block=1_237) == flavor


def test_the_mean_of_the_channels_is_heard(music, flavor):
    for name, members in heard([2 * music, np.zeros_like(music)]).groups:
        assert group(flavor, name) == pytest.approx(dict(members), abs=0.01)


@pytest.mark.parametrize("rate", [1_000, 8_000, 11_025, 32_000, 44_100, 48_000, 96_000])
def test_any_sample_rate_is_heard(rate):
    flavor = heard([chords(14, rate)], rate)
    assert flavor.seconds == pytest.approx(14, abs=0.6)
    assert all(sum(share for _, share in members) == pytest.approx(1) for _, members in flavor.groups)
    if rate >= 8_000:
        assert most(flavor, "key") == "C major"
        assert flavor.tempo == pytest.approx(100, rel=0.03)


def test_the_highest_sample_rate_is_heard():
    assert heard([np.sin(np.arange(2_822_400 * 2) / 1_000)], 2_822_400).seconds == pytest.approx(2, abs=0.6)


def test_silence_and_what_is_too_short_have_no_flavor():
    assert heard([np.zeros(RATE * 10)]) is None
    assert heard([np.zeros(0)]) is None
    assert heard([chords(0.5)]) is None


def test_of_short_pieces_no_tempo_or_key_is_said(music):
    flavor = heard([music[: 4 * RATE]])
    assert flavor.tempo is None
    assert flavor.rhythm is None
    assert [name for name, _ in flavor.groups] == ["pitch", "spectrum", "dynamics", "timbre"]


def test_silence_counts_for_nothing(music, flavor):
    silence = np.zeros(60 * RATE)
    padded = heard([np.concatenate([silence, music, silence])])
    assert padded.seconds == pytest.approx(flavor.seconds, abs=1.0)
    for name in ("spectrum", "pitch"):
        assert group(padded, name) == pytest.approx(group(flavor, name), abs=0.02)


def test_a_passage_is_heard_without_what_is_around_it(music, flavor):
    noise = np.random.default_rng(2).standard_normal(20 * RATE)
    among = heard([np.concatenate([noise, music, noise])], span=Span(20 * RATE, 60 * RATE))
    assert most(among, "key") == "C major"
    for name in ("spectrum", "pitch"):
        assert group(among, name) == pytest.approx(group(flavor, name), abs=0.02)


def test_what_is_no_number_is_no_sound(music, flavor):
    broken = music.copy()
    broken[::RATE] = np.nan
    broken[5::RATE] = np.inf
    broken[9::RATE] = -1e30
    damaged = heard([broken, broken])
    assert damaged.seconds == pytest.approx(flavor.seconds, abs=1.0)
    assert all(np.isfinite(share) for _, members in damaged.groups for _, share in members)


def test_what_does_not_fit_into_memory_goes_to_a_file(monkeypatch, music, flavor):
    monkeypatch.setattr("passagework.audio.flavor.spool._IN_MEMORY", 10_000)
    assert heard([music]) == flavor


@pytest.mark.parametrize(("bpm", "named"), [(62, 124), (93, 93), (128, 128), (176, 88)])
def test_tempos_are_heard_but_for_their_octave(bpm, named):
    flavor = heard([chords(20, bpm=bpm)])
    assert flavor.tempo == pytest.approx(named, rel=0.02)


@pytest.mark.parametrize(
    ("triads", "key"),
    [
        (((57, 60, 64), (62, 65, 69), (64, 68, 71), (57, 60, 64)), "A minor"),
        (((63, 67, 70), (68, 72, 75), (70, 74, 77), (63, 67, 70)), "Eb major"),
        (((66, 69, 73), (59, 62, 66), (61, 65, 68), (66, 69, 73)), "F# minor"),
    ],
)
def test_keys_are_heard(triads, key):
    assert most(heard([chords(20, notes=triads)]), "key") == key


def test_what_encoders_leave_out_changes_little():
    music = chords(20, bpm=0.1)
    hiss = np.random.default_rng(3).standard_normal(music.size)
    quiet = 10 ** (-66 / 20) * np.sqrt(np.mean(music**2)) * hiss
    one, other = (features([heard([sound])])[0] for sound in (music, music + quiet))
    itself = distances(one, one[None])[0]
    assert distances(one, other[None])[0] < itself + 0.3
