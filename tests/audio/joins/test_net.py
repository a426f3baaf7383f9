"""Joins that are heard: where one piece turns into another, and how much the two differ."""

import numpy as np
import pytest

from passagework.audio.joins.curves import CURVES, NEARER, REACH, curves_around
from passagework.audio.joins.net import PLACES, HeardJoins, inputs_of, shipped
from passagework.audio.joins.spectra import FRAMES_PER_SECOND, Spectra, SpectraMeter
from passagework.domain.track_lists.joining import STEP

RATE = 8_000
MIDDLE, FADE = 40.0, 4.0


def chords(seconds, pitches, seed):
    """Play chords of some pitches, each for half a second at its own level."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    each = np.repeat(rng.uniform(0.3, 1, round(seconds * 2) + 1), RATE // 2)[: times.size]
    return each * sum(np.sin(2 * np.pi * pitch * times) for pitch in pitches) / 8


def measured(sound):
    meter = SpectraMeter(RATE)
    meter.add((sound.astype(np.float32),))
    return meter.finish()


@pytest.fixture(scope="module")
def crossfade():
    ramp = np.clip((np.arange(80 * RATE) / RATE - (MIDDLE - FADE / 2)) / FADE, 0, 1)
    low, high = chords(80, (110, 139, 165), 1), chords(80, (294, 440, 587), 2)
    return measured(low * (1 - ramp) + high * ramp + 1e-4 * np.random.default_rng(3).normal(size=ramp.size))


@pytest.mark.parametrize("away", [-3.0, 0.0, 3.0])
def test_a_crossfade_is_heard_at_its_middle_from_wherever_it_is_looked_for(crossfade, away):
    joining = HeardJoins(crossfade).around(MIDDLE + away, 40, 40)
    likeliest = joining.start + STEP * int(joining.likelihoods.argmax())
    assert likeliest == pytest.approx(MIDDLE, abs=1.0)
    assert joining.likelihoods.mean() == pytest.approx(1)
    assert joining.likelihoods.size == 2 * PLACES
    assert joining.start == pytest.approx(MIDDLE + away - PLACES / FRAMES_PER_SECOND, abs=STEP)
    assert joining.contrast > 0.5


def test_within_one_piece_nothing_differs():
    joining = HeardJoins(measured(chords(80, (110, 139, 165), 1))).around(MIDDLE, 40, 40)
    assert abs(joining.contrast) < 0.2
    assert joining.likelihoods.max() < 1.5, "every place is about as likely"


def test_where_there_is_too_little_sound_nothing_is_heard(crossfade):
    joins = HeardJoins(crossfade)
    assert joins.around(5, 40, 40) is None
    assert joins.around(76, 40, 40) is None
    assert HeardJoins(Spectra(np.empty((0, 88), np.float32))).around(5, 9, 9) is None


def test_silence_around_a_place_gives_numbers():
    joining = HeardJoins(Spectra(np.zeros((800, 88), np.float32))).around(40, 40, 40)
    assert np.isfinite(joining.likelihoods).all()
    assert np.isfinite(joining.contrast)


def test_frames_are_nearer_to_the_first_piece_before_and_to_the_second_one_behind(crossfade):
    nearer = curves_around(crossfade.powers, round(MIDDLE * FRAMES_PER_SECOND), (400, 400))[:, NEARER]
    assert nearer[: REACH - 30].max() < 0 < nearer[REACH + 30 :].min()


def test_only_the_tracks_beside_a_place_stand_for_it(crossfade):
    """The sound that stands for the second piece ends where that ends, so what is behind it makes no difference."""
    at, behind = round(MIDDLE * FRAMES_PER_SECOND), 150
    other = crossfade.powers.copy()
    other[at + behind :] = crossfade.powers[: len(other) - at - behind]
    here, there = (curves_around(powers, at, (400, behind)) for powers in (crossfade.powers, other))
    assert there[:, NEARER] == pytest.approx(here[:, NEARER])
    assert curves_around(other, at, (400, 400))[:, NEARER] != pytest.approx(here[:, NEARER])


def test_the_weights_that_come_with_the_package_are_numbers_of_the_right_shapes():
    weights = shipped()
    units = weights.hidden_bias.size
    seen = inputs_of(np.ones((2 * REACH, CURVES)), weights.mean, weights.spread)
    assert (weights.mean.shape, weights.spread.shape) == ((CURVES,), (CURVES,))
    assert (weights.hidden.shape, weights.output.shape) == ((seen.shape[1], units), (units,))
    assert all(
        np.isfinite(array).all()
        for array in (weights.mean, weights.spread, weights.hidden, weights.hidden_bias, weights.output)
    )
    assert (weights.spread > 0).all()
