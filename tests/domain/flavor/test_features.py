"""Rows by which passages are compared, and several at once."""

import numpy as np
import pytest

from passagework.domain.flavor.distances import (
    _OF_TIMBRE,
    _PARTS,
    FEATURES,
    FEATURES_VERSION,
    distances,
    features,
)
from passagework.domain.flavor.rhythm import CHANGES, PATTERN
from passagework.domain.flavor.timbre import COEFFICIENTS
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.flavor.vectors import pack_rhythm, pack_timbre, unpack


def heard(seed, *, timbre=True, rhythm=True):
    """Make a flavor of some timbre and rhythm."""
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(COEFFICIENTS, COEFFICIENTS)) * 3
    return Flavor(
        level=FlavorLevel.BASIC,
        groups=(),
        seconds=60,
        timbre=pack_timbre(rng.normal(size=COEFFICIENTS) * 5, spread @ spread.T) if timbre else None,
        rhythm=pack_rhythm(rng.dirichlet(np.ones(PATTERN)), np.ones(CHANGES)) if rhythm else None,
    )


def moments(flavor):
    """Give mean and covariance, with what cannot be told apart."""
    upper = np.triu_indices(COEFFICIENTS)
    numbers = unpack(flavor.timbre, COEFFICIENTS + len(upper[0])).astype(float)
    covariance = np.zeros((COEFFICIENTS, COEFFICIENTS))
    covariance[upper] = numbers[COEFFICIENTS:]
    return numbers[:COEFFICIENTS], covariance + np.triu(covariance, 1).T + np.eye(COEFFICIENTS)


def divergence(one, other):
    """Kullback-Leibler both ways, as the textbook has it."""
    (m1, s1), (m2, s2) = moments(one), moments(other)
    p1, p2 = np.linalg.inv(s1), np.linalg.inv(s2)
    apart = m1 - m2
    return np.trace(s1 @ p2) + np.trace(s2 @ p1) + apart @ (p1 + p2) @ apart - 2 * COEFFICIENTS


def test_timbres_are_as_far_apart_as_their_divergence_both_ways():
    """What is lacking, and so is the same of all, is subtracted."""
    flavors = [heard(seed, rhythm=False) for seed in range(5)]
    rows = features(flavors)
    lacking = sum(part.typical * part.counts for part in _PARTS)

    assert rows.shape == (5, FEATURES)
    for one in range(5):
        wanted = [np.sqrt(max(0.0, divergence(flavors[one], other))) for other in flavors]
        assert (distances(rows[one], rows) - lacking) / _OF_TIMBRE == pytest.approx(wanted, rel=0.02, abs=0.5)


def test_a_passage_is_nearest_to_itself_and_the_distance_is_the_same_from_both_ends():
    rows = features([heard(seed) for seed in range(6)])
    apart = distances(rows, rows)

    assert apart == pytest.approx(apart.T, abs=0.01)
    assert (np.argmin(apart, axis=0) == np.arange(6)).all()


def test_several_are_compared_at_once_as_each_by_itself():
    rows = features([heard(seed) for seed in range(5)])

    assert (
        pytest.approx(np.stack([distances(rows[0], rows), distances(rows[1], rows)]), abs=0.01)
        == distances(rows[:2], rows).T
    )


def test_the_version_is_that_of_these_numbers():
    """If features are others now: raise FEATURES_VERSION, since files in folders for caches have those of before."""
    (row,) = features([heard(0)])
    numbers = np.round(row[[0, 5, 91, 104, 110, 195, 208, 300, 380]].astype(float), 3).tolist()

    assert (FEATURES_VERSION, numbers) == (1, [1809.203, -15.204, -19.579, 45.024, -7.849, 0.617, 5.812, -0.091, 0.027])


def test_where_one_lacks_its_rhythm_it_is_as_far_as_is_typical():
    rows = features([heard(0), heard(0), heard(0, rhythm=False)])
    same, lacks = distances(rows[0], rows)[1:]

    pattern, changes, *_ = _PARTS
    assert lacks - same == pytest.approx(pattern.typical * pattern.counts + changes.typical * changes.counts, abs=0.1)


def test_without_a_timbre_nothing_can_be_said():
    rows = features([heard(0), heard(1, timbre=False)])

    assert np.isnan(distances(rows[0], rows)).tolist() == [False, True]
    assert features([]).shape == (0, FEATURES)
