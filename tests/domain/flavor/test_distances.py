"""How far passages are from one another."""

import dataclasses
import math

import numpy as np
import pytest

from passagework.domain.flavor.distances import FEATURES, distances, features
from passagework.domain.flavor.timbre import COEFFICIENTS
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.flavor.vectors import pack, pack_timbre


def gaussian(seed):
    random = np.random.default_rng(seed)
    spread = random.normal(0, 4, (COEFFICIENTS, 2 * COEFFICIENTS))
    mean = np.where(np.arange(COEFFICIENTS) < 2, 40.0, 0.0) + random.normal(0, 10, COEFFICIENTS)
    return mean, spread @ spread.T / COEFFICIENTS


def flavor(seed, **others):
    values = {"groups": (), "timbre": pack_timbre(*gaussian(seed))} | others
    return Flavor(level=FlavorLevel.BASIC, seconds=60.0, **values)


def from_first(*flavors, embedding=0):
    rows = features(flavors, embedding)
    return distances(rows[0], rows)


def divergence(one, other):
    (mean, spread), (mean_2, spread_2) = (
        (mean, spread + np.eye(COEFFICIENTS)) for mean, spread in (gaussian(one), gaussian(other))
    )
    both = np.linalg.inv(spread) + np.linalg.inv(spread_2)
    apart = mean - mean_2
    traces = np.trace(spread @ np.linalg.inv(spread_2)) + np.trace(spread_2 @ np.linalg.inv(spread))
    return traces + apart @ both @ apart - 2 * COEFFICIENTS


def test_timbres_are_compared_by_the_symmetric_divergence():
    found = from_first(*map(flavor, range(5)))
    assert found[0] == pytest.approx(found.min())
    apart = found[1:] - found[0]
    expected = [math.sqrt(divergence(0, other)) / 2.8 for other in range(1, 5)]
    assert apart == pytest.approx(expected, rel=0.01, abs=0.03)


def test_it_is_as_far_there_as_back():
    rows = features(list(map(flavor, range(6))))
    matrix = np.array([distances(row, rows) for row in rows])
    assert matrix == pytest.approx(matrix.T, abs=1e-3)


def test_shares_that_only_one_has_make_it_neither_near_nor_far():
    notes = (("pitch", tuple((str(note), 1.0 if note == 0 else 0.0) for note in range(12))),)
    others = (("pitch", tuple((str(note), 1.0 if note == 6 else 0.0) for note in range(12))),)
    same, none, other = from_first(
        flavor(1, groups=notes), flavor(1, groups=notes), flavor(1), flavor(1, groups=others)
    )[1:]
    assert same < none < other


def test_embeddings_are_compared_where_both_have_one():
    one, other = np.eye(4, dtype=np.float32)[:2]
    pieces = [flavor(1, embedding=pack(one)), flavor(1, embedding=pack(3 * one)), flavor(1, embedding=pack(other))]
    itself, scaled, far = from_first(*pieces, embedding=4)
    assert scaled == pytest.approx(itself, abs=0.02)
    assert far > itself + 5
    assert features(pieces).shape == (3, FEATURES)


def test_without_a_timbre_nothing_can_be_said():
    found = from_first(flavor(1), flavor(1, timbre=None))
    assert not np.isnan(found[0])
    assert np.isnan(found[1])
    assert features([]).shape == (0, FEATURES)


def test_a_covariance_that_rounding_has_broken_is_compared():
    mean, spread = gaussian(1)
    spread[0] = spread[:, 0] = 60_000.0
    broken = dataclasses.replace(flavor(1), timbre=pack_timbre(mean, spread))
    assert np.isfinite(from_first(flavor(2), broken)).all()


@pytest.mark.parametrize("vector", [{"timbre": b"\0" * 8}, {"rhythm": b""}, {"rhythm": b"\xff\xff" * 180}])
def test_other_vectors_are_refused(vector):
    with pytest.raises(ValueError, match=r"expected|no number|none"):
        features([flavor(1, **vector)])
