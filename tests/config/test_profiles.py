"""Each profile does for its kind of music what its comments promise."""

from pathlib import Path

import numpy as np
import pytest

from passagework.config.settings import load_settings
from passagework.domain.cues import find_cues
from passagework.domain.file_levels import FileLevels
from passagework.domain.segmentation import find_cuts
from passagework.domain.spans import Span
from passagework.domain.stored_levels import steps_of

RATE = 1000
HOP = 10


def _rules(profile):
    return load_settings(Path("/dev/null"), profile=profile, environ={}).analysis_rules


def _levels(*stretches):
    """Lay stretches of (seconds, dBFS) end to end, a level for every 10 ms."""
    return np.concatenate([np.full(round(seconds * 100), level, dtype=np.float32) for seconds, level in stretches])


def _seconds(profile, *stretches):
    levels = _levels(*stretches)
    of_file = FileLevels.of(steps_of(levels), HOP, RATE)
    spans = find_cuts(of_file, len(levels) * HOP, _rules(profile).segmentation).passages
    return [(span.start / RATE, span.end / RATE) for span in spans]


@pytest.mark.parametrize("profile", ["vinyl", "cassette"])
def test_sides_have_shorter_gaps_than_other_files(profile):
    side = (1, -52), (180, -18), (2.2, -52), (200, -18), (1.3, -52), (150, -18), (3, -52)
    assert [round(start) for start, _ in _seconds("none", *side)] == [1, 183]
    assert [round(start) for start, _ in _seconds(profile, *side)] == [1, 183, 384]


def test_speech_is_one_programme_with_its_edges_trimmed():
    talk = (4, -90), (60, -22), (3.2, -90), (60, -22), (5, -90), (60, -22), (12, -90), (60, -22), (6, -90)
    assert len(_seconds("none", *talk)) == 4
    assert _seconds("speech", *talk) == [(4.0, pytest.approx(264.2))]


def test_live_keeps_an_announcement_with_the_piece_beside_it():
    concert = (300, -18), (2.5, -60), (240, -18), (5, -60), (20, -30), (6, -60), (280, -18)
    assert len(_seconds("none", *concert)) == 4
    assert [round(start) for start, _ in _seconds("live", *concert)] == [0, 574]


def test_vinyl_takes_the_needle_and_clicks_for_noise():
    side = (0.5, -52), (0.3, -10), (3, -52), (60, -18), (1, -52), (0.05, -6), (1, -52), (60, -18), (3, -52)
    assert [round(start) for start, _ in _seconds("vinyl", *side)] == [4, 66]


def test_archive_keeps_the_decay_that_the_default_cuts_off():
    decay = ((0.1, level) for level in np.linspace(-70, -109, 40))
    take = (1, -110), (60, -18), *decay, (2, -110)
    assert _seconds("none", *take)[0][1] == pytest.approx(61.9, abs=0.2)
    assert _seconds("archive", *take)[0][1] == pytest.approx(63.1, abs=0.2)


def test_archive_does_not_cut_at_a_general_pause():
    movement = (100, -30), (4, -90), (100, -30)
    assert len(_seconds("none", *movement)) == 2
    assert len(_seconds("archive", *movement)) == 1


def test_radio_keeps_short_jingles_apart():
    reel = (2, -15), (4, -90), (3, -15), (4, -90), (2, -15)
    assert len(_seconds("radio", *reel)) == 3


def test_radio_overlaps_more_of_an_ending_than_the_default_and_archive_less():
    fading = np.concatenate([_levels((60, -18)), np.linspace(-18, -78, 1000, dtype=np.float32)])
    of_file = FileLevels.of(steps_of(fading), HOP, RATE)
    whole = (Span(0, len(fading) * HOP),)
    leads = [find_cues(of_file, whole, _rules(name).cues)[0].lead_out for name in ("radio", "none", "archive")]
    assert leads == sorted(leads, reverse=True)
    assert len(set(leads)) == 3
