"""From tags to characteristics: shares that sum to 1, of a passage and of its parts."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.flavor.tag_groups import groups_of_tags
from passagework.domain.flavor.tag_names import MSD_TAGS, MTT_TAGS


def tags(patches, seed=1):
    return tuple(np.random.default_rng(seed).random((patches, 50)).astype(np.float32) ** 4 for _ in range(2))


def heard(**strengths):
    """The shares of one patch in which only these tags are heard; ``msd_rock`` is of the Million Song Dataset."""
    msd, mtt = np.zeros((1, 50), np.float32), np.zeros((1, 50), np.float32)
    for name, strength in strengths.items():
        if name.startswith("msd_"):
            msd[0, MSD_TAGS.index(name[4:])] = strength
        else:
            mtt[0, MTT_TAGS.index(name.replace("_", " "))] = strength
    return {name: dict(members) for name, members in groups_of_tags(msd, mtt)}


def test_there_are_four_groups_whose_shares_sum_to_1():
    groups = groups_of_tags(*tags(7))
    assert [name for name, _ in groups] == ["instruments", "voice", "character", "speed"]
    for _, members in groups:
        assert sum(share for _, share in members) == pytest.approx(1, abs=1e-9)
        assert all(type(share) is float and 0 <= share <= 1 for _, share in members)
        assert len({name for name, _ in members}) == len(members)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.integers(0, 1000))
def test_parts_weighted_with_their_patches_are_the_whole(lengths, seed):
    msd, mtt = tags(sum(lengths), seed)
    edges = np.cumsum([0, *lengths])
    parts = [groups_of_tags(msd[start:end], mtt[start:end]) for start, end in pairwise(edges)]
    for number, (_, members) in enumerate(groups_of_tags(msd, mtt)):
        of_parts = [[share for _, share in part[number][1]] for part in parts]
        np.testing.assert_allclose(np.average(of_parts, axis=0, weights=lengths), [share for _, share in members])


def test_a_tag_that_is_heard_alone_has_its_group_for_itself():
    assert heard(sitar=0.6)["instruments"]["sitar"] > 0.99
    assert heard(no_vocals=0.3)["voice"]["no voice"] > 0.99
    assert heard(msd_jazz=0.4)["character"]["jazz"] > 0.99
    assert heard(fast=0.9)["speed"]["fast"] > 0.99


def test_words_for_the_same_count_once():
    assert heard(violin=0.4, strings=0.3, cello=0.2, piano=0.4)["instruments"]["strings"] == pytest.approx(
        0.5, abs=1e-4
    )
    assert heard(male_vocal=0.3, woman=0.2, voice=0.1, no_voice=0.1)["voice"]["voice"] == pytest.approx(0.75, abs=1e-4)


def test_tags_of_the_same_name_in_both_nets_are_one_kind():
    assert heard(rock=0.2, msd_rock=0.6, msd_jazz=0.2)["character"]["rock"] == pytest.approx(0.75, abs=1e-4)


def test_where_no_tag_is_heard_all_shares_are_alike():
    for members in heard().values():
        assert max(members.values()) == pytest.approx(1 / len(members))


def test_moods_genders_decades_and_loudness_are_not_claimed():
    words = {word for group in heard().values() for name in group for word in name.split()}
    assert words.isdisjoint({"happy", "sad", "sexy", "party", "female", "male", "woman", "man", "80s", "loud", "quiet"})
