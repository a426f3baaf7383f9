"""``library.next``: what a host asks, and is told."""

import datetime as dt

import pytest

from passagework import PassageFilter, load_settings
from passagework.api.editing import open_to_edit
from passagework.config.sections import LibrarySettings
from passagework.domain.errors import NotFoundError
from passagework.domain.passage_filter import FilterError
from passagework.domain.playing import FactorKind, NextError
from tests.support.library import Maker, OpenedLibrary

AT = dt.datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=dt.timezone(dt.timedelta(hours=2)))
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "music.passages"
    opened = OpenedLibrary(path, "normal")
    opened.new_run()
    opened.write(Maker.store(opened.run, spans=((0, 29), (31, 60))))
    opened.close_run("completed")
    opened.close()
    with open_to_edit(LibrarySettings(path=path)) as library:
        yield library


@pytest.fixture
def guids(library):
    return [passage.guid for passage in library.passages()]


def test_what_was_played_rests_and_the_other_one_is_next(library, guids):
    library.played(guids[0], AT)
    assert {library.next(at=AT + MINUTE, seed=seed).passage.guid for seed in range(9)} == {guids[1]}
    library.played(guids[1], AT + MINUTE)
    nothing = library.next(at=AT + 2 * MINUTE)
    assert (nothing.passage, nothing.playable, nothing.resting, nothing.fresh) == (None, 2, 2, True)
    assert nothing.free_at - AT - 15 * MINUTE < dt.timedelta(milliseconds=1)
    assert library.next(at=AT + 2 * MINUTE, even_resting=True).passage.guid == guids[0]
    assert library.next(at=AT + dt.timedelta(days=9)).resting == 0


def test_settings_say_how_long_what_was_played_rests(library, guids):
    library.played(guids, AT)
    short = load_settings(overrides={"play.song_cooldown": "60", "play.song_ramp": "0", "play.artist_ramp": "0"})
    assert library.next(at=AT + 2 * MINUTE).passage is None
    assert library.next(at=AT + 2 * MINUTE, settings=short).resting == 0


def test_it_says_how_it_follows_and_what_its_chance_is_made_of(library, guids):
    before = library.passage(guids[0])
    found = library.next(guids[0][:8], AT, explain=True)
    assert found.passage.guid == guids[1]
    assert found.crossfade.overlap == min(before.lead_out, found.passage.lead_in)
    assert (found.explanation.share, found.explanation.rest) == (1.0, 1.0)
    assert [one.kind for one in found.explanation.factors][:2] == [FactorKind.PASSAGE, FactorKind.SONG]
    assert library.next(at=AT).crossfade is library.next(at=AT).explanation is None


def test_a_filter_leaves_out_what_does_not_match(library, guids):
    nothing = library.next(at=AT, filter=PassageFilter(seconds_from=100))
    assert (nothing.passage, nothing.playable, nothing.free_at) == (None, 0, None)
    assert library.next(at=AT, filter=PassageFilter(seconds_to=100)).playable == 2


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"at": AT.replace(tzinfo=None)}, NextError),
        ({"at": dt.datetime(1969, 1, 1, tzinfo=dt.UTC)}, NextError),
        ({"at": dt.datetime(2101, 1, 1, tzinfo=dt.UTC)}, NextError),
        ({"seed": 0.5}, NextError),
        ({"seed": True}, NextError),
        ({"gain": "loud"}, NextError),
        ({"after": "ffffffff"}, NotFoundError),
        ({"near": "ffffffff"}, NotFoundError),
        ({"near": {"mode": 3}}, FilterError),
    ],
)
def test_what_cannot_be_asked_is_refused(library, asked, error):
    with pytest.raises(error):
        library.next(**asked)
