import pytest
from hypothesis import given

from passagework.domain.flavor.distance import GroupDistance, Ways, flavor_distance
from tests.support.effort import examples
from tests.support.made_flavors import flavors, several, two_way

# Of the rhythm, six members are in both; each flavor has others beside them.
ONE = (
    two_way("danceability", 0.17),
    two_way("gender", 0.90),
    two_way("voice", 0.74),
    several("genre_electronic", 0.11, 0.03, 0.47, 0.02, 0.37),
    ("rhythm", (("a", 0.30), ("b", 0.20), ("c", 0.10), ("d", 0.05), ("e", 0.02), ("f", 0.03), ("tango", 0.30))),
)
OTHER = (
    two_way("danceability", 0.93),
    two_way("gender", 0.33),
    two_way("voice", 0.78),
    several("genre_electronic", 0.11, 0.03, 0.01, 0.82, 0.03),
    ("rhythm", (("waltz", 0.49), ("f", 0.04), ("a", 0.05), ("e", 0.01), ("b", 0.35), ("c", 0.07), ("d", 0.07))),
)


def test_the_worked_example_gives_the_worked_result():
    found = flavor_distance(ONE, OTHER)

    assert found.binary == pytest.approx(0.9041 / 3)
    assert found.complex == pytest.approx((0.9672 / 5 + 0.0865 / 6) / 2)
    assert found.distance == pytest.approx(0.202648, abs=5e-7)


def test_each_characteristic_that_both_have_tells_its_part():
    assert flavor_distance(ONE, OTHER).groups == (
        GroupDistance("danceability", Ways.BINARY, pytest.approx(0.76**2), 1),
        GroupDistance("gender", Ways.BINARY, pytest.approx(0.57**2), 1),
        GroupDistance("voice", Ways.BINARY, pytest.approx(0.04**2), 1),
        GroupDistance("genre_electronic", Ways.COMPLEX, pytest.approx(0.19344), 5),
        GroupDistance("rhythm", Ways.COMPLEX, pytest.approx(0.0865 / 6), 6),
    )


def test_what_has_no_flavor_is_1_from_everything_also_from_another_without():
    assert (
        flavor_distance((), ONE).distance == flavor_distance(ONE, ()).distance == flavor_distance((), ()).distance == 1
    )


def test_no_binary_characteristic_in_common_counts_as_1_and_so_does_no_complex_one():
    binary, complex_ = (two_way("voice", 0.5),), (several("key", 0.2, 0.3, 0.5),)

    assert flavor_distance(binary, binary).distance == 0.5
    assert flavor_distance(complex_, complex_).distance == 0.5
    assert flavor_distance(binary, complex_).distance == 1


def test_a_complex_characteristic_without_a_common_member_is_left_out():
    with_others = (*ONE, ("mood", (("glad", 0.2), ("sad", 0.3), ("calm", 0.5))))
    with_none_of_them = (*OTHER, ("mood", (("red", 0.2), ("green", 0.3), ("blue", 0.5))))

    assert flavor_distance(with_others, with_none_of_them) == flavor_distance(ONE, OTHER)


def test_where_only_one_of_two_has_more_than_two_members_it_is_complex():
    found = flavor_distance((("season", (("winter", 0.5), ("summer", 0.5))),), (several("season", 1.0),))
    assert found.groups == ()

    found = flavor_distance(
        (("season", (("winter", 0.5), ("summer", 0.5))),), (("season", (("summer", 0.1), ("winter", 0.3), ("-", 0.6))),)
    )
    assert found.groups == (GroupDistance("season", Ways.COMPLEX, pytest.approx((0.04 + 0.16) / 2), 2),)


@examples(100)
@given(flavors(), flavors())
def test_the_distance_is_the_same_from_both_sides_and_within_0_and_1(one, other):
    found = flavor_distance(one, other)

    assert 0 <= found.distance <= 1
    assert flavor_distance(other, one).distance == pytest.approx(found.distance, abs=1e-12)


@examples(50)
@given(flavors())
def test_a_flavor_with_both_kinds_of_characteristics_is_0_from_itself(one):
    ways = {group.ways for group in flavor_distance(one, one).groups}

    assert flavor_distance(one, one).distance == 1 - len(ways) / 2
