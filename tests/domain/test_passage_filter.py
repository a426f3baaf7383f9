import math
import pickle
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from passagework.domain.passage_filter import (
    FilterError,
    FilterFields,
    PassageFilter,
    PassageOrder,
    count_of,
    nanoseconds_of,
    order_of,
    wanted_of,
)
from passagework.domain.playable import NotPlayable

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)

ALL = {
    "artist": "The Owls",
    "album": "Night Lines",
    "song": "Late Bus",
    "work": "Opus",
    "text": "blue kind",
    "loudness_from": -20.5,
    "loudness_to": -8,
    "seconds_from": 30,
    "seconds_to": 400.25,
    "near": "05e90c6b",
    "within": 0.25,
    "playable": False,
    "not_playable_because": NotPlayable.REJECTED,
    "retired": True,
    "changed_since": NOW,
}


def test_a_filter_has_what_it_was_given():
    made = PassageFilter(**ALL)
    assert {one.name: getattr(made, one.name) for one in fields(made)} == ALL


def test_each_field_makes_another_filter():
    made = {PassageFilter(**ALL)}
    for name in ALL:
        without = {key: value for key, value in ALL.items() if key != name}
        if name in {"near", "within"}:
            without = {key: value for key, value in without.items() if key not in {"near", "within"}}
        if name != "playable":  # follows from the reason
            made.add(PassageFilter(**without))
    assert len(made) == 1 + len(ALL) - 2


def test_the_fields_that_functions_take_are_those_of_the_filter():
    assert {one.name for one in fields(PassageFilter)} == {*FilterFields.__annotations__, "text", "playable"}


def test_a_filter_is_equal_to_one_that_asks_for_the_same_and_survives_a_pickle():
    one = PassageFilter(near={"mood": {"sad": 0.2, "happy": 0.8}, "key": {"a": 1, "b": 0}}, within=0.5)
    other = PassageFilter(near={"key": {"b": 0, "a": 1}, "mood": {"happy": 0.8, "sad": 0.2}}, within=0.5)
    assert one == other
    assert hash(one) == hash(other)
    assert one.near == (("key", (("a", 1.0), ("b", 0.0))), ("mood", (("happy", 0.8), ("sad", 0.2))))
    assert replace(one, within=0.25).near == one.near
    assert pickle.loads(pickle.dumps(one)) == one


def test_shares_that_are_changed_later_change_no_filter():
    shares = {"mood": {"happy": 0.8, "sad": 0.2}}
    made = PassageFilter(near=shares, within=0.5)
    shares["mood"]["happy"] = 0.1
    assert made.near == (("mood", (("happy", 0.8), ("sad", 0.2))),)


def test_a_reason_asks_for_what_cannot_be_played():
    assert PassageFilter(not_playable_because="missing") == PassageFilter(
        playable=False, not_playable_because=NotPlayable.MISSING
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"artist": ""},
        {"album": " \t"},
        {"song": "x" * 1_001},
        {"work": 7},
        {"text": "half \ud800"},
        {"text": "zero \0"},
        {"artist": b"bytes"},
        {"loudness_from": math.nan},
        {"loudness_to": math.inf},
        {"loudness_from": -1e9},
        {"loudness_from": -8, "loudness_to": -9},
        {"loudness_from": True},
        {"loudness_to": "loud"},
        {"seconds_from": -1},
        {"seconds_to": 10**400},
        {"seconds_from": 2, "seconds_to": 1},
        {"near": "05e90c6b"},
        {"within": 0.5},
        {"near": "05e90c6b", "within": 1.01},
        {"near": "05e90c6b", "within": math.nan},
        {"near": "05e9", "within": 0.5},
        {"near": "x" * 10**6, "within": 0.5},
        {"near": {}, "within": 0.5},
        {"near": {"mood": {"happy": 1}}, "within": 0.5},
        {"near": {"mood": {"happy": 1, "sad": -0.1}}, "within": 0.5},
        {"near": {"mood": {"happy": math.nan, "sad": 0}}, "within": 0.5},
        {"near": {"mood": {"ha:ppy": 1, "sad": 0}}, "within": 0.5},
        {"near": {7: {"happy": 1, "sad": 0}}, "within": 0.5},
        {"near": {"mood": 3}, "within": 0.5},
        {"near": [1, 2], "within": 0.5},
        {"near": 7, "within": 0.5},
        {"playable": "yes"},
        {"playable": 1},
        {"retired": None},
        {"not_playable_because": "boring"},
        {"not_playable_because": 3},
        {"changed_since": -1},
        {"changed_since": 1 << 63},
        {"changed_since": True},
        {"changed_since": 1.5},
        {"changed_since": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is what is refused
        {"changed_since": "yesterday"},
    ],
)
def test_what_cannot_be_is_refused_with_a_code(wrong):
    with pytest.raises(FilterError) as refused:
        PassageFilter(**wrong)
    assert refused.value.code == "filter-invalid"
    assert len(str(refused.value)) < 300


def test_orders_are_known_by_name_and_others_refused():
    assert [order_of(one.value) for one in PassageOrder] == list(PassageOrder)
    with pytest.raises(FilterError, match="path, title, artist"):
        order_of("random")


@pytest.mark.parametrize("wrong", [0, -1, 11, True, 1.5, "3", None, 10**400])
def test_a_limit_is_a_number_within_its_bounds(wrong):
    assert count_of("limit", 10, 10) == 10
    with pytest.raises(FilterError, match="from 1 to 10"):
        count_of("limit", wrong, 10)


def test_a_moment_has_the_same_nanoseconds_in_every_time_zone():
    there = NOW.astimezone(timezone(timedelta(hours=-7, minutes=30)))
    assert nanoseconds_of(NOW) == nanoseconds_of(there) == 1_777_863_721 * 10**9
    assert nanoseconds_of(datetime.min.replace(tzinfo=UTC)) < 0


def test_a_function_takes_a_filter_or_the_fields_of_one():
    made = PassageFilter(artist="The Owls")
    assert wanted_of(made, text=None, fields={}) is made
    assert wanted_of(None, text="blue", fields={"album": "A"}) == PassageFilter(text="blue", album="A")
    for wanted, text, others in (
        (made, "blue", {}),
        (made, None, {"album": "A"}),
        ("made", None, {}),
        (None, None, {"artst": 1}),
    ):
        with pytest.raises(FilterError):
            wanted_of(wanted, text=text, fields=others)
