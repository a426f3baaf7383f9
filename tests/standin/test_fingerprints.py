"""The comparison behind the stand-in's answers: what it takes for the same, and what it does not."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.fingerprint_text import encode
from passagework.standin.fingerprints import NotAFingerprintError, items_of_file, likeness, unpack

RATE = 22_050
ITEMS_PER_SECOND = 11_025 / 1_365


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60))
def test_what_is_packed_is_unpacked_as_it_was(items):
    items = np.array(items, np.uint32)
    assert unpack(encode(items)).tolist() == items.tolist()


@given(st.text(max_size=40))
def test_what_is_no_fingerprint_is_refused(text):
    with suppress(NotAFingerprintError):
        assert unpack(text).dtype == np.uint32


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
