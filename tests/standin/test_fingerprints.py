"""The comparison behind the stand-in's answers: what it takes for the same, and what it does not."""

import numpy as np
import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.standin.fingerprints import items_of_file, likeness

RATE = 22_050
ITEMS_PER_SECOND = 11_025 / 1_365


@pytest.fixture(scope="module")
def music():
    # Each piece repeats itself after some bars; forty seconds of one would be found at a wrong place, too.
    return np.concatenate([compose(5 * RATE, RATE, seed) for seed in range(8)])


@pytest.fixture
def heard(tmp_path):
    def hear(samples, form=AudioForm.FLAC):
        path = tmp_path / f"{form}{form.suffix}"
        write_audio(path, samples, RATE, form)
        items = items_of_file(str(path))
        path.unlink()
        return items

    return hear


@pytest.mark.slow
def test_a_copy_in_a_lossy_format_is_nearly_the_same_and_other_music_is_nothing(heard, music):
    original = heard(music)
    assert likeness(original, original) == 1.0
    assert likeness(heard(music, AudioForm.MP3), original) > 0.9
    assert likeness(heard(compose(40 * RATE, RATE, 4)), original) < 0.4


@pytest.mark.slow
def test_a_cut_that_is_wrong_by_5_seconds_is_found_and_by_12_seconds_is_not(heard, music):
    original = heard(music)
    assert likeness(heard(music[5 * RATE :]), original) > 0.5
    assert likeness(heard(music[12 * RATE :]), original) < 0.4
