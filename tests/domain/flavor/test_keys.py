"""Keys, from the pitches of a stretch of music."""

import numpy as np
import pytest

from passagework.domain.flavor.keys import KEYS, key_shares, notes
from passagework.domain.flavor.sound import PITCHES

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 11)}
CHORDS = {"major": (0, 4, 7), "minor": (0, 3, 7)}


@pytest.mark.parametrize("mode", SCALES)
@pytest.mark.parametrize("keynote", range(12))
def test_a_scale_with_its_chord_is_in_its_key(keynote, mode):
    heard = np.zeros(12)
    for step in (*SCALES[mode], *CHORDS[mode], 0):
        heard[(keynote + step) % 12] += 1
    shares = key_shares(heard / heard.sum())
    assert int(shares.argmax()) == keynote + (12 if mode == "minor" else 0)
    assert shares.sum() == pytest.approx(1)
    assert shares.max() > 0.5


def test_keys_have_the_usual_names():
    assert KEYS[1] == "Db major"
    assert KEYS[12 + 9] == "A minor"
    assert KEYS[12 + 8] == "G# minor"


def test_without_differences_no_key_is_more_likely():
    assert key_shares(np.full(12, 1 / 12)) == pytest.approx(np.full(24, 1 / 24))


def test_what_is_a_third_of_a_semitone_off_is_the_nearest_note():
    for note in range(12):
        for off in (-1, 0, 1):
            pitches = np.zeros(PITCHES)
            pitches[(3 * note + off) % PITCHES] = 1
            assert int(notes(pitches).argmax()) == note
