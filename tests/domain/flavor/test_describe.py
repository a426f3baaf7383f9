"""Descriptions of slots: means over time, so that parts can be put together."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.flavor.describe import GROUPS, Description
from passagework.domain.flavor.sound import BANDS, FRAMES, FRAMES_PER_SECOND, PITCHES, SHORTEST, WINDOW, Sound
from passagework.domain.flavor.vectors import unpack_rhythm, unpack_timbre
from tests.support.effort import examples

OF_FRAMES = {"pitch", "spectrum", "dynamics", "timbre"}
"""Groups that need no stretch of music."""


def noise(slots, seed):
    """Give slots of a made passage, some of them silent."""
    random = np.random.default_rng(seed)
    frames = slots * FRAMES
    tilt = np.linspace(random.uniform(30, 60), random.uniform(0, 40), BANDS)
    beat = 12 * (np.arange(frames) % random.integers(15, 40) < 3)
    bands = np.maximum(tilt + beat[:, None] + random.normal(0, 6, (frames, BANDS)), 0).astype(np.float32)
    heard = np.ones(frames, bool)
    if slots > 3 * SHORTEST:
        silent = random.integers(0, slots - 20)
        heard[silent * FRAMES : (silent + 15) * FRAMES] = False
    pitches = random.random((slots, PITCHES)).astype(np.float32) ** 4
    pitches[heard.reshape(-1, FRAMES).sum(axis=1) == 0] = 0
    sums = pitches.sum(axis=1, keepdims=True)
    levels = random.normal(-3, 6, slots).astype(np.float32)
    return Sound(bands, heard, levels, pitches / np.where(sums > 0, sums, 1), FRAMES_PER_SECOND)


def described(*sounds):
    description = Description()
    for sound in sounds:
        description.add(sound)
    return description.finish()


def centroid(flavors):
    """Average groups, weighted with seconds."""
    weights = [flavor.seconds for flavor in flavors]
    means = {
        name: np.average([[share for _, share in dict(flavor.groups)[name]] for flavor in flavors], 0, weights)
        for name, _ in flavors[0].groups
    }
    return {name: dict(zip(GROUPS[name], mean, strict=True)) for name, mean in means.items()}


@examples(8)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(0, SHORTEST - 1), st.integers(0, 1000))
def test_the_centroid_of_the_parts_is_the_whole(windows, rest, seed):
    whole = noise(sum(windows) * WINDOW + rest, seed)
    edges = [0, *(WINDOW * sum(windows[: count + 1]) for count in range(len(windows)))]
    edges[-1] = whole.slots
    parts = [described(whole.part(start, end)) for start, end in pairwise(edges)]
    flavor, mean = described(whole), centroid(parts)
    assert flavor.seconds == pytest.approx(sum(part.seconds for part in parts), abs=0.02)
    for name, members in flavor.groups:
        # The last part also counts for what is too short at its end for a window of its own.
        unheard = 0.0 if name in OF_FRAMES else rest / whole.slots
        assert dict(members) == pytest.approx(mean[name], abs=2e-4 + unheard)


@examples(15)
@given(st.integers(SHORTEST, 2 * WINDOW), st.integers(0, 1000))
def test_every_group_has_its_members_and_sums_to_one(slots, seed):
    flavor = described(noise(slots, seed))
    assert {name: tuple(member for member, _ in members) for name, members in flavor.groups} == dict(GROUPS)
    for _, members in flavor.groups:
        assert math.fsum(share for _, share in members) == pytest.approx(1, abs=1e-12)
        assert all(round(share, 4) == share >= 0 for _, share in members)


def test_chunks_are_as_good_as_the_whole():
    whole = noise(3 * WINDOW, 5)
    chunks = [whole.part(start, start + WINDOW) for start in range(0, whole.slots, WINDOW)]
    one, other = described(whole), described(*chunks)
    assert one.tempo == other.tempo
    assert [name for name, _ in one.groups] == [name for name, _ in other.groups]
    for (_, members), (_, same) in zip(one.groups, other.groups, strict=True):
        assert dict(members) == pytest.approx(dict(same), abs=2e-4)
    for unpack, packed, same in ((unpack_timbre, one.timbre, other.timbre), (unpack_rhythm, one.rhythm, other.rhythm)):
        for numbers, others in zip(unpack(packed), unpack(same), strict=True):
            assert numbers == pytest.approx(others, rel=2e-3, abs=2e-3)


def test_what_is_too_short_has_no_rhythm_and_no_key():
    flavor = described(noise(SHORTEST - 1, 1))
    assert {name for name, _ in flavor.groups} == OF_FRAMES
    assert flavor.tempo is None
    assert flavor.rhythm is None


def test_of_silence_nothing_is_said():
    assert described() is None
    sound = noise(40, 1)
    silent = Sound(sound.bands, np.zeros_like(sound.heard), sound.levels, sound.pitches, sound.rate)
    assert described(silent) is None


def test_sound_that_never_changes_has_no_tempo():
    slots = 2 * WINDOW
    steady = Sound(
        np.full((slots * FRAMES, BANDS), 40, np.float32),
        np.ones(slots * FRAMES, bool),
        np.zeros(slots, np.float32),
        np.zeros((slots, PITCHES), np.float32),
        FRAMES_PER_SECOND,
    )
    flavor = described(steady)
    assert flavor.tempo is None
    assert dict(dict(flavor.groups)["pulse"]) == {"beat": 0.0, "no beat": 1.0}
    assert "key" not in dict(flavor.groups)
