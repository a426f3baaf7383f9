"""Levels are built from pieces of (seconds, dBFS), so that the truth is known; some come from generated sound."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.file_levels import FileLevels
from passagework.domain.segmentation import find_cuts
from passagework.domain.spans import Span
from passagework.domain.stored_levels import steps_of
from tests.support.effort import examples

RATE, HOP = 44_100, 441
RULES = SegmentationRules()
VINYL = SegmentationRules(shortest_gap=1.5)
SILENCE = -np.inf
MUSIC = -18.0


def levels_of(*pieces):
    return np.concatenate([np.full(round(length * 100), level, np.float32) for length, level in pieces])


def cuts(levels, rules=RULES, samples=None):
    """Cut levels as the analysis does."""
    kept = steps_of(np.nan_to_num(levels, nan=-np.inf, neginf=-np.inf))
    return find_cuts(FileLevels.of(kept, HOP, RATE), levels.size * HOP if samples is None else samples, rules)


def passages(levels, rules=RULES):
    """Give the passages in seconds."""
    spans = cuts(levels, rules).passages
    return [(span.start / RATE, span.end / RATE) for span in spans]


def measured(samples):
    """Give the levels of sound as the decoder's side measures them."""
    hops = -(-samples.size // HOP)
    squares = np.pad(samples.astype(np.float64) ** 2, (0, hops * HOP - samples.size)).reshape(hops, HOP).sum(axis=1)
    counts = np.full(hops, HOP)
    counts[-1] = samples.size - (hops - 1) * HOP
    with np.errstate(divide="ignore"):
        return (10.0 * np.log10(squares / counts)).astype(np.float32)


def test_silence_at_the_edges_is_trimmed():
    assert passages(levels_of((2, SILENCE), (60, MUSIC), (0.5, SILENCE))) == [(2.0, 62.0)]


def test_a_long_silence_separates_two_passages():
    assert passages(levels_of((60, MUSIC), (3.2, SILENCE), (40, MUSIC))) == [(0.0, 60.0), (63.2, 103.2)]


def test_a_dramatic_pause_does_not_cut_a_piece():
    assert passages(levels_of((60, MUSIC), (1.5, SILENCE), (40, MUSIC))) == [(0.0, 101.5)]


def test_a_gap_of_exactly_the_shortest_length_cuts_wherever_it_falls_between_the_hops():
    rng = np.random.default_rng(3)
    for offset in (0, 1, 220, 440):
        sound = 0.1 * rng.standard_normal(RATE * 40)
        sound[RATE * 15 + offset : RATE * 17 + offset] = 0.0
        assert len(cuts(measured(sound), samples=sound.size).passages) == 2


def test_known_gaps_in_sound_are_found_within_20_milliseconds():
    rng = np.random.default_rng(4)
    edges = [(0.313, 31.117), (34.5, 71.0031), (75.2507, 99.9999)]
    sound = np.zeros(RATE * 104 + 17)
    for start, end in edges:
        first, last = round(start * RATE), round(end * RATE)
        sound[first:last] = 0.1 * rng.standard_normal(last - first)
    found = cuts(measured(sound), samples=sound.size).passages
    assert [(span.start / RATE, span.end / RATE) for span in found] == [pytest.approx(edge, abs=0.02) for edge in edges]


def test_the_tracks_of_a_vinyl_side_are_found_over_its_noise_floor_and_crackle():
    rng = np.random.default_rng(5)
    tracks = [(3.0, 180.0), (182.0, 400.0), (401.8, 700.0), (702.5, 1100.0)]
    levels = rng.normal(-50.0, 0.4, 112_000).astype(np.float32)
    for start, end in tracks:
        levels[round(start * 100) : round(end * 100)] = rng.normal(-20.0, 4.0, round((end - start) * 100)).clip(-40)
    levels[rng.random(levels.size) < 0.03] += 15.0
    assert passages(levels, VINYL) == [pytest.approx(track, abs=0.12) for track in tracks]


@pytest.mark.parametrize("floor", [-95.0, -80.0, -65.0, -55.0, -45.0])
def test_the_noise_floor_is_found_and_not_configured(floor):
    rng = np.random.default_rng(6)
    levels = floor + rng.normal(0.0, 0.4, 14_000)
    tracks = [(3.0, 43.0), (45.5, 85.0), (89.0, 136.0)]
    for start, end in tracks:
        levels[round(start * 100) : round(end * 100)] = rng.normal(-20.0, 4.0, round((end - start) * 100)).clip(-34)
    assert passages(levels.astype(np.float32)) == [pytest.approx(track, abs=0.05) for track in tracks]


def test_the_noise_before_the_needle_is_set_down_is_another_one():
    levels = levels_of((5, -85.0), (2, -52.0), (40, MUSIC), (2.5, -52.0), (40, MUSIC), (3, -52.0), (4, -85.0))
    assert passages(levels) == [(7.0, 47.0), (49.5, 89.5)]


def test_applause_at_both_ends_of_a_file_is_no_noise():
    rng = np.random.default_rng(8)
    for level in (-40.0, -48.0):
        applause = level + rng.normal(0.0, 0.4, 200)
        levels = np.concatenate([applause, levels_of((40, MUSIC)), applause]).astype(np.float32)
        assert passages(levels) == [(0.0, 44.0)]


def test_a_quiet_note_that_is_held_once_is_music_and_a_doubtful_gap_inside():
    assert passages(levels_of((8, -45.0), (40, MUSIC))) == [(0.0, 48.0)]
    found = cuts(levels_of((40, MUSIC), (8, -45.0), (40, MUSIC)))
    assert found.passages == (Span(0, 88 * RATE),)
    assert found.doubtful == (Span(40 * RATE, 48 * RATE),)


@pytest.mark.parametrize("quiet", [-50.0, -64.0, -72.0])
def test_pianissimo_far_below_the_rest_is_music(quiet):
    moving = quiet - 8.0 * (np.arange(6000) % 50) / 50  # struck twice a second
    levels = np.concatenate([moving, levels_of((60, MUSIC)), moving[:3000], levels_of((3, SILENCE))])
    assert passages(levels.astype(np.float32)) == [(0.0, pytest.approx(150.0, abs=0.2))]


def test_a_fade_into_a_gap_ends_60_decibels_below_the_music():
    fade = np.linspace(-18.0, -98.0, 800, dtype=np.float32)
    levels = np.concatenate([levels_of((60, MUSIC)), fade, levels_of((2, SILENCE), (60, MUSIC))])
    assert passages(levels) == [(0.0, pytest.approx(66.0, abs=0.1)), (70.0, 130.0)]


def test_a_fade_that_flickers_around_the_silence_is_not_a_row_of_passages():
    rng = np.random.default_rng(6)
    fade = np.linspace(-68.0, -88.0, 2000) + rng.normal(0.0, 3.0, 2000)
    levels = np.concatenate([levels_of((60, MUSIC)), fade.astype(np.float32), levels_of((30, SILENCE))])
    assert passages(levels) == [(0.0, pytest.approx(70.0, abs=3.0))]


def test_a_hidden_track_after_minutes_of_silence_is_a_passage():
    assert passages(levels_of((200, MUSIC), (300, -90.0), (95, MUSIC))) == [(0.0, 200.0), (500.0, 595.0)]


def test_a_lone_click_neither_splits_a_silence_nor_keeps_it_alive():
    for click in (0.01, 0.05, 0.2):
        levels = levels_of((60, MUSIC), (2.4, SILENCE), (click, -10.0), (2.4, SILENCE), (60, MUSIC))
        assert passages(levels) == [(0.0, 60.0), (pytest.approx(64.8 + click), pytest.approx(124.8 + click))]


def test_ticks_that_come_close_after_another_do_not_chain_music_to_music():
    rng = np.random.default_rng(9)
    ticks = [part for _ in range(12) for part in ((rng.uniform(0.1, 0.5), SILENCE), (0.02, rng.uniform(-40, -15)))]
    levels = levels_of((60, MUSIC), *ticks, (0.3, SILENCE), (60, MUSIC))
    assert len(passages(levels)) == 2


def test_a_click_in_the_silence_before_the_music_is_trimmed():
    assert passages(levels_of((2, SILENCE), (0.02, -6.0), (2, SILENCE), (60, MUSIC))) == [(4.02, 64.02)]


def test_staccato_chords_after_a_rest_belong_to_the_music():
    chords = [(0.8, SILENCE), (0.2, MUSIC)] * 2
    assert passages(levels_of((60, MUSIC), *chords, (5, SILENCE))) == [(0.0, 62.0)]


@pytest.mark.parametrize("stroke", [0.01, 0.02, 0.12])
def test_a_count_in_belongs_to_the_music(stroke):
    count_in = [(stroke, MUSIC), (0.5 - stroke, SILENCE)] * 4
    assert passages(levels_of((3, SILENCE), *count_in, (60, MUSIC))) == [(3.0, 65.0)]


@pytest.mark.parametrize("stroke", [0.01, 0.03])
def test_a_clock_that_ticks_before_or_after_the_music_belongs_to_it(stroke):
    clock = [(stroke, -34.0), (1.0 - stroke, SILENCE)] * 20
    assert passages(levels_of((3, SILENCE), *clock, (60, MUSIC))) == [(3.0, 83.0)]
    levels = levels_of((60, MUSIC), (0.5, SILENCE), *clock, (3, SILENCE))
    assert passages(levels) == [(0.0, pytest.approx(79.5 + stroke))]


def test_a_clock_is_heard_between_clicks():
    rng = np.random.default_rng(11)
    levels = levels_of((3, -70.0), *[(0.02, -34.0), (0.98, -70.0)] * 20, (60, MUSIC), (3, -70.0))
    quiet = np.flatnonzero(levels < -60)
    levels[rng.choice(quiet, 40, replace=False)] = rng.uniform(-50, -20, 40)
    assert passages(levels) == [(pytest.approx(3.0, abs=0.05), pytest.approx(83.0, abs=0.05))]


def test_a_scratch_that_returns_with_every_turn_is_no_rhythm():
    scratch = [(0.02, -30.0), (1.78, -60.0)] * 10
    levels = levels_of((60, MUSIC), (0.5, -60.0), *scratch)
    assert passages(levels) == [(0.0, 60.0)]


def test_claps_and_a_drum_solo_are_passages_although_no_sound_of_them_is_long():
    rng = np.random.default_rng(12)
    hits = [part for _ in range(40) for part in ((0.1, -14.0), (rng.uniform(0.1, 0.7), SILENCE))]
    solo = levels_of(*hits)
    length = solo.size / 100 - hits[-1][0]
    levels = np.concatenate([levels_of((60, MUSIC), (4, SILENCE)), solo, levels_of((4, SILENCE), (60, MUSIC))])
    assert [round(start, 1) for start, _ in passages(levels)] == [0.0, 64.0, round(68.0 + solo.size / 100, 1)]
    assert passages(levels)[1][1] == pytest.approx(64.0 + length, abs=0.1)


def test_two_final_hits_belong_to_the_music():
    levels = levels_of((60, MUSIC), (1.5, SILENCE), (0.1, MUSIC), (1.4, SILENCE), (0.1, MUSIC), (5, SILENCE))
    assert passages(levels) == [(0.0, pytest.approx(63.1))]


def test_bass_that_ripples_from_hop_to_hop_is_sound():
    ripple = np.tile(np.array([-40.0, -66.0, -70.0], np.float32), 1000)
    levels = np.concatenate([levels_of((60, MUSIC), (7, SILENCE)), ripple])
    assert passages(levels) == [(0.0, 60.0), (pytest.approx(67.0, abs=0.05), pytest.approx(97.0, abs=0.05))]


def test_a_jingle_of_six_seconds_is_a_passage():
    assert passages(levels_of((1, SILENCE), (6, MUSIC), (1, SILENCE))) == [(1.0, 7.0)]


def test_a_short_piece_joins_the_nearer_neighbour():
    levels = levels_of((60, MUSIC), (4, SILENCE), (5, MUSIC), (3.5, SILENCE), (60, MUSIC))
    assert passages(levels) == [(0.0, 60.0), (64.0, 132.5)]


def test_a_short_piece_far_from_everything_stands_alone():
    levels = levels_of((60, MUSIC), (20, SILENCE), (5, MUSIC), (20, SILENCE), (60, MUSIC))
    assert passages(levels) == [(0.0, 60.0), (80.0, 85.0), (105.0, 165.0)]


def test_a_row_of_short_pieces_close_together_is_one_passage():
    levels = levels_of(*[(6, MUSIC), (3.5, SILENCE)] * 4)
    assert passages(levels) == [(0.0, 34.5)]


def test_a_file_of_ticks_alone_is_one_passage():
    levels = levels_of((4, SILENCE), *[(0.05, MUSIC), (0.45, SILENCE)] * 120)
    assert passages(levels) == [(4.0, pytest.approx(63.55))]


def test_a_sound_effect_shorter_than_a_gap_is_a_passage():
    assert passages(levels_of((0.01, SILENCE), (0.06, MUSIC), (0.2, SILENCE))) == [(0.01, 0.07)]


def test_a_file_with_nothing_but_silence_and_a_click_has_no_passage():
    assert passages(levels_of((60, -95.0), (0.01, -20.0), (60, np.nan))) == []
    assert passages(np.zeros(0, np.float32)) == []


def test_without_trimming_the_file_is_one_passage():
    rules = SegmentationRules(trim=False)
    levels = levels_of((2, SILENCE), (60, MUSIC), (20, SILENCE), (60, MUSIC))
    assert cuts(levels, rules, levels.size * HOP - 40).passages == (Span(0, levels.size * HOP - 40),)
    assert cuts(levels[:0], rules, 0).passages == ()


def test_a_partial_last_hop_ends_with_the_file():
    levels = levels_of((20, MUSIC))
    assert cuts(levels, RULES, 2000 * HOP - 440).passages == (Span(0, 2000 * HOP - 440),)


def test_levels_of_another_length_than_the_file_are_refused():
    with pytest.raises(ValueError, match="1999 levels"):
        cuts(levels_of((19.99, MUSIC)), RULES, 2000 * HOP)


pieces = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 60), st.integers(60, 1500)), st.sampled_from([-90.0, -60.0, -45.0, -15.0, SILENCE])
    ),
    max_size=30,
)
rules_of = st.builds(
    SegmentationRules,
    shortest_gap=st.floats(0.2, 6.0),
    shortest_sound=st.floats(0.05, 1.0),
    shortest_passage=st.floats(0.0, 30.0),
)


def drawn_levels(drawn, seed=None):
    """Build levels in whole blocks of 100 ms, perhaps with the movement of music."""
    levels = levels_of(*[(hops / 100, level) for hops, level in drawn]) if drawn else np.zeros(0, np.float32)
    if seed is not None:
        levels = levels + np.random.default_rng(seed).normal(0, 3, levels.size).astype(np.float32)
    return np.concatenate([levels, np.full(-levels.size % 10, SILENCE, np.float32)])


@examples(50)
@given(pieces, st.integers(0, HOP - 1), rules_of)
def test_passages_are_ordered_disjoint_and_hold_every_long_sound(drawn, missing, rules):
    levels = drawn_levels(drawn)
    samples = max(levels.size * HOP - missing, 0)
    found = cuts(levels, rules, samples)
    spans = found.passages

    bounds = [bound for span in spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(span.start < span.end for span in spans)
    assert all(0 <= bound <= samples for bound in bounds)
    assert all(later.start - earlier.end >= (rules.shortest_gap * 100 - 6) * HOP for earlier, later in pairwise(spans))
    for gap in found.doubtful:
        assert any(span.start < gap.start < gap.end < span.end for span in spans)

    if found.programme is None or found.programme < -80:
        assert spans == ()
        return
    inside = np.zeros(levels.size, bool)
    for span in spans:
        inside[span.start // HOP : -(-span.end // HOP)] = True
    # Whatever the noise: it is 15 dB below the programme and less than 10 dB below what is sound.
    loud = levels > found.programme - 5.0
    run = 0
    for hop, is_loud in enumerate(loud):
        run = run + 1 if is_loud else 0
        if run >= rules.shortest_sound * 100:
            assert inside[hop - run + 1 : hop + 1].all()


@examples(50)
@given(pieces, st.integers(0, 9), rules_of, st.sampled_from([-35.0, -20.0, -10.0, -0.5]))
def test_bounds_do_not_depend_on_gain(drawn, seed, rules, gain):
    # -90 dB at the lowest gain is still within the range that is kept.
    levels = np.maximum(drawn_levels(drawn, seed), -90.0).clip(None, -1.0)
    louder, softer = cuts(levels, rules), cuts(levels + np.float32(gain), rules)
    if louder.programme is not None and louder.programme + gain > -80:
        assert softer.passages == louder.passages
        assert softer.doubtful == louder.doubtful


@examples(50)
@given(pieces, st.integers(0, 9), rules_of)
def test_a_file_played_backwards_is_cut_at_the_same_places(drawn, seed, rules):
    levels = drawn_levels(drawn, seed)
    end = levels.size * HOP
    # Equal gaps are joined from the left: without joining nothing has a direction.
    rules = replace(rules, shortest_passage=0.0)
    backwards = tuple(Span(end - span.end, end - span.start) for span in cuts(levels[::-1], rules).passages[::-1])
    assert cuts(levels, rules).passages == backwards


def test_three_hours_take_a_fraction_of_a_second():
    rng = np.random.default_rng(7)
    levels = rng.normal(-58.0, 4.0, 1_080_000).astype(np.float32)
    started = time.process_time()
    cuts(levels)
    assert time.process_time() - started < 0.5
