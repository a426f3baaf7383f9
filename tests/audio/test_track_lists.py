"""Files that are analysed with the track list of the release that they hold."""

import os

import numpy as np
import pytest

from passagework.audio.analyze import analyze_file
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource, Given, GivenCuts, GivenPiece, write_bounds
from passagework.domain.jobs import AnalysisJob
from passagework.domain.track_lists.track_list import write_track_list
from passagework.domain.units import NO_TIME, TICKS_PER_SECOND, seconds
from tests.domain.track_lists.test_track_list import listed

RATE = 8_000
FITS, OTHER = write_track_list(listed(12, 18)), write_track_list(listed(2, 28))


@pytest.fixture
def analyze(tmp_path):
    """Give a function that analyses thirty seconds of noise with a silence of 0.5 s in them."""
    path = tmp_path / "a.flac"
    samples = np.random.default_rng(1).uniform(-0.1, 0.1, (30 * RATE, 1)).astype(np.float32)
    samples[12 * RATE : 12 * RATE + RATE // 2] = 0
    write_audio(path, samples, RATE, AudioForm.FLAC)

    def run(**given):
        rules = AnalysisRules(fingerprint=False, true_peak=False)
        return analyze_file(AnalysisJob(os.fsencode(path), FileStamp(0, 0), rules, given=Given(**given)))

    return run


@pytest.fixture
def audio(analyze):
    return analyze().audio_hash


def bounds(found):
    return [(round(seconds(one.start), 1), round(seconds(one.end), 1)) for one in found.passages]


def test_its_pieces_are_cut_where_they_are_and_are_named(analyze, audio):
    found = analyze(track_list=FITS, list_of=audio)
    assert (found.cut_by, found.made_list, found.warnings) == (CutSource.TRACK_LIST, FITS, ())
    assert 0.6 <= found.list_score <= 1
    assert bounds(found) == [(0, 12), (12.5, 30)]
    assert [(one.piece.track, one.piece.title) for one in found.passages] == [(1, "Song 1"), (2, "Song 2")]


def test_one_that_does_not_fit_is_noted_and_warned_about(analyze, audio):
    write_other = write_track_list(listed(40, 90))
    found = analyze(track_list=write_other, list_of=audio)
    assert (found.cut_by, found.made_list, found.warnings) == (None, write_other, (WarningCode.LIST_NOT_MATCHED,))
    assert bounds(found) == [(0, 30)]


def test_a_list_of_other_audio_is_not_looked_at(analyze):
    found = analyze(track_list=FITS, list_of=b"other")
    assert (found.cut_by, found.made_list, found.list_score, found.warnings) == (None, None, None, ())


def test_what_a_person_or_a_sheet_cuts_needs_no_list(analyze, audio):
    given = {"track_list": OTHER, "list_of": audio}
    sheet = GivenCuts(
        source=CutSource.CUE_SHEET, pieces=tuple(GivenPiece(start=at * TICKS_PER_SECOND) for at in (NO_TIME, 20))
    )
    by_person = write_bounds([])[:-1] + f"[0,{5 * TICKS_PER_SECOND},null]]"
    for more, by in (({"sheet": sheet}, CutSource.CUE_SHEET), ({"bounds": by_person}, CutSource.PERSON)):
        found = analyze(**given, **more)
        assert (found.cut_by, found.made_list, found.list_score, found.warnings) == (by, None, None, ())
