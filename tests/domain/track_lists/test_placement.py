"""Where the tracks of a list are in a file: silences, places at which one piece turns into another, and lengths."""

import tracemalloc
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.chosen_cuts import Heard
from passagework.domain.spans import Span
from passagework.domain.track_lists.joining import STEP, Joining
from passagework.domain.track_lists.placement import place
from tests.domain.track_lists.test_track_list import listed

RATE = 1_000


class Heardable:
    """Joins at known places, heard with some blur; elsewhere nothing is."""

    def __init__(self, *places, blur=0.5, contrast=0.6):
        self.places, self.blur, self.contrast = places, blur, contrast
        self.asked = []

    def around(self, place, before, behind):
        self.asked.append((place, before, behind))
        at = place - 8 + STEP * np.arange(161)
        likelihoods = sum((np.exp(-(((at - one) / self.blur) ** 2)) for one in self.places), np.full(161, 1e-3))
        near = any(abs(one - place) < 8 for one in self.places)
        return Joining(place - 8, likelihoods / likelihoods.mean(), self.contrast if near else 0.1)


def sound(*spans, until=None):
    found = tuple(Span(round(start * RATE), round(end * RATE)) for start, end in spans)
    samples = found[-1].end if until is None else round(until * RATE)
    return Heard(passages=found, sounds=found, samples=samples, sample_rate=RATE, shortest=10.0)


def cuts(placed):
    return [cut / RATE for cut in placed.cuts]


def test_a_join_is_where_it_is_heard_and_not_where_the_lengths_say():
    placed = place(sound((0, 95)), Heardable(38.5), listed(40, 60))
    assert cuts(placed) == [pytest.approx(38.5, abs=0.15)]
    assert placed.matched
    assert placed.score > 0.9


def test_what_is_heard_far_from_where_the_lengths_allow_a_bound_does_not_count():
    placed = place(sound((0, 97)), Heardable(38.5, 46), listed(40, 60))
    assert cuts(placed) == [pytest.approx(38.5, abs=0.15)]


def test_a_blurred_join_is_less_certain():
    sharp, blurred = (place(sound((0, 95)), Heardable(38.5, blur=blur), listed(40, 60)).score for blur in (0.5, 3))
    assert blurred < sharp - 0.1


def test_a_silence_counts_more_than_a_join_and_the_bound_is_its_middle():
    placed = place(sound((0, 40), (43, 100)), Heardable(38), listed(42, 58))
    assert cuts(placed) == [41.5]


def test_a_pause_within_a_track_is_no_bound():
    placed = place(sound((0, 20), (20.6, 39.8), (41, 100)), Heardable(40.4), listed(40, 60))
    assert cuts(placed) == [40.4]
    assert placed.matched


def test_silences_and_joins_are_found_in_one_file():
    placed = place(sound((0, 30), (32, 128)), Heardable(78), listed(31, 50, 54))
    assert cuts(placed) == [31, pytest.approx(78, abs=0.2)]


def test_where_the_same_piece_goes_on_the_list_is_of_other_music():
    placed = place(sound((0, 100)), Heardable(), listed(40, 60))
    assert not placed.matched
    assert placed.score < 0.4


def test_of_few_bounds_a_clearer_contrast_is_wanted():
    tracks = [30.0] * 5
    joins = Heardable(*(28.0 * number + 29 for number in range(4)), contrast=0.4)
    assert place(sound((0, 142)), joins, listed(*tracks)).matched
    assert not place(sound((0, 58)), joins, listed(*tracks[:2])).matched


def test_silences_at_other_places_than_the_list_says_contradict_it():
    assert not place(sound((0, 50), (53, 100), (103, 150)), Heardable(), listed(20, 110, 20)).matched


@pytest.mark.parametrize("lengths", [(200, 300), (10, 12), (5,), (40, 60, 80)])
def test_lengths_that_the_file_cannot_have_are_not_placed(lengths):
    placed = place(sound((0, 100)), Heardable(40), listed(*lengths))
    assert (placed.cuts, placed.score, placed.matched) == ((), 0.0, False)


def test_a_join_is_listened_to_with_the_lengths_of_the_tracks_beside_it():
    joins = Heardable(38.5)
    place(sound((2, 97)), joins, listed(36.5, 60))
    (at, before, behind) = joins.asked[-1]
    assert (before, behind) == (pytest.approx(at - 2), pytest.approx(97 - at))


def test_a_file_without_sound_holds_no_tracks():
    silent = Heard(passages=(), sounds=(), samples=9, sample_rate=RATE, shortest=10.0)
    assert place(silent, Heardable(), listed(40, 60)).matched is False


@given(
    lengths=st.lists(st.floats(25, 120), min_size=2, max_size=6),
    joints=st.lists(st.one_of(st.floats(2, 8), st.floats(-3, -1)), min_size=5, max_size=5),
    errors=st.lists(st.floats(-2, 2), min_size=6, max_size=6),
)
def test_bounds_of_known_joins_are_found_within_half_a_second(lengths, joints, errors):
    """Overlaps (more than 0) are heard as joins, and silences (less than 0) are silences."""
    joints = joints[: len(lengths) - 1]
    starts = [0, *accumulate(length - joint for length, joint in zip(lengths, joints, strict=False))]
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    truth = [(end + start) / 2 for end, start in zip(ends, starts[1:], strict=False)]
    pieces, begin = [], 0.0
    for end, start, joint in zip(ends, starts[1:], joints, strict=False):
        if joint < 0:
            pieces.append((begin, end))
            begin = start
    pieces.append((begin, ends[-1]))
    heard = [at for at, joint in zip(truth, joints, strict=True) if joint > 0]
    placed = place(sound(*pieces), Heardable(*heard), listed(*(map(sum, zip(lengths, errors, strict=False)))))
    assert placed.matched
    assert type(placed.score) is float
    assert 0 < placed.score <= 1
    assert all(one < other for one, other in pairwise(placed.cuts))
    assert cuts(placed) == [pytest.approx(at, abs=0.5) for at in truth]


@pytest.mark.slow
def test_a_file_of_half_a_day_takes_little_memory_for_each_of_its_bounds():
    length = 12 * 3_600 / 99
    joins = Heardable(*(number * length + number % 3 for number in range(1, 99)))
    heard, tracks = sound((0, 12 * 3_600)), listed(*[length + 2] * 99)
    tracemalloc.start()
    placed = place(heard, joins, tracks)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(placed.cuts) == 98
    assert most < 30e6, "an array of the whole file for each bound has 3.5 MB"


def test_what_is_asked_about_a_place_again_is_not_listened_to_again():
    joins = Heardable(38.5)
    place(sound((0, 95)), joins, listed(40, 60))
    assert len(joins.asked) == len(set(joins.asked))


def test_every_bound_says_as_much_about_whether_the_list_fits_the_first_one_and_the_last_one():
    one = place(sound((0, 40), (42, 100)), Heardable(), listed(41, 30, 29))
    mirrored = place(sound((0, 58), (60, 100)), Heardable(), listed(29, 30, 41))
    assert one.score == pytest.approx(mirrored.score, abs=0.02)
