"""Which releases are requested because of what AcoustID finds for a group."""

from dataclasses import replace

import pytest

from passagework.domain.identification.planning.album_choice import ask_for_albums
from passagework.domain.identification.planning.answers import Answers, NothingFound
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.requests import BrowseGroup, LookUpRelease
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbReleasePage
from passagework.domain.tags import Tags
from passagework.domain.units import ticks_from_samples
from passagework.domain.waiting import WaitingFile, WaitingPassage

NOTHING = NothingFound()


@pytest.fixture
def group(build):
    """Give a function that makes a group of which each passage is heard on these albums, with or without releases."""

    def make(*heard, answers=(), listed=True, **more):
        files, found = [], {}
        for number, albums in enumerate(heard):
            guid = Guid(f"p{number}")
            passage = WaitingPassage(guid, ticks_from_samples(0, 1), ticks_from_samples(200, 1), **more)
            files.append(WaitingFile(f"/m/{number}".encode(), Tags(), 1, (passage,)))
            date = "2001" if listed else None
            found[guid] = build.answer(build.heard(f"Song {number}", albums=albums, date=date))
        state = PlanState(files, Answers({one.key: answer for one, answer in answers}), Capabilities())
        for guid, answer in found.items():
            if answer.results[0].recordings[0].groups:
                state.add_acoustid(guid, answer)
        return state

    return make


def look_up(name):
    return LookUpRelease(Mbid(f"release-{name}"))


def browse(name):
    return BrowseGroup(Mbid(f"group-{name}"))


def album(build, name, *numbers, **more):
    tracks = [build.track(position, f"Song {number}") for position, number in enumerate(numbers, 1)]
    return build.release(name, tracks, **more)


def test_the_release_of_the_album_with_most_votes_is_asked_for(group):
    assert ask_for_albums(group(["A", "B"], ["A"], ["A"])) == [look_up("A")]


@pytest.mark.parametrize(
    "heard",
    [(["A"],), (["A"], ["B"]), (["A"], ["A"], ["B"], ["C"], ["D"]), ([], [])],
    ids=["one passage", "one vote each", "less than half", "none"],
)
def test_an_album_needs_two_votes_and_those_of_half_of_the_passages(group, heard):
    assert ask_for_albums(group(*heard)) == ()


def test_half_of_the_votes_are_enough(group):
    assert ask_for_albums(group(["A"], ["A"], ["B"], ["C"])) == [look_up("A")]


def test_nothing_is_asked_where_every_decision_stands(group):
    assert ask_for_albums(group(["A"], ["A"], due=False, stands=True)) == ()
    assert ask_for_albums(group(["A"], ["A"], decided=Mbid("set"))) == ()


def test_where_every_passage_has_a_place_nothing_more_is_asked(group, build):
    answers = [(look_up("A"), album(build, "A", 0, 1))]
    assert ask_for_albums(group(["A", "B"], ["A", "B"], answers=answers)) == ()


def test_of_two_albums_with_equal_votes_the_second_is_asked_for_where_the_first_has_other_tracks(group, build):
    answers = [(look_up("A"), album(build, "A", 0, 1, 7))]
    assert ask_for_albums(group(["A", "B"], ["A", "B"], answers=answers)) == [look_up("B")]


def test_passages_without_a_place_vote_again(group, build):
    answers = [(look_up("A"), album(build, "A", 0, 1, 2))]
    state = group(["A"], ["A"], ["A"], ["B"], ["B"], answers=answers)
    assert ask_for_albums(state) == [look_up("B")]


def test_three_releases_are_asked_for_at_most_although_none_is_found(group):
    heard = [["A", "B", "C", "D"]] * 2
    answers = [(look_up(name), NOTHING) for name in "AB"]
    assert ask_for_albums(group(*heard, answers=answers)) == [look_up("C")]
    assert ask_for_albums(group(*heard, answers=[*answers, (look_up("C"), NOTHING)])) == ()


def test_albums_without_releases_are_browsed_with_their_rivals_together(group):
    assert ask_for_albums(group(["A", "B", "C"], ["A", "B"], listed=False)) == [browse("A"), browse("B")]
    answers = [(browse("A"), NOTHING)]
    assert ask_for_albums(group(["A", "B"], ["A", "B"], listed=False, answers=answers)) == [browse("B")]


def test_of_the_releases_of_rivals_the_best_of_all_is_asked_for(group, build):
    editions = [build.release(name, mbid=f"release-{name}", date=date) for name, date in (("A", "2009"), ("B", "1999"))]
    answers = [(browse(one.title), MbReleasePage((one,), 1, 0)) for one in editions]
    assert ask_for_albums(group(["A", "B"], ["A", "B"], listed=False, answers=answers)) == [look_up("B")]


def test_three_lists_without_a_release_are_asked_for_at_most(group):
    names = "ABCDEFGH"
    state = group(*[list(names)] * 2, listed=False, answers=[(browse(name), NOTHING) for name in names[:6]])
    assert ask_for_albums(state) == ()
    state = group(*[list(names)] * 2, listed=False, answers=[(browse(name), NOTHING) for name in names[:4]])
    assert ask_for_albums(state) == [browse("E"), browse("F")]


def test_a_release_with_a_track_for_each_passage_settles_equal_votes(group, build):
    answers = [(look_up("A"), album(build, "A", 0, 1))]
    state = group(["A", "B"], ["A", "B"], answers=answers)
    assert ask_for_albums(state) == ()
    assert [one.mbid for one in state.releases] == ["release-A"]
    bare = replace(album(build, "A", 0, 1), media=())
    assert ask_for_albums(group(["A", "B"], ["A", "B"], answers=[(look_up("A"), bare)])) == [look_up("B")]
