"""Hosts report what they play, and read it back."""

import datetime as dt
from itertools import islice

import pytest

from passagework.api import library as api
from passagework.api.editing import open_to_edit
from passagework.config.sections import LibrarySettings
from passagework.domain.plays import EARLIEST, Play, PlayError, nanoseconds_of
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


def test_what_was_reported_is_read_back_the_newest_first(library, guids, monkeypatch):
    monkeypatch.setattr(api, "PAGE", 2)
    one, other = guids
    found = library.played([(one, AT), (other, AT), (one[:8], AT + MINUTE), (other, AT - MINUTE), (one, AT)])
    assert len(found) == 4
    expected = [(one, AT + MINUTE), *sorted([(one, AT), (other, AT)]), (other, AT - MINUTE)]
    assert [(play.passage, play.at) for play in library.plays()] == expected
    assert [play.at for play in library.plays(one[:8])] == [AT + MINUTE, AT]
    assert [play.at for play in library.plays(before=AT)] == [AT - MINUTE]
    assert library.played(one, AT) == ()
    assert library.played(one, AT, taken_back=True) == (Play(one, nanoseconds_of(AT)),)
    assert [play.at for play in library.plays(one)] == [AT + MINUTE]


def test_without_a_moment_it_is_now(library, guids):
    before = dt.datetime.now(dt.UTC) - MINUTE
    (play,) = library.played(guids[0])
    assert before < play.at < before + 2 * MINUTE
    assert list(islice(library.plays(), 2)) == [play]


@pytest.mark.parametrize(
    "at",
    [
        AT.replace(tzinfo=None),
        dt.datetime.min.replace(tzinfo=dt.UTC),
        dt.datetime.max.replace(tzinfo=dt.UTC),
        EARLIEST - MINUTE,
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=23))),
    ],
)
def test_an_impossible_moment_is_refused_and_nothing_is_stored(library, guids, at):
    with pytest.raises(PlayError) as refused:
        library.played([(guids[0], AT), (guids[1], at)])
    assert refused.value.code == "play-invalid"
    assert list(library.plays()) == []


def test_what_is_taken_back_is_named_with_its_moment_and_not_too_much_comes_at_once(library, guids):
    with pytest.raises(PlayError, match="which play"):
        library.played(guids[0], taken_back=True)
    with pytest.raises(PlayError, match="at most"):
        library.played([guids[0]] * 10_001)
    assert library.played(()) == ()
