"""Speech moves far, at every moment, and in no rhythm. Levels are those of syllables, beats and tones."""

import numpy as np
import pytest

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.file_levels import FileLevels
from passagework.domain.segmentation import find_cuts
from passagework.domain.stored_levels import steps_of

RATE, HOP = 8_000, 80
SILENCE = np.full(400, -np.inf)


def syllables(seconds, seed):
    """Give syllables of any length and loudness, with breaths between some."""
    rng = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < seconds * 100:
        parts.append(np.full(rng.integers(8, 30), rng.uniform(-30, -15)))
        parts.append(
            np.full(rng.integers(30, 80) if rng.random() < 0.15 else rng.integers(4, 15), rng.uniform(-60, -45))
        )
    return np.concatenate(parts)[: seconds * 100]


def beats(seconds, _seed):
    return np.tile(np.concatenate([np.full(20, -15.0), np.full(30, -55.0)]), seconds * 2)


def chords(seconds, seed):
    """Give chords that are struck at any time and ring on."""
    rng = np.random.default_rng(seed)
    struck = [rng.uniform(-20, -12) - 0.12 * np.arange(rng.integers(20, 90)) for _ in range(5 * seconds)]
    return np.concatenate(struck)[: seconds * 100]


def cut(kind, seconds=60, gap=SILENCE, **rules):
    levels = np.concatenate([kind(seconds, 1), gap, kind(seconds, 2)])
    of_file = FileLevels.of(steps_of(levels.astype(np.float32)), HOP, RATE)
    return find_cuts(of_file, levels.size * HOP, SegmentationRules(**rules))


@pytest.mark.parametrize(("kind", "speech"), [(syllables, True), (beats, False), (chords, False)])
def test_speech_that_was_cut_is_told_from_music_that_was(kind, speech):
    found = cut(kind)
    assert (len(found.passages), found.speech) == (2, speech)


def test_speech_that_is_one_passage_is_right_already():
    assert not cut(syllables, gap=SILENCE[:150]).speech


def test_of_little_sound_nothing_is_said():
    assert not cut(syllables, seconds=12).speech


@pytest.mark.parametrize(("kind", "misfit"), [(syllables, False), (beats, True), (chords, True)])
def test_music_that_was_left_whole_as_if_it_were_speech_is_said(kind, misfit):
    found = cut(kind, shortest_gap=30.0)
    assert (len(found.passages), found.no_speech) == (1, misfit)
    assert not cut(kind, shortest_gap=30.0, gap=SILENCE[:150]).no_speech
    assert not cut(kind, shortest_gap=3.0).no_speech


def test_of_a_short_file_it_is_not_known_whether_it_is_speech():
    assert not cut(beats, seconds=12, shortest_gap=30.0).no_speech
