"""Levels are built from pieces of (seconds, dBFS), so that the truth is known; some come from generated sound."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.segmentation import find_passages
from passagework.domain.spans import Span
from tests.support.effort import examples

RATE, HOP = 44_100, 441
RULES = SegmentationRules()
VINYL = SegmentationRules(silence_level=-45.0, shortest_gap=1.5)
SILENCE = -np.inf
MUSIC = -18.0


def levels_of(*pieces):
    return np.concatenate([np.full(round(length * 100), level, np.float32) for length, level in pieces])


def passages(levels, rules=RULES):
    """Give the passages in seconds."""
    spans = find_passages(levels, HOP, levels.size * HOP, RATE, rules)
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
        sound[RATE * 15 + offset : RATE * 18 + offset] = 0.0
        assert len(find_passages(measured(sound), HOP, sound.size, RATE, RULES)) == 2


def test_known_gaps_in_sound_are_found_within_20_milliseconds():
    rng = np.random.default_rng(4)
    edges = [(0.313, 31.117), (34.5, 71.0031), (75.2507, 99.9999)]
    sound = np.zeros(RATE * 104 + 17)
    for start, end in edges:
        first, last = round(start * RATE), round(end * RATE)
        sound[first:last] = 0.1 * rng.standard_normal(last - first)
    found = find_passages(measured(sound), HOP, sound.size, RATE, RULES)
    assert [(span.start / RATE, span.end / RATE) for span in found] == [pytest.approx(edge, abs=0.02) for edge in edges]


def test_the_tracks_of_a_vinyl_side_are_found_over_its_noise_floor_and_crackle():
    rng = np.random.default_rng(5)
    tracks = [(3.0, 180.0), (182.0, 400.0), (401.8, 700.0), (702.5, 1100.0)]
    levels = rng.normal(-50.0, 0.4, 112_000).astype(np.float32)
    for start, end in tracks:
        levels[round(start * 100) : round(end * 100)] = rng.normal(-20.0, 4.0, round((end - start) * 100)).clip(-40)
    levels[rng.random(levels.size) < 0.03] += 15.0
    assert passages(levels, VINYL) == [pytest.approx(track, abs=0.12) for track in tracks]
    assert len(passages(levels, RULES)) == 1, "nothing is silent by the default rules, and nothing may be lost"


def test_a_fade_into_a_gap_ends_where_it_passes_the_silence_level():
    fade = np.linspace(-18.0, -98.0, 800, dtype=np.float32)
    levels = np.concatenate([levels_of((60, MUSIC)), fade, levels_of((2, SILENCE), (60, MUSIC))])
    assert passages(levels) == [(0.0, pytest.approx(64.2, abs=0.02)), (70.0, 130.0)]


def test_a_fade_that_flickers_around_the_silence_level_is_not_a_row_of_passages():
    rng = np.random.default_rng(6)
    fade = np.linspace(-50.0, -70.0, 2000) + rng.normal(0.0, 3.0, 2000)
    levels = np.concatenate([levels_of((60, MUSIC)), fade.astype(np.float32), levels_of((30, SILENCE))])
    assert passages(levels) == [(0.0, pytest.approx(70.0, abs=3.0))]


def test_a_hidden_track_after_minutes_of_silence_is_a_passage():
    assert passages(levels_of((200, MUSIC), (300, -90.0), (95, MUSIC))) == [(0.0, 200.0), (500.0, 595.0)]


def test_a_lone_click_neither_splits_a_silence_nor_keeps_it_alive():
    for click in (0.01, 0.05, 0.2):
        levels = levels_of((60, MUSIC), (2.4, SILENCE), (click, -10.0), (2.4, SILENCE), (60, MUSIC))
        assert passages(levels) == [(0.0, 60.0), (pytest.approx(64.8 + click), pytest.approx(124.8 + click))]


def test_ticks_that_come_close_after_another_do_not_chain_music_to_music():
    ticks = [(0.3, SILENCE), (0.03, -20.0)] * 12
    levels = levels_of((60, MUSIC), *ticks, (0.3, SILENCE), (60, MUSIC))
    assert len(passages(levels)) == 2


def test_a_click_in_the_silence_before_the_music_is_trimmed():
    assert passages(levels_of((2, SILENCE), (0.02, -6.0), (2, SILENCE), (60, MUSIC))) == [(4.02, 64.02)]


def test_staccato_chords_after_a_rest_belong_to_the_music():
    chords = [(0.8, SILENCE), (0.2, MUSIC)] * 2
    assert passages(levels_of((60, MUSIC), *chords, (5, SILENCE))) == [(0.0, 62.0)]


def test_a_count_in_belongs_to_the_music():
    assert passages(levels_of((3, SILENCE), *[(0.12, MUSIC), (0.38, SILENCE)] * 4, (60, MUSIC))) == [(3.0, 65.0)]


def test_bass_that_ripples_from_hop_to_hop_is_sound():
    ripple = np.tile(np.array([-40.0, -66.0, -70.0], np.float32), 1000)
    levels = np.concatenate([levels_of((60, MUSIC), (7, SILENCE)), ripple])
    assert passages(levels) == [(0.0, 60.0), (67.0, pytest.approx(97.0, abs=0.03))]


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
    assert passages(levels_of((60, -80.0), (0.01, -20.0), (60, np.nan))) == []
    assert passages(np.zeros(0, np.float32)) == []


def test_without_trimming_the_file_is_one_passage():
    rules = SegmentationRules(trim=False)
    levels = levels_of((2, SILENCE), (60, MUSIC), (20, SILENCE), (60, MUSIC))
    assert find_passages(levels, HOP, levels.size * HOP - 40, RATE, rules) == (Span(0, levels.size * HOP - 40),)
    assert find_passages(levels[:0], HOP, 0, RATE, rules) == ()


def test_a_partial_last_hop_ends_with_the_file():
    levels = levels_of((20, MUSIC))
    assert find_passages(levels, HOP, 2000 * HOP - 440, RATE, RULES) == (Span(0, 2000 * HOP - 440),)


def test_levels_of_another_length_than_the_file_are_refused():
    with pytest.raises(ValueError, match="1999 levels"):
        find_passages(levels_of((19.99, MUSIC)), HOP, 2000 * HOP, RATE, RULES)


pieces = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 60), st.integers(60, 1500)), st.sampled_from([-90.0, -60.0, -59.0, -15.0, SILENCE])
    ),
    max_size=30,
)


@examples(50)
@given(pieces, st.integers(0, HOP - 1), st.floats(0.2, 6.0), st.floats(0.05, 1.0), st.floats(0.0, 30.0))
def test_passages_are_ordered_disjoint_and_hold_every_real_sound(drawn, missing, gap, sound, passage):
    levels = levels_of(*[(hops / 100, level) for hops, level in drawn]) if drawn else np.zeros(0, np.float32)
    samples = max(levels.size * HOP - missing, 0)
    rules = SegmentationRules(shortest_gap=gap, shortest_sound=sound, shortest_passage=passage)
    spans = find_passages(levels, HOP, samples, RATE, rules)

    bounds = [bound for span in spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(span.start < span.end for span in spans)
    assert all(0 <= bound <= samples for bound in bounds)
    assert all(later.start - earlier.end >= (gap * 100 - 1) * HOP for earlier, later in pairwise(spans))

    inside = np.zeros(levels.size, bool)
    for span in spans:
        inside[span.start // HOP : -(-span.end // HOP)] = True
    loud = levels > rules.silence_level
    run = 0
    for hop, is_loud in enumerate(loud):
        run = run + 1 if is_loud else 0
        if run >= sound * 100:
            assert inside[hop - run + 1 : hop + 1].all()
    for span in spans:
        assert loud[span.start // HOP]
        assert loud[-(-span.end // HOP) - 1]


def test_three_hours_take_a_fraction_of_a_second():
    rng = np.random.default_rng(7)
    levels = rng.normal(-58.0, 4.0, 1_080_000).astype(np.float32)
    started = time.process_time()
    find_passages(levels, HOP, levels.size * HOP, RATE, RULES)
    assert time.process_time() - started < 0.5
