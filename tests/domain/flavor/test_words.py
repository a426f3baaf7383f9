"""Key and tempo in words."""

import pytest

from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.flavor.words import key_words, tempo_words


def flavor(*groups, tempo=None):
    return Flavor(level=FlavorLevel.BASIC, groups=groups, seconds=60.0, tempo=tempo)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.7, "A minor"), (0.4, "A minor (not certain)"), (0.3, "no clear key, perhaps A minor or C major")],
)
def test_a_key_is_said_as_certainly_as_it_is_heard(share, words):
    keys = (("C major", 0.2), ("A minor", share), ("others", 0.8 - share if share < 0.6 else 0.1))
    if share == 0.3:
        keys = (("C major", 0.2), ("A minor", share), ("G major", 0.1), ("D major", 0.1), ("F major", 0.1))
    assert key_words(flavor(("key", keys))) == words


@pytest.mark.parametrize(
    ("beat", "first", "words"),
    [
        (0.6, 0.9, "about 92 BPM, or half or double"),
        (0.6, 0.5, "about 92 BPM, or half or double (not certain)"),
        (0.2, 0.9, "about 92 BPM, or half or double (not certain)"),
        (0.05, 0.9, "no clear beat"),
        (0.6, 0.1, "no clear beat"),
    ],
)
def test_a_tempo_is_said_as_certainly_as_a_beat_is_heard(beat, first, words):
    pulse = ("pulse", (("beat", beat), ("no beat", 1 - beat)))
    tempos = ("tempo", (("92 BPM", first), *((f"{other} BPM", (1 - first) / 11) for other in range(11))))
    assert tempo_words(flavor(pulse, tempos, tempo=91.7)) == words


def test_of_what_is_not_known_nothing_is_said():
    assert key_words(flavor()) is None
    assert tempo_words(flavor(tempo=90.0)) is None
    assert tempo_words(flavor(("pulse", (("beat", 0.0), ("no beat", 1.0))))) is None
