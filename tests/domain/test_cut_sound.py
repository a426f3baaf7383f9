"""Edges that cut through sound have no lead; those where the music ends or begins have one."""

import numpy as np
import pytest

from passagework.domain.analysis_rules import CueRules
from passagework.domain.cues import find_cues
from passagework.domain.file_levels import FileLevels
from passagework.domain.spans import Span
from passagework.domain.stored_levels import steps_of

RATE, HOP = 44_100, 441


def flat(length, level):
    return np.full(round(length * 100), level, np.float32)


def falling(length, top, bottom):
    return np.linspace(top, bottom, round(length * 100), dtype=np.float32)


def restless(length, level):
    """Beats that die away by 12 dB, twice a second."""
    return level - 12.0 * (np.arange(round(length * 100)) % 50 / 50).astype(np.float32)


def leads(inside, before=(), behind=()):
    """Give the leads in seconds of a passage with these levels before and behind it."""
    steps = steps_of(np.concatenate((*before, *inside, *behind)))
    first, length = (sum(part.size for part in parts) for parts in (before, inside))
    (cues,) = find_cues(FileLevels.of(steps, HOP, RATE), (Span(first * HOP, (first + length) * HOP),), CueRules())
    return cues.lead_in / RATE, cues.lead_out / RATE


SONG = restless(45, -10.0)


@pytest.mark.parametrize(
    "rest",
    [
        (restless(3.2, -10.0),),
        (flat(2, -24.0),),
        (flat(9, -30.0),),
        (flat(9, -36.0),),
        (falling(5, -16.0, -45.0), flat(2, -45.0)),
        (flat(4, -32.0),),
        (falling(0.2, -16.0, -38.0),),
    ],
    ids=[
        "beats",
        "applause",
        "softer applause",
        "distant applause",
        "wind after a fade",
        "a held note",
        "a drum break",
    ],
)
def test_a_file_that_ends_or_begins_inside_sound_has_no_lead_there(rest):
    assert leads((SONG, *rest))[1] == 0
    inwards = tuple(part[::-1] for part in reversed(rest))
    assert leads((*inwards, SONG))[0] == 0


@pytest.mark.parametrize(
    ("ending", "lead"),
    [
        ((falling(3, -14.0, -74.0),), 1.8),
        ((falling(1.5, -14.0, -50.0),), 0.55),
        ((falling(2, -14.0, -63.0), flat(0.5, -63.0)), 1.5),
    ],
    ids=["to nothing", "cut a bit early", "into faint noise"],
)
def test_an_ending_at_the_end_of_a_file_is_one(ending, lead):
    assert leads((SONG, *ending))[1] == pytest.approx(lead, abs=0.2)


def test_some_silence_that_a_codec_put_around_the_audio_changes_nothing():
    padding = (flat(0.05, -np.inf),)
    held = flat(2, -40.0)
    assert leads((held, SONG, held), padding, padding) == (0, 0)


def test_what_is_followed_by_silence_in_its_file_is_an_ending():
    assert leads((SONG, flat(2, -42.0)), behind=(flat(1, -np.inf),))[1] == pytest.approx(2.0, abs=0.1)


def test_what_is_followed_by_the_noise_of_its_file_is_an_ending():
    noise = flat(3, -52.0)
    inside, behind = (SONG, falling(1, -14.0, -52.0)), (noise, SONG, noise)
    assert leads(inside, (noise,), behind)[1] == pytest.approx(0.4, abs=0.2)


def test_a_passage_that_another_one_touches_in_sound_has_no_lead_there():
    assert leads((SONG, flat(2, -40.0)), behind=(flat(2, -40.0), SONG))[1] == 0
    assert leads((flat(2, -40.0), SONG), before=(SONG, flat(2, -40.0)))[0] == 0
