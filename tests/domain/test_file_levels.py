"""What cuts and cues take of the levels of a file is what each would find by itself."""

import numpy as np
import pytest

from passagework.domain.file_levels import FileLevels
from passagework.domain.noise_floor import programme_level
from passagework.domain.stored_levels import LOWEST
from passagework.domain.stretches import stretches

HOP, RATE = 441, 44_100


def test_a_power_is_that_of_its_level_and_digital_silence_has_none():
    of_file = FileLevels.of(np.arange(LOWEST + 1, dtype=np.uint8), HOP, RATE)
    assert of_file.levels.tolist() == [-step / 2 for step in range(LOWEST + 1)]
    assert of_file.powers[:-1].tolist() == (10.0 ** (of_file.levels[:-1].astype(np.float64) / 10.0)).tolist()
    assert of_file.powers[-1] == 0.0


def test_a_file_with_sound_has_a_programme_and_one_with_noise_a_floor():
    rng = np.random.default_rng(1)
    music, gap = 40 + 24 * (np.arange(3000) % 50) / 50, rng.normal(120, 1, 300)
    of_file = FileLevels.of(np.concatenate([music, gap, music, gap]).round().astype(np.uint8), HOP, RATE)
    assert of_file.programme == programme_level(of_file.powers, 100)
    assert of_file.floor.level == pytest.approx(-60.0, abs=0.5)
    assert of_file.blocks.hops == 10


@pytest.mark.parametrize("steps", [np.zeros(0, np.uint8), np.full(500, LOWEST, np.uint8)])
def test_silence_has_neither(steps):
    of_file = FileLevels.of(steps, HOP, RATE)
    assert (of_file.programme, of_file.blocks, of_file.floor) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "found"),
    [("", []), ("-", []), ("x", [(0, 1)]), ("xx-x", [(0, 2), (3, 4)]), ("-xx-", [(1, 3)]), ("xxx", [(0, 3)])],
)
def test_stretches_begin_and_end_where_what_holds_changes(row, found):
    starts, ends = stretches(np.array([mark == "x" for mark in row], np.bool_))
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == found
