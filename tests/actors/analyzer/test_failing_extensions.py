"""An extension that fails on five files one after the other is left out for the rest of that run, and of no other."""

from dataclasses import replace

from passagework.actors.analyzer.failing_extensions import IN_A_ROW, FailingExtensions
from passagework.domain.analysis import FailedAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.extensions import ExtensionId, PassageValue, value_failure
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.ids import RunId
from passagework.persistence.rows.encoded import encode_analysis
from tests.support.library import Maker

CREST, MOOD = ExtensionId("crest", "1.0"), ExtensionId("mood", "3.1")
RUN, NEXT = RunId(1), RunId(2)
RULES = AnalysisRules(extensions=(CREST, MOOD))
CALM = PassageValue("mood", "3.1", "mood", "calm")


def result(*values, spans=((0, 29), (31, 60))):
    """Make a result; the values are those of its last passage, and the others have good ones."""
    made = Maker.analysis(spans=spans)
    *_, last = made.passages or (None,)
    good = (PassageValue("crest", "1.0", "crest_db", 3.0), CALM)
    passages = tuple(replace(one, values=values if one is last else good) for one in made.passages)
    return encode_analysis(replace(made, passages=passages))


FAILED = result(value_failure(CREST, "it crashed"), CALM)
FINE = result(PassageValue("crest", "1.0", "crest_db", 3.0), CALM)


def left_out(failing, run=RUN):
    return tuple(one for one, _ in failing.rules(run, RULES).left_out)


def test_the_fifth_failure_in_a_row_leaves_it_out_and_is_told_once():
    failing = FailingExtensions((CREST, MOOD))
    for _ in range(IN_A_ROW - 1):
        assert failing.note(RUN, FAILED) == ()
    assert failing.rules(RUN, RULES) == RULES
    assert failing.note(RUN, FAILED) == (CREST,)
    assert failing.note(RUN, FAILED) == ()
    ((extension, reason),) = failing.rules(RUN, RULES).left_out
    assert extension == CREST
    assert "5 files one after the other" in reason
    assert failing.rules(RUN, AnalysisRules()).left_out == ()


def test_one_good_file_between_begins_the_count_again():
    failing = FailingExtensions((CREST, MOOD))
    for _ in range(3):
        for _ in range(IN_A_ROW - 1):
            failing.note(RUN, FAILED)
        failing.note(RUN, FINE)
    assert left_out(failing) == ()


def test_files_that_were_not_measured_count_for_nothing():
    failing = FailingExtensions((CREST, MOOD))
    nothing = (result(spans=()), FailedAnalysis(b"/music/b.flac", Maker.stamp, Failure(FailureCode.NOT_AUDIO, "")))
    for _ in range(IN_A_ROW):
        assert left_out(failing) == ()
        failing.note(RUN, FAILED)
        for other in nothing:
            failing.note(RUN, other)
    assert left_out(failing) == (CREST,)


def test_a_failure_of_one_measure_is_none_of_the_extension():
    failing = FailingExtensions((CREST, MOOD))
    for _ in range(2 * IN_A_ROW):
        assert failing.note(RUN, result(value_failure(CREST, "no number", "crest_db"))) == ()


def test_each_is_counted_by_itself():
    failing = FailingExtensions((CREST, MOOD))
    failing.note(RUN, FAILED)
    both = result(value_failure(CREST, "it crashed"), value_failure(MOOD, "it hangs"))
    told = [failing.note(RUN, both) for _ in range(IN_A_ROW)]
    assert told == [(), (), (), (CREST,), (MOOD,)]
    assert left_out(failing) == (CREST, MOOD)


def test_the_next_run_asks_it_again():
    failing = FailingExtensions((CREST, MOOD))
    for _ in range(IN_A_ROW):
        failing.note(RUN, FAILED)
    assert left_out(failing, NEXT) == ()
    assert failing.note(NEXT, FAILED) == ()
