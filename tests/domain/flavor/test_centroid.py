import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.flavor.centroid import centroid
from tests.support.effort import examples
from tests.support.made_flavors import flavors, two_way

WEIGHTS = st.floats(0.5, 3600)


def as_dicts(groups):
    return {name: dict(members) for name, members in groups}


def test_songs_count_by_their_running_time_and_what_only_some_have_is_the_mean_of_those():
    songs = [
        ((two_way("danceability", 0.2), two_way("voice", 0.9)), 287.0),
        ((two_way("voice", 0.5),), 372.0),
        ((two_way("danceability", 0.6), two_way("voice", 0.1)), 304.0),
    ]
    found = as_dicts(centroid(songs))

    assert [round(weight / 963, 3) for _, weight in songs] == [0.298, 0.386, 0.316]
    assert found["danceability"]["yes"] == pytest.approx((0.2 * 0.298 + 0.6 * 0.316) / (0.298 + 0.316), abs=1e-3)
    assert found["voice"]["yes"] == pytest.approx(0.9 * 0.298 + 0.5 * 0.386 + 0.1 * 0.316, abs=1e-3)


def test_a_member_that_only_some_have_is_the_mean_of_those_and_the_shares_sum_to_1_again():
    one = (("rhythm", (("waltz", 0.5), ("tango", 0.3), ("other", 0.2))),)
    other = (("rhythm", (("waltz", 0.6), ("rumba", 0.4))),)

    total = 0.55 + 0.3 + 0.4 + 0.2
    assert as_dicts(centroid([(one, 1), (other, 1)])) == {
        "rhythm": pytest.approx(
            {n: v / total for n, v in [("waltz", 0.55), ("tango", 0.3), ("rumba", 0.4), ("other", 0.2)]}
        )
    }


def test_what_does_not_sound_counts_for_nothing():
    assert centroid([((two_way("voice", 0.9),), 0), ((two_way("voice", 0.1),), 2)]) == (two_way("voice", 0.1),)
    assert centroid([((two_way("voice", 0.9),), 0)]) == ()
    assert centroid([]) == ()


def test_a_characteristic_that_is_0_all_over_is_left_out():
    assert centroid([((("voice", (("yes", 0.0), ("no", 0.0))),), 1)]) == ()


@examples(50)
@given(flavors(), st.lists(WEIGHTS, min_size=1, max_size=5))
def test_the_centroid_of_equal_flavors_is_that_flavor(flavor, weights):
    found = as_dicts(centroid([(flavor, weight) for weight in weights]))

    assert found == {name: pytest.approx(members) for name, members in as_dicts(flavor).items()}


@examples(50)
@given(
    st.lists(st.tuples(flavors(), WEIGHTS), min_size=1, max_size=4).flatmap(
        lambda songs: st.tuples(st.just(songs), st.permutations(songs))
    )
)
def test_the_order_makes_no_difference_and_every_characteristic_sums_to_1(songs_twice):
    songs, others = songs_twice

    assert centroid(songs) == centroid(others)
    assert all(sum(members.values()) == pytest.approx(1) for members in as_dicts(centroid(songs)).values())
