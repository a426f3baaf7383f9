"""Why the cuts of a file are in doubt, and where it may be cut."""

import pytest

from passagework.domain.cut_doubts import CutDoubt, doubts_of, places_to_cut
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import DoubtfulGap

S = TICKS_PER_SECOND


def gap(start, end):
    return DoubtfulGap(round(start * S), round(end * S))


@pytest.mark.parametrize(
    ("warnings", "cut_by", "score", "doubts"),
    [
        ((), None, None, ()),
        (("truncated", "from-tomorrow"), None, None, ()),
        (("truncated", "gaps-uncertain"), None, None, (CutDoubt.GAPS_UNCERTAIN,)),
        (("speech-cut",), None, None, (CutDoubt.SPEECH_CUT,)),
        (("not-speech",), None, None, (CutDoubt.NOT_SPEECH,)),
        (("list-not-matched", "gaps-uncertain"), None, 0.1, (CutDoubt.GAPS_UNCERTAIN, CutDoubt.LIST_NOT_MATCHED)),
        ((), "track-list", 0.49, (CutDoubt.LIST_SCORE_LOW,)),
        ((), "track-list", 0.5, ()),
        ((), "track-list", None, ()),
        ((), "cue-sheet", 0.1, ()),
        ((), None, 0.1, ()),
    ],
)
def test_a_warning_about_cuts_and_a_low_score_of_the_list_that_cut_are_doubts(warnings, cut_by, score, doubts):
    assert doubts_of(warnings, cut_by, score) == doubts


def test_a_gap_may_be_cut_in_the_middle_of_which_there_is_enough_of_a_passage_on_both_sides():
    inside, at_the_end, between, late = gap(7, 9), gap(19.5, 20.4), gap(20, 30), gap(35, 38)
    passages = [(0, 20 * S), (30 * S, 60 * S)]
    assert tuple(places_to_cut((inside, at_the_end, between, late), passages)) == (inside, late)
    assert inside.middle == 8 * S


def test_each_doubt_is_explained_and_has_the_code_of_its_warning_if_it_has_one():
    assert [doubt.value for doubt in CutDoubt] == [
        "gaps-uncertain",
        "list-not-matched",
        "list-score-low",
        "speech-cut",
        "not-speech",
    ]
    assert all(doubt.explanation for doubt in CutDoubt)
