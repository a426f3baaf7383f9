import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.identification.scoring.confidence import (
    STARTING_WEIGHTS,
    TRUST,
    WEIGHTS,
    Band,
    TermKind,
    band_of,
    confidences,
    gate,
)

SUMS = st.lists(st.floats(-800, 800), max_size=20)


def test_one_candidate_has_the_logistic_function_of_its_sum():
    assert confidences([2.0]) == (pytest.approx(TRUST / (1 + math.exp(-2.0))),)


def test_two_equally_good_candidates_share_what_is_left():
    one, other = confidences([6.0, 6.0])
    assert one == other < 0.5


@given(SUMS)
def test_confidences_are_probabilities_of_things_that_exclude_each_other(sums):
    found = confidences(sums)
    assert all(0.0 <= one <= TRUST for one in found)
    assert sum(found) <= 1.0


@given(SUMS.filter(bool), st.floats(0.1, 10))
def test_more_evidence_for_a_candidate_never_lowers_it(sums, more):
    before = confidences(sums)[0]
    assert confidences([sums[0] + more, *sums[1:]])[0] >= before - 1e-12


@pytest.mark.parametrize(
    ("confidence", "band"),
    [
        (0.95, Band.ACCEPT),
        (0.9499, Band.LIKELY),
        (0.8, Band.LIKELY),
        (0.5, Band.PROPOSAL),
        (0.4999, Band.UNIDENTIFIED),
        (0.0, Band.UNIDENTIFIED),
    ],
)
def test_bands_begin_where_they_are_said_to(confidence, band):
    assert band_of(confidence) is band


def test_a_score_counts_fully_half_or_not_at_all():
    assert [gate(score) for score in (1.0, 0.75, 0.74, 0.5, 0.49)] == [1.0, 1.0, 0.5, 0.5, 0.0]


def test_every_version_of_the_weights_has_every_term():
    assert set(STARTING_WEIGHTS.of) == set(WEIGHTS.of) == set(TermKind)
    assert STARTING_WEIGHTS.version != WEIGHTS.version
