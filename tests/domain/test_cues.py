"""Ramps with a known shape: when they pass the threshold follows from the shape alone."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from passagework.domain.analysis_rules import CueRules
from passagework.domain.cues import Cues, find_cues
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


def cues_of(*parts, loudness=None, rules=RULES):
    return find_cues(np.concatenate(parts), HOP, RATE, loudness, rules)


def in_seconds(samples):
    return samples / RATE


@pytest.mark.parametrize("top", LOUDNESSES)
@pytest.mark.parametrize("length", [1.0, 2.0, 5.0, 10.0])
def test_a_ramp_linear_in_amplitude_leads_until_a_quarter_of_its_length(length, top):
    ramp = linear_in_amplitude(length, top)
    cues = cues_of(ramp, flat(60, top), ramp[::-1], loudness=top)
    crossing = length * 10.0 ** (-12.0 / 20.0)
    assert in_seconds(cues.lead_in) == pytest.approx(crossing, abs=0.05)
    assert in_seconds(cues.lead_out) == pytest.approx(crossing, abs=0.05)


@pytest.mark.parametrize("top", LOUDNESSES)
@pytest.mark.parametrize("length", [0.5, 1.0, 2.0, 5.0, 10.0])
def test_a_ramp_linear_in_decibels_leads_until_12_db_below_the_top(length, top):
    ramp = linear_in_decibels(length, top)
    cues = cues_of(ramp, flat(60, top), ramp[::-1], loudness=top)
    assert in_seconds(cues.lead_in) == pytest.approx(0.8 * length, abs=0.05)
    assert in_seconds(cues.lead_out) == pytest.approx(0.8 * length, abs=0.05)


def test_the_lead_depends_on_the_ramp_and_not_on_the_length_of_the_passage():
    ramp = linear_in_decibels(4.0, -20.0)
    leads = {cues_of(ramp, flat(length, -20.0), loudness=-20.0).lead_in for length in (10, 60, 240, 1000)}
    assert len(leads) == 1


def test_the_drop_and_the_longest_lead_are_taken_from_the_rules():
    ramp = linear_in_decibels(10.0, -20.0)
    passage = (ramp, flat(60, -20.0))
    assert in_seconds(cues_of(*passage, loudness=-20.0, rules=CueRules(lead_drop=30.0)).lead_in) == pytest.approx(
        5.0, abs=0.05
    )
    assert in_seconds(cues_of(*passage, loudness=-20.0, rules=CueRules(longest_lead=3.0)).lead_in) == 3.0
    assert cues_of(*passage, loudness=-20.0, rules=CueRules(quick_ramp=8.5)).lead_in == 0


def test_edges_that_are_loud_at_once_have_no_lead():
    assert cues_of(flat(60, -15.0), loudness=-15.0) == Cues(0, 0, None, None)


def test_a_quick_ramp_has_no_lead():
    ramp = linear_in_amplitude(0.5, -15.0)
    cues = cues_of(ramp, flat(60, -15.0), ramp[::-1], loudness=-15.0)
    assert (cues.lead_in, cues.lead_out) == (0, 0)


def test_without_a_loudness_the_mean_energy_is_the_reference():
    ramp = linear_in_decibels(5.0, -20.0)
    cues = cues_of(ramp, flat(600, -20.0))
    assert in_seconds(cues.lead_in) == pytest.approx(4.0, abs=0.05)
    assert cues == cues_of(ramp, flat(600, -20.0), loudness=-np.inf)


def test_a_single_crackle_in_a_fade_does_not_end_the_lead_but_a_drum_does():
    fade = linear_in_decibels(10.0, -15.0)
    crackle, drum = fade.copy(), fade.copy()
    crackle[200] = -20.0
    drum[200:210] = -20.0
    assert in_seconds(cues_of(crackle, flat(60, -15.0), loudness=-15.0).lead_in) == pytest.approx(8.0, abs=0.05)
    assert in_seconds(cues_of(drum, flat(60, -15.0), loudness=-15.0).lead_in) == pytest.approx(2.0, abs=0.06)


def test_a_long_quiet_ending_is_music_and_not_overlapped():
    assert cues_of(flat(120, -15.0), flat(40, -30.0), loudness=-15.0).lead_out == 0
    assert cues_of(flat(120, -15.0), flat(8, -30.0), loudness=-15.0).lead_out == 0


def test_a_long_quiet_ending_is_overlapped_where_it_dies_away_itself():
    dying = linear_in_decibels(5.0, -30.0)[::-1]
    cues = cues_of(flat(120, -15.0), flat(40, -30.0), dying, loudness=-15.0)
    assert in_seconds(cues.lead_out) == pytest.approx(4.0, abs=0.3)


def test_a_long_quiet_ending_that_stops_quickly_is_not_overlapped():
    stopping = linear_in_decibels(0.2, -30.0)[::-1]
    assert cues_of(flat(120, -15.0), flat(40, -30.0), stopping, loudness=-15.0).lead_out == 0


def test_a_fade_longer_than_the_longest_lead_is_overlapped_at_its_quiet_end():
    cues = cues_of(flat(60, -15.0), linear_in_decibels(30.0, -15.0)[::-1], loudness=-15.0)
    assert in_seconds(cues.lead_out) == 15.0


def test_the_ring_of_the_last_note_is_overlapped_although_it_hardly_dies_away():
    decay = np.linspace(-20.0, -36.0, 500).astype(np.float32)
    cues = cues_of(flat(60, -20.0), decay, loudness=-20.0)
    assert in_seconds(cues.lead_out) == pytest.approx(5.0 * 4 / 16, abs=0.05)


def test_steady_noise_far_below_the_music_may_be_overlapped():
    cues = cues_of(flat(4, -62.0), flat(60, -15.0), flat(40, -62.0), loudness=-15.0)
    assert in_seconds(cues.lead_in) == pytest.approx(4.0, abs=0.05)
    assert in_seconds(cues.lead_out) == 15.0


def test_a_loudness_that_the_levels_never_come_near_gives_no_leads():
    assert cues_of(flat(60, -40.0), loudness=-10.0) == Cues(0, 0, None, None)


@pytest.mark.parametrize("levels", [np.zeros(0), np.full(500, -np.inf), np.full(500, np.nan)])
def test_silence_has_no_cues(levels):
    for loudness in (None, -20.0):
        assert find_cues(levels.astype(np.float32), HOP, RATE, loudness, RULES) == Cues(0, 0, None, None)


def test_a_swell_that_is_nothing_but_two_ramps_keeps_its_leads_and_fades_apart():
    ramp = linear_in_decibels(3.0, -15.0)
    cues = cues_of(ramp, ramp[::-1], loudness=-15.0)
    assert in_seconds(cues.lead_in) == pytest.approx(2.4, abs=0.05)
    assert in_seconds(cues.lead_out) == pytest.approx(2.4, abs=0.05)
    assert (cues.fade_in or 0) + (cues.fade_out or 0) <= 6 * RATE


moving = st.lists(st.tuples(st.integers(1, 700), st.floats(-80.0, -3.0) | st.just(-np.inf)), min_size=1, max_size=12)


@examples(60)
@given(moving, st.none() | st.floats(-60.0, 0.0))
def test_cues_stay_inside_the_passage(pieces, loudness):
    levels = np.concatenate([flat(hops / 100, level) for hops, level in pieces])
    cues = find_cues(levels, HOP, RATE, loudness, RULES)
    length = levels.size * HOP
    longest = RULES.longest_lead * RATE
    assert 0 <= cues.lead_in <= longest
    assert 0 <= cues.lead_out <= longest
    assert cues.lead_in + cues.lead_out < length
    assert (cues.fade_in or 0) + (cues.fade_out or 0) <= length
    assert all(fade is None or fade >= RATE for fade in (cues.fade_in, cues.fade_out))


@pytest.mark.slow
@examples(60)
@given(moving, st.none() | st.floats(-40.0, -10.0), st.integers(-48, 48))
def test_louder_or_quieter_as_a_whole_the_cues_stay(pieces, loudness, decibels):
    levels = np.concatenate([flat(hops / 100, float(np.round(level))) for hops, level in pieces])
    shifted = None if loudness is None else loudness + decibels
    # Where a level meets a threshold exactly, rounding decides: levels are whole decibels here, and thresholds are not.
    rules = replace(RULES, lead_drop=11.9871)
    assume(loudness is None or abs(loudness - round(loudness)) > 1e-6)
    plain, scaled = (find_cues(x, HOP, RATE, y, rules) for x, y in ((levels, loudness), (levels + decibels, shifted)))
    assert plain == scaled


def test_the_edges_of_a_mirrored_passage_change_places():
    parts = (linear_in_amplitude(6.0, -20.0), flat(60, -20.0), flat(7, -60.0))
    there, back = cues_of(*parts), cues_of(np.concatenate(parts)[::-1])
    assert (there.lead_in, there.fade_in) == (back.lead_out, back.fade_out)
    assert (there.lead_out, there.fade_out) == (back.lead_in, back.fade_in)


def test_three_hours_take_a_fraction_of_a_second():
    levels = np.random.default_rng(1).normal(-20.0, 4.0, 1_080_000).astype(np.float32)
    started = time.process_time()
    find_cues(levels, HOP, RATE, -18.0, RULES)
    assert time.process_time() - started < 1.0
