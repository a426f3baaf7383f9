"""The numbers that one version of the analysis gives: files that did not change are not analysed again.

If one of them changes on purpose, raise the version of its part (domain/parts.py), so that imports measure all files by
the same rules.
"""

import numpy as np
import pytest

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.cues import CueRules, find_cues
from passagework.domain.file_levels import FileLevels
from passagework.domain.loudness import integrated_loudness, loudness_range
from passagework.domain.loudness_distribution import distribution, loudness_together
from passagework.domain.parts import PARTS, PartName
from passagework.domain.segmentation import find_cuts
from passagework.domain.spans import Span
from passagework.domain.stored_levels import steps_of

RATE = 48_000
HOP = 480


def restless(seconds, top, beat, *, per_second=100):
    """Levels in dB that move as music does, made without chance."""
    times = np.arange(round(seconds * per_second)) / per_second
    moves = np.sin(2 * np.pi * beat * times) + 0.7 * np.sin(2 * np.pi * 0.213 * times) + 0.4 * np.sin(997.0 * times**2)
    return top + 2.4 * moves


def rising(levels, seconds, depth, *, per_second=100):
    """The same with a fade-in of some shape between linear in decibels and linear in amplitude."""
    share = np.minimum((np.arange(levels.size) + 0.5) / (seconds * per_second), 1.0)
    return levels + np.maximum(0.5 * depth * (share - 1.0) + 10.0 * np.log10(share), -depth)


PIECES = {
    "short fades": (rising(restless(31, -18, 2.1), 1.7, 40), rising(restless(30, -21, 1.9), 2.9, 33)[::-1]),
    "long fades": (rising(restless(57, -15, 1.3), 7.3, 28), rising(restless(61, -17, 2.7), 19.1, 61)[::-1]),
    "shallow fades": (rising(restless(40, -24, 1.7), 5.3, 15), rising(restless(40, -24, 0.9), 11.9, 21)[::-1]),
    "quiet intro": (restless(9, -33, 1.1), restless(45, -14, 2.3), rising(restless(12, -31, 0.7), 3.1, 30)[::-1]),
    "quiet noise": (restless(6, -63, 3.1), restless(33, -19, 2.2), restless(8, -58, 1.2)),
    "decay": (np.linspace(-55, -16, 130), restless(50, -16, 2.9), np.linspace(-16, -70, 470)),
    "slow start": (np.linspace(-38, -22, 900), restless(70, -20, 0.6), np.linspace(-21, -36, 1500)),
}


def levels_of(name):
    return np.concatenate(PIECES[name]).astype(np.float32)


def test_these_are_the_numbers_of_these_versions():
    versions = {part.name: part.version for part in PARTS}
    assert (versions[PartName.PASSAGES], versions[PartName.LOUDNESS], versions[PartName.CUES]) == (3, 3, 3)


@pytest.mark.parametrize(
    ("name", "lead_in", "lead_out", "fade_in", "fade_out"),
    [
        ("short fades", 27, 48, 150, 480),
        ("long fades", 0, 599, 640, 1840),
        ("shallow fades", 0, 0, 540, 1080),
        ("quiet intro", 0, 155, None, 470),
        ("quiet noise", 595, 795, None, None),
        ("decay", 51, 265, 130, 480),
        ("slow start", 0, 0, 960, 1640),
    ],
)
def test_leads_and_fades_in_hundredths_of_a_second(name, lead_in, lead_out, fade_in, fade_out):
    steps = steps_of(levels_of(name))
    (cues,) = find_cues(FileLevels.of(steps, HOP, RATE), (Span(0, steps.size * HOP),), CueRules())
    fades = [fade and fade // HOP for fade in (cues.fade_in, cues.fade_out)]
    assert (cues.lead_in // HOP, cues.lead_out // HOP, *fades) == (lead_in, lead_out, fade_in, fade_out)


@pytest.mark.parametrize(
    ("name", "integrated", "spread"),
    [
        ("short fades", -18.763227, 7.959151),
        ("long fades", -15.548788, 10.58302),
        ("shallow fades", -23.860958, 10.796455),
        ("quiet intro", -13.465911, 21.683412),
        ("quiet noise", -18.481858, 6.913676),
        ("decay", -15.558704, 6.302054),
        ("slow start", -20.018393, 13.942335),
    ],
)
def test_loudness_and_its_range(name, integrated, spread):
    levels = levels_of(name).astype(np.float64)
    assert integrated_loudness(levels[::10]) == pytest.approx(integrated, abs=1e-4)
    assert loudness_together([(distribution(levels[::10]), 0.0)]) == pytest.approx(integrated, abs=0.02)
    assert loudness_range(levels[::50]) == pytest.approx(spread, abs=1e-4)


def crackling():
    """Pieces, gaps, ticks and count-ins of a length that differs from one to the next."""
    lengths = [0.03 + 0.61 * abs(np.sin(3.0 * n)) ** 3 * (1 + 13 * (n % 5 == 0)) for n in range(90)]
    return np.concatenate([np.full(round(100 * x), -20.0 if n % 2 else -70.0) for n, x in enumerate(lengths)])


@pytest.mark.parametrize(
    ("rules", "bounds"),
    [
        ({}, "3-439 1266-2290 2903-4311 4626-5891 6333-7559 8284-8524"),
        (
            {"shortest_gap": 0.4, "shortest_passage": 1.5, "shortest_sound": 0.15},
            "3-439 1266-2030 2061-2290 2903-3083 3146-4080 4250-4311 4626-5671 5734-5891 6333-6417 6507-7559 8284-8524",
        ),
    ],
    ids=["by default", "short"],
)
def test_passages_in_hundredths_of_a_second(rules, bounds):
    levels = crackling().astype(np.float32)
    spans = find_cuts(FileLevels.of(steps_of(levels), 1, 100), levels.size, SegmentationRules(**rules)).passages
    assert " ".join(f"{span.start}-{span.end}" for span in spans) == bounds
