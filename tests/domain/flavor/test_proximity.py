import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.flavor.agreement import Agreement, agreement, usual_distances
from passagework.domain.flavor.proximity import farness, spread
from tests.support.effort import examples
from tests.support.made_flavors import several, two_way


def below(score):
    return math.erfc(-score / math.sqrt(2)) / 2


@examples(100)
@given(st.floats(-8, 8), st.floats(-8, 8))
def test_a_distance_is_far_by_the_share_of_those_that_are_nearer_to_one_or_the_other(one, other):
    found = farness(np.array([0.0]), -one, np.float32(1.0), np.array([-other]), np.array([1.0]))

    assert found[0] == pytest.approx(below(one) + below(other) - below(one) * below(other), rel=1e-6, abs=1e-18)


def test_among_the_very_near_the_nearest_is_still_told_apart():
    found = farness(np.array([0.0, 0.1, 0.2]), 9.0, np.float32(1.0), np.full(3, 9.0), np.ones(3))

    assert 0 < found[0] < found[1] < found[2] < 1e-17


def test_a_hub_that_is_near_to_everything_is_no_nearer_than_it_is_usual_for_it():
    distances = np.array([4.0, 4.0])
    hub, other = farness(distances, 5.0, np.float32(1.0), np.array([4.0, 6.0]), np.array([1.0, 1.0]))

    assert other < 0.2 < hub


def test_the_distance_to_itself_is_not_counted():
    distances = np.array([[0.0, 2.0, 4.0], [2.0, 0.0, 3.0], [5.0, 1.0, 3.0]], np.float32)
    itself = np.array([[True, False, False], [False, True, False], [False, False, False]])

    means, deviations = spread(distances, itself).T
    assert means.tolist() == [3.0, 2.5, 3.0]
    assert deviations == pytest.approx([1.0, 0.5, math.sqrt(8 / 3)])


def test_characteristics_are_called_alike_and_unlike_by_how_far_apart_they_usually_are():
    one = (two_way("mode", 0.5), several("key", 1, 0, 0), several("tempo", 0.5, 0.5, 0), two_way("voice", 0.5))
    other = (two_way("mode", 0.5), several("key", 0, 1, 0), several("tempo", 0.5, 0.4, 0.1), two_way("live", 1.0))
    usual = {"mode": 0.1, "key": 0.5, "tempo": 0.3, "voice": 0.2}

    assert agreement(one, other, usual) == Agreement(alike=("mode",), unlike=("key",))
    assert agreement(one, (), usual) == agreement(one, other, {}) == Agreement((), ())


def test_the_usual_distance_is_the_median_over_pairs_that_have_the_characteristic():
    flavors = [(two_way("voice", share),) for share in (0.0, 1.0, 1.0, 1.0)] + [(two_way("live", 1.0),)]

    assert usual_distances(flavors) == {"voice": 0.0}
    assert usual_distances(flavors[:2]) == {"voice": 1.0}
    assert usual_distances([]) == {}
