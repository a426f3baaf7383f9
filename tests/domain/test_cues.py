"""Ramps with a known shape: when they pass the threshold follows from the shape alone."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.analysis_rules import CueRules
from passagework.domain.cues import Cues, find_cues
from passagework.domain.file_levels import FileLevels
from passagework.domain.spans import Span
from passagework.domain.stored_levels import LOWEST, steps_of
from tests.support.effort import examples

RATE, HOP = 48_000, 480
RULES = CueRules()
LOUDNESSES = (-36.0, -23.0, -9.0)


def flat(length, level):
    return np.full(round(length * 100), level, np.float32)


def linear_in_amplitude(length, top):
    """Rise from silence; the level of a hop is that of its middle, as an RMS over 10 ms is to 0.01 dB."""
    return (top + 20.0 * np.log10((np.arange(round(length * 100)) + 0.5) / (length * 100))).astype(np.float32)


def linear_in_decibels(length, top, depth=60.0):
    """Rise by ``depth`` dB."""
    return (top - depth * (1.0 - (np.arange(round(length * 100)) + 0.5) / (length * 100))).astype(np.float32)


def cues_of_steps(steps, rules=RULES):
    (cues,) = find_cues(FileLevels.of(steps, HOP, RATE), (Span(0, steps.size * HOP),), rules)
    return cues


def cues_of(*parts, rules=RULES):
    """Give the cues of a file that is one passage."""
    return cues_of_steps(steps_of(np.concatenate(parts)), rules)


def in_seconds(samples):
    return samples / RATE


@pytest.mark.parametrize("top", LOUDNESSES)
@pytest.mark.parametrize("length", [5.0, 10.0, 20.0, 40.0])
def test_a_ramp_linear_in_amplitude_leads_until_it_is_24_db_below_the_top(length, top):
    ramp = linear_in_amplitude(length, top)
    cues = cues_of(ramp, flat(60, top), ramp[::-1])
    crossing = length * 10.0 ** (-24.0 / 20.0)
    # The ramps make the passage as a whole quieter than its top, by some tenths of a decibel.
    assert in_seconds(cues.lead_in) == pytest.approx(crossing, rel=0.2, abs=0.05)
    assert in_seconds(cues.lead_out) == pytest.approx(crossing, rel=0.2, abs=0.05)


@pytest.mark.parametrize("top", LOUDNESSES)
@pytest.mark.parametrize("length", [0.5, 1.0, 2.0, 5.0, 10.0])
def test_a_ramp_linear_in_decibels_leads_until_24_db_below_the_top(length, top):
    ramp = linear_in_decibels(length, top)
    cues = cues_of(ramp, flat(60, top), ramp[::-1])
    assert in_seconds(cues.lead_in) == pytest.approx(0.6 * length, abs=0.05)
    assert in_seconds(cues.lead_out) == pytest.approx(0.6 * length, abs=0.05)


def test_the_lead_depends_on_the_ramp_and_not_on_the_length_of_the_passage():
    ramp = linear_in_decibels(4.0, -20.0)
    leads = [cues_of(ramp, flat(length, -20.0)).lead_in for length in (30, 60, 240, 1000)]
    assert max(leads) - min(leads) <= HOP


def test_a_lead_has_at_least_two_hops():
    rules = CueRules(quick_ramp=0.0)
    leads = [cues_of(flat(length, -120.0), flat(60, -20.0), rules=rules).lead_in for length in (0.05, 0.06, 0.07)]
    assert leads == [0, 0, 2 * HOP]


def test_each_edge_says_for_itself_whether_it_cuts_through_sound_and_noise_of_the_file_is_none():
    steps = steps_of(np.concatenate([flat(60, -20.0), flat(20, -58.0), flat(60, -20.0), flat(20, -58.0)]))
    spans = tuple(Span(first * RATE, last * RATE) for first, last in ((0, 30), (30, 60), (80, 140)))
    found = find_cues(FileLevels.of(steps, HOP, RATE), spans, RULES)
    assert [(one.begins_in_sound, one.ends_in_sound) for one in found] == [(True, True), (True, False), (False, False)]


def test_the_drop_and_the_longest_lead_are_taken_from_the_rules():
    passage = (linear_in_decibels(10.0, -20.0), flat(60, -20.0))
    assert in_seconds(cues_of(*passage, rules=CueRules(lead_drop=30.0)).lead_in) == pytest.approx(5.0, abs=0.05)
    assert in_seconds(cues_of(*passage, rules=CueRules(longest_lead=3.0)).lead_in) == 3.0
    assert cues_of(*passage, rules=CueRules(quick_ramp=6.5)).lead_in == 0


def test_edges_that_are_loud_at_once_have_no_lead():
    assert cues_of(flat(60, -15.0)) == Cues(0, 0, None, None, begins_in_sound=True, ends_in_sound=True)


def test_a_quick_ramp_has_no_lead():
    ramp = linear_in_amplitude(0.5, -15.0)
    cues = cues_of(ramp, flat(60, -15.0), ramp[::-1])
    assert (cues.lead_in, cues.lead_out) == (0, 0)


def test_a_single_crackle_in_a_fade_does_not_end_the_lead_but_a_drum_does():
    fade = linear_in_decibels(10.0, -15.0)
    crackle, drum = fade.copy(), fade.copy()
    crackle[200] = -30.0
    drum[200:210] = -30.0
    assert in_seconds(cues_of(crackle, flat(60, -15.0)).lead_in) == pytest.approx(6.0, abs=0.05)
    assert in_seconds(cues_of(drum, flat(60, -15.0)).lead_in) == pytest.approx(2.0, abs=0.06)


@pytest.mark.parametrize("level", [-25.0, -35.0, -45.0, -65.0])
@pytest.mark.parametrize("length", [9.0, 40.0])
def test_a_quiet_ending_that_is_held_is_heard_to_its_end(level, length):
    held = flat(120, -15.0), flat(length, level)
    silence = flat(5, -np.inf)
    assert cues_of(*held).lead_out == 0
    steps = steps_of(np.concatenate((*held, silence)))
    (cues,) = find_cues(FileLevels.of(steps, HOP, RATE), (Span(0, (steps.size - silence.size) * HOP),), RULES)
    assert cues.lead_out == 0


def test_a_quiet_ending_that_is_held_is_overlapped_where_it_dies_away_itself():
    dying = linear_in_decibels(5.0, -42.0)[::-1]
    cues = cues_of(flat(120, -15.0), flat(40, -42.0), dying)
    assert in_seconds(cues.lead_out) == pytest.approx(5.0 * 50 / 60, abs=0.1)


def test_a_quiet_ending_that_stops_quickly_is_not_overlapped():
    stopping = linear_in_decibels(0.2, -42.0)[::-1]
    assert cues_of(flat(120, -15.0), flat(40, -42.0), stopping).lead_out == 0


def test_a_crescendo_from_nothing_has_no_lead():
    assert cues_of(linear_in_decibels(120.0, -14.0), flat(20, -14.0)).lead_in == 0


def test_a_long_fade_is_overlapped_where_it_is_quiet_and_no_longer_than_the_longest_lead():
    cues = cues_of(flat(60, -15.0), linear_in_decibels(35.0, -15.0)[::-1])
    assert in_seconds(cues.lead_out) == 15.0


def test_the_ring_of_the_last_note_is_overlapped():
    decay = np.linspace(-20.0, -70.0, 500).astype(np.float32)
    cues = cues_of(flat(60, -20.0), decay)
    assert in_seconds(cues.lead_out) == pytest.approx(5.0 * 26 / 50, abs=0.05)


def test_noise_that_follows_for_a_few_seconds_may_be_overlapped():
    cues = cues_of(flat(4, -64.0), flat(60, -15.0), flat(6, -64.0))
    assert in_seconds(cues.lead_in) == pytest.approx(4.0, abs=0.05)
    assert in_seconds(cues.lead_out) == pytest.approx(6.0, abs=0.05)


def test_each_passage_is_measured_by_its_own_loudness():
    soft = linear_in_decibels(5.0, -40.0)
    pieces = flat(60, -15.0), flat(3, -np.inf), soft, flat(60, -40.0)
    edges = np.cumsum([piece.size for piece in pieces]) * HOP
    spans = Span(0, int(edges[0])), Span(int(edges[1]), int(edges[3]))
    loud, quiet = find_cues(FileLevels.of(steps_of(np.concatenate(pieces)), HOP, RATE), spans, RULES)
    assert (loud.lead_in, loud.lead_out) == (0, 0)
    assert in_seconds(quiet.lead_in) == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("steps", [np.zeros(0, np.uint8), np.full(500, LOWEST, np.uint8)])
def test_silence_has_no_cues(steps):
    assert cues_of_steps(steps) == Cues(0, 0, None, None)


def test_a_file_without_passages_has_no_cues():
    assert find_cues(FileLevels.of(np.full(500, LOWEST, np.uint8), HOP, RATE), (), RULES) == ()


def test_a_swell_that_is_nothing_but_two_ramps_keeps_its_leads_and_fades_apart():
    ramp = linear_in_decibels(3.0, -15.0)
    cues = cues_of(ramp, ramp[::-1])
    assert 1.4 < in_seconds(cues.lead_in) < 1.8
    assert 1.4 < in_seconds(cues.lead_out) < 1.8
    assert (cues.fade_in or 0) + (cues.fade_out or 0) <= 6 * RATE


moving = st.lists(st.tuples(st.integers(1, 700), st.floats(-80.0, -3.0) | st.just(-np.inf)), min_size=1, max_size=12)


@examples(25)
@given(moving)
def test_cues_stay_inside_the_passage(pieces):
    levels = np.concatenate([flat(hops / 100, level) for hops, level in pieces])
    cues = cues_of(levels)
    length = levels.size * HOP
    longest = RULES.longest_lead * RATE
    assert 0 <= cues.lead_in <= longest
    assert 0 <= cues.lead_out <= longest
    assert cues.lead_in + cues.lead_out < length
    assert (cues.fade_in or 0) + (cues.fade_out or 0) <= length
    assert all(fade is None or fade >= RATE for fade in (cues.fade_in, cues.fade_out))


@pytest.mark.slow
@examples(60)
@given(moving, st.integers(-40, 0))
def test_quieter_as_a_whole_the_cues_stay(pieces, decibels):
    levels = np.concatenate([flat(hops / 100, float(np.round(level))) for hops, level in pieces])
    # Where a level meets a threshold exactly, rounding decides: levels are whole decibels here, and the drop is not.
    rules = CueRules(lead_drop=23.9871)
    plain, scaled = cues_of(levels, rules=rules), cues_of(levels + decibels, rules=rules)
    assert plain == scaled


def test_the_edges_of_a_mirrored_passage_change_places():
    parts = (linear_in_amplitude(6.0, -20.0), flat(60, -20.0), flat(7, -60.0))
    there, back = cues_of(*parts), cues_of(np.concatenate(parts)[::-1])
    assert (there.lead_in, there.fade_in) == (back.lead_out, back.fade_out)
    assert (there.lead_out, there.fade_out) == (back.lead_in, back.fade_in)


def test_three_hours_take_a_fraction_of_a_second():
    levels = np.random.default_rng(1).normal(-20.0, 4.0, 1_080_000).astype(np.float32)
    started = time.process_time()
    cues_of(levels)
    assert time.process_time() - started < 1.0
