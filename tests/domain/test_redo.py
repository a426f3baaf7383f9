"""Passages and cues from the library alone: either what a decode would give, or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from passagework.config.settings import load_settings
from passagework.domain.file_levels import FileLevels
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource, Given, GivenCuts, GivenPiece, write_bounds
from passagework.domain.redo import redo
from passagework.domain.redone import StaleFile, StoredPassage
from passagework.domain.segmentation import find_cuts
from passagework.domain.stored_levels import steps_of
from passagework.domain.units import TICKS_PER_SECOND, Ticks, seconds, ticks_from_samples

HOP, RATE = 441, 44_100


def settings(**changes):
    return load_settings(overrides={key.replace("__", "."): value for key, value in changes.items()}, environ={})


def stored(steps, made, now):
    """Give a file as the library holds it, cut as ``made`` says, of whose levels these are the steps."""
    cuts = find_cuts(FileLevels.of(steps, HOP, RATE), steps.size * HOP, made.analysis_rules.segmentation)

    def ticks(span):
        return ticks_from_samples(span.start, RATE), ticks_from_samples(span.end, RATE)

    return StaleFile(
        id=1,
        path=b"/music/a.flac",
        stamp=FileStamp(1, 1),
        made=made.provenance,
        stale=made.provenance.stale(now.provenance),
        samples=steps.size * HOP,
        sample_rate=RATE,
        hop=HOP,
        passages=tuple(StoredPassage(*ticks(span)) for span in cuts.passages),
        doubtful_gaps=tuple(map(ticks, cuts.doubtful)),
    )


def levels(*pieces):
    return steps_of(np.concatenate([np.full(round(length * 100), level, np.float32) for length, level in pieces]))


SIDE = levels((40, -18.0), (2.5, -np.inf), (40, -18.0), (4, -45.0), (40, -18.0))
"""Two passages, of which the second has what may be a gap of 4 s."""


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"segmentation__shortest_gap": "2.2"}, True),
        ({"segmentation__shortest_gap": "3.0"}, False),
        ({"segmentation__shortest_gap": "1.0"}, True),
        ({"segmentation__silence_drop": "70"}, True),
        ({"segmentation__silence_drop": "20"}, False),
        ({"segmentation__trim": "false"}, False),
    ],
)
def test_passages_stay_if_the_stored_levels_give_them_again(changes, stays):
    made, now = settings(), settings(**changes)
    again = redo(stored(SIDE, made, now), SIDE.tobytes(), now.provenance)
    assert (again is not None) is stays
    assert again is None or (again.provenance, again.cues) == (now.provenance, ())


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"segmentation__shortest_gap": "1.0"}, True),
        ({"segmentation__shortest_gap": "3.0"}, True),
        ({"segmentation__silence_drop": "20"}, False),
        ({"segmentation__trim": "false"}, False),
    ],
)
def test_pieces_stay_where_they_are_if_nothing_else_of_them_is_silence(changes, stays):
    made, now = settings(), settings(**changes)
    steps = levels((40, -18.0), (2.5, -np.inf), (40, -18.0), (5, -40.0), (40, -18.0))
    file = stored(steps, made, now)
    bounds = [(0, 10), (10, 40), (42.5, 87.5), (87.5, 127.5)]
    pieces = tuple(GivenPiece(start=Ticks(round(start * TICKS_PER_SECOND))) for start in (0, 10, 41, 87.5))
    cut = replace(
        file,
        passages=tuple(StoredPassage(*(Ticks(round(at * TICKS_PER_SECOND)) for at in one)) for one in bounds),
        said=GivenCuts(source=CutSource.CUE_SHEET, pieces=pieces),
    )
    assert (redo(cut, steps.tobytes(), now.provenance) is not None) is stays


def test_what_a_person_cut_stays_whatever_the_sound_says():
    made, now = settings(), settings(segmentation__silence_drop="20")
    steps = levels((40, -18.0), (5, -60.0), (40, -18.0))
    cut = GivenPiece(start=Ticks(0), end=Ticks(85 * TICKS_PER_SECOND))
    passages = (StoredPassage(cut.start, cut.end),)
    file = replace(stored(steps, made, now), passages=passages)
    assert redo(file, steps.tobytes(), now.provenance) is None
    by_hand = replace(file, given=Given(bounds=write_bounds([cut])))
    assert redo(by_hand, steps.tobytes(), now.provenance) is not None


def test_a_gap_that_is_doubtful_from_now_on_takes_a_decode_which_stores_it():
    made, now = settings(segmentation__shortest_gap="4.5"), settings(segmentation__shortest_gap="3.5")
    quiet = levels((40, -18.0), (4, -45.0), (40, -18.0))
    file = stored(quiet, made, now)
    assert file.doubtful_gaps == ()
    assert redo(file, quiet.tobytes(), now.provenance) is None


def test_levels_of_another_length_tell_nothing():
    made, now = settings(), settings(segmentation__shortest_gap="2.2")
    file = stored(SIDE, made, now)
    assert redo(file, SIDE[1:].tobytes(), now.provenance) is None


def test_cues_come_from_the_levels_by_which_passages_are_found():
    made, now = settings(), settings(cues__lead_drop="7.0")
    fading = np.concatenate([SIDE, steps_of(np.linspace(-18.0, -78.0, 400, dtype=np.float32))])
    again = redo(stored(fading, made, now), fading.tobytes(), now.provenance)
    assert [one.lead_in for one in again.cues] == [0, 0]
    assert [seconds(one.lead_out) for one in again.cues] == [0, pytest.approx(3.3, abs=0.1)]
