"""Files that are cut by a list: where its tracks are, and where they are not."""

import numpy as np
import pytest

from passagework.domain.chosen_cuts import Heard, choose
from passagework.domain.given_cuts import CutSource, Given, GivenCuts, GivenPiece
from passagework.domain.spans import Span
from passagework.domain.track_lists.cut_by_list import cut_by_list
from passagework.domain.track_lists.joining import Joining
from passagework.domain.track_lists.track_list import write_track_list
from passagework.domain.units import TICKS_PER_SECOND, seconds
from tests.domain.track_lists.test_track_list import listed

RATE = 1_000
AUDIO = b"audio"


def heard(*sounds, until, passages=None):
    spans = tuple(Span(round(start * RATE), round(end * RATE)) for start, end in sounds)
    found = spans if passages is None else tuple(Span(start * RATE, end * RATE) for start, end in passages)
    return Heard(passages=found, sounds=spans, samples=until * RATE, sample_rate=RATE, shortest=10.0)


def cut(file, *lengths, of=AUDIO):
    given = Given(track_list=write_track_list(listed(*lengths)), list_of=of)
    return cut_by_list(given, AUDIO, file, Changing())


class Changing:
    """Something changes everywhere."""

    def around(self, place, before, behind):
        assert before >= 0
        assert behind >= 0
        return Joining(place - 8, np.ones(160), 0.6)


def bounds(found):
    return [(seconds(one.start), seconds(one.end)) for one in found.pieces]


def test_tracks_are_cut_at_silences_and_named_as_the_list_says():
    file = heard((0, 60), (62, 100), (100.5, 150), until=150, passages=[(0, 60), (62, 150)])
    found = cut(file, 61, 38, 50)
    assert found.matched
    assert found.score > 0.9
    assert bounds(found) == [(0, 61), (61, 100.25), (100.25, 150)]
    assert [(one.track, one.title, one.performer) for one in found.pieces] == [
        (number, f"Song {number}", None) for number in (1, 2, 3)
    ]


def test_what_runs_on_is_divided_by_the_lengths_and_a_lost_length_is_shared():
    found = cut(heard((1, 91), until=92), 30, 60)
    assert bounds(found) == [(0, pytest.approx(31, abs=0.5)), (pytest.approx(31, abs=0.5), 92)]
    found = cut(heard((0, 88), until=88), 30, 60)
    assert bounds(found)[0][1] == pytest.approx(29, abs=0.5)


def test_a_track_of_unknown_length_has_what_is_left():
    file = heard(*((21 * number, 21 * number + 20) for number in range(7)), (147, 190), until=190)
    assert bounds(cut(file, *[20] * 7, None))[-1] == (146.5, 190)


def test_lengths_that_the_silences_contradict_do_not_fit():
    file = heard((0, 50), (53, 100), (103, 150), until=150)
    found = cut(file, 20, 110, 20)
    assert (found.matched, found.pieces) == (False, ())
    assert 0 <= found.score < 0.3


def test_where_the_passages_that_are_heard_are_the_tracks_no_list_is_needed():
    found = cut(heard((0, 60), (62, 100), until=100), 61, 39)
    assert (found.matched, found.pieces) == (True, ())


def test_a_list_is_of_the_audio_of_which_it_was_found():
    assert cut(heard((0, 90), until=90), 30, 60, of=b"other") is None
    assert cut_by_list(Given(list_of=AUDIO), AUDIO, heard((0, 9), until=9), Changing()) is None


def test_a_silent_file_holds_nothing():
    assert cut(heard(until=90), 30, 60).matched is False


def test_a_list_goes_before_the_sound_and_behind_all_that_is_given():
    file = heard((0, 100), until=100)
    placed = cut(file, 40, 60).pieces
    sheet = GivenCuts(
        source=CutSource.CUE_SHEET,
        pieces=tuple(GivenPiece(start=second * TICKS_PER_SECOND) for second in (0, 70)),
    )
    assert choose(file, None, (), placed=placed).cut_by is CutSource.TRACK_LIST
    assert choose(file, None, (sheet,), placed=placed).cut_by is CutSource.CUE_SHEET
    bounds = f"[[0,{50 * TICKS_PER_SECOND},null]]"
    assert choose(file, bounds, (sheet,), placed=placed).cut_by is CutSource.PERSON
    chosen = choose(file, None, (), placed=placed)
    (start, end), (next_start, next_end) = ((span.start, span.end) for span in chosen.spans)
    assert (start, end, next_end) == (0, next_start, 100 * RATE)
    assert end == pytest.approx(40 * RATE, abs=RATE / 2)
    assert [tags.title for tags in chosen.tags] == ["Song 1", "Song 2"]
