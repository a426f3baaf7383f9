"""What is asked for, and what an answer adds to what is known."""

from dataclasses import replace

import pytest

from passagework.domain.identification.planning.answers import Answers, NothingFound
from passagework.domain.identification.planning.by_text import search_album, search_titles
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.requests import (
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    SearchedRecording,
    SearchRecordings,
    SearchReleases,
    SearchTitle,
)
from passagework.domain.identification.planning.take_or_ask import take_alone, take_recordings, take_releases
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import CreditedArtist, MbFoundRecording, MbFoundRecordings, MbReleasePage
from passagework.domain.tags import Tags
from passagework.domain.units import ticks_from_samples
from passagework.domain.waiting import WaitingFile, WaitingPassage

SEARCHING = Capabilities(works=False)
A, B, C, D = map(Mbid, "abcd")


def known(*tags, answers=(), capabilities=None):
    """Give what is known about passages of 200 s, each with these tags, and with these answers."""
    files = [
        WaitingFile(
            f"/m/{number}".encode(),
            one,
            1,
            (WaitingPassage(Guid(f"p{number}"), ticks_from_samples(0, 1), ticks_from_samples(200, 1)),),
        )
        for number, one in enumerate(tags or [Tags()])
    ]
    return PlanState(files, Answers({one.key: answer for one, answer in answers}), capabilities or Capabilities())


def page(*releases):
    return MbReleasePage(releases, len(releases), 0)


def recordings(state):
    return {one.mbid for one in state.evidence().recordings}


def test_releases_without_an_answer_are_asked_for_once_each_and_the_others_taken_in(build):
    answers = [(LookUpRelease(B), build.release("Compass", mbid="b")), (LookUpRelease(C), NothingFound())]
    state = known(answers=answers)
    assert take_releases(state, [A, B, C, D, A]) == [LookUpRelease(A), LookUpRelease(D)]
    assert [one.mbid for one in state.releases] == [B]


def test_recordings_without_an_answer_are_looked_up_once_each_and_the_others_taken_in(build):
    found = [(LookUpRecording(mbid), build.recording("North", mbid=mbid)) for mbid in (B, "e")]
    state = known(answers=[*found, (LookUpRecording(C), NothingFound())])
    assert take_alone(state, [B, A, B, C, D, A, Mbid("e")]) == [LookUpRecording(A), LookUpRecording(D)]
    assert recordings(state) == {B, "e"}


def test_the_releases_of_recordings_are_asked_for_one_after_the_other_and_never_where_one_is_known(build):
    state = known()
    state.add_releases([build.release("Compass", [build.track(1, "North", mbid="a")])])
    assert take_recordings(state, [A, B, C]) == (BrowseRecording(B),)


def test_a_recording_that_is_on_no_release_is_looked_up_before_the_next_is_asked_for(build):
    state = known(answers=[(BrowseRecording(A), NothingFound())])
    assert take_recordings(state, [A, B]) == [LookUpRecording(A)]


def test_when_all_is_answered_nothing_is_asked(build):
    release = build.release("Compass", [build.track(1, "North", mbid="a")])
    alone = build.recording("South", mbid="b")
    answers = [(BrowseRecording(A), page(release)), (BrowseRecording(B), page()), (LookUpRecording(B), alone)]
    state = known(answers=answers)
    assert take_recordings(state, [A, B]) == ()
    assert ([one.mbid for one in state.releases], recordings(state)) == (["release-Compass"], {B})


def test_of_the_releases_of_a_recording_the_three_best_are_taken_in(build):
    editions = [build.release("Compass", [build.track(1, "North", mbid="a")], mbid=f"r{n}") for n in range(5)]
    state = known(answers=[(BrowseRecording(A), page(*editions))])
    take_recordings(state, [A])
    assert [one.mbid for one in state.releases] == ["r0", "r1", "r2"]


def test_a_search_for_recordings_asks_for_the_unknown_ones_alone(build):
    state = known(capabilities=SEARCHING)
    state.add_recording(build.recording("North", mbid="a"))
    assert take_recordings(state, [A, B, C]) == [SearchRecordings((B,)), SearchRecordings((C,))]


def test_recordings_that_a_search_does_not_find_are_looked_up_when_all_is_searched(build):
    release = build.release("Compass", [build.track(1, "North", mbid="b")])
    found = MbFoundRecording(build.recording("North", mbid="b"), (release,))
    answers = [(SearchedRecording(A), NothingFound()), (SearchedRecording(B), found)]
    state = known(answers=answers, capabilities=SEARCHING)
    assert take_recordings(state, [A, B, C]) == [SearchRecordings((C,))]
    assert take_recordings(state, [A, B]) == [LookUpRecording(A)]
    assert ([one.mbid for one in state.releases], recordings(state)) == (["release-Compass"], {B})


def test_without_a_search_recordings_are_browsed_even_where_works_are_not_wanted():
    state = known(capabilities=Capabilities(works=False, search=False))
    assert take_recordings(state, [A]) == (BrowseRecording(A),)


def test_the_album_that_most_tags_name_is_searched_for_with_the_artist_of_more_than_half():
    tags = [
        Tags(album="Compass", artists=("The Band", "Guest")),
        Tags(album="Winds", artists=("Other",)),
        Tags(album="Compass", artists=("The Band",)),
    ]
    assert search_album(known(*tags)) == (SearchReleases("The Band", "Compass", 3),)


@pytest.mark.parametrize("artists", [["One", "Two"], ["One", "One", "Two", "Two"], ["One", None]])
def test_an_artist_that_half_the_passages_name_is_not_searched_for(artists):
    tags = [Tags(album="Compass", artists=(name,) if name else ()) for name in artists]
    assert search_album(known(*tags)) == (SearchReleases(None, "Compass", len(tags)),)


def test_without_an_album_in_the_tags_none_is_searched_for():
    assert search_album(known(Tags(title="North"))) == ()


def test_the_releases_that_a_search_for_the_album_finds_are_looked_up_best_first(build):
    search = SearchReleases(None, "Compass", 1)
    best, next_best = build.release("Compass", mbid="b"), build.release("Compass", mbid="a", status="Bootleg")
    answers = [(search, page(next_best, best))]
    assert search_album(known(Tags(album="Compass"), answers=answers)) == [LookUpRelease(B)]
    state = known(Tags(album="Compass"), answers=[*answers, (LookUpRelease(B), best)])
    assert search_album(state) == [LookUpRelease(A)]
    assert [one.mbid for one in state.releases] == [B]


def test_a_search_for_the_album_that_finds_nothing_asks_no_more():
    answers = [(SearchReleases(None, "Compass", 1), NothingFound())]
    assert search_album(known(Tags(album="Compass"), answers=answers)) == ()


def test_once_all_passages_have_a_place_no_further_release_of_the_search_is_looked_up(build):
    found = build.release("Compass", [build.track(1, "North")], mbid="a")
    answers = [(SearchReleases(None, "Compass", 1), page(found, replace(found, mbid=B))), (LookUpRelease(A), found)]
    assert search_album(known(Tags(album="Compass", title="North"), answers=answers)) == ()


NORTH = SearchTitle("The Band", "North")


def found(build, mbid="a", *, title="North", artist="The Band", credited="The Band", seconds=200.0, releases=()):
    by = (CreditedArtist(Mbid("artist"), artist, credited, ""),)
    return MbFoundRecording(replace(build.recording(title, seconds, mbid=mbid), artists=by), releases)


def by_title(*results, title="North", capabilities=None):
    """Search for a title and give what was taken in."""
    tags = Tags(title=title, artists=("The Band", "Guest"))
    answers = [(SearchTitle("The Band", title), MbFoundRecordings(results))]
    state = known(tags, answers=answers, capabilities=capabilities)
    assert search_titles(state) == []
    (passage,) = state.passages
    assert set(passage.named) == recordings(state)
    return passage.named


def test_a_title_is_searched_for_with_the_first_artist_unless_an_album_is_named():
    tags = Tags(title="North", artists=("The Band", "Guest"))
    assert search_titles(known(tags, replace(tags, album="Compass"))) == [NORTH]


def test_a_search_by_title_that_finds_nothing_adds_nothing():
    state = known(Tags(title="North", artists=("The Band",)), answers=[(NORTH, NothingFound())])
    assert (search_titles(state), recordings(state)) == ([], set())


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({}, True),
        ({"artist": "Other"}, True),
        ({"credited": "Other"}, True),
        ({"artist": "Other", "credited": "Someone"}, False),
        ({"seconds": 230.0}, True),
        ({"seconds": 230.1}, False),
        ({"seconds": 170.0}, True),
        ({"seconds": None}, True),
        ({"title": "South"}, False),
    ],
    ids=str,
)
def test_what_a_search_by_title_finds_is_taken_where_artist_title_and_length_are_alike(build, more, taken):
    assert by_title(found(build, **more)) == ((A,) if taken else ())


def test_a_title_that_is_less_alike_is_left_where_another_is_the_same(build):
    exact, near = found(build, "a", title="Sonata no. 1"), found(build, "b", title="Sonata no. 2")
    assert by_title(exact, near, title="Sonata no. 1") == (A,)
    assert by_title(near, title="Sonata no. 1") == (B,)


def test_of_many_recordings_of_a_title_five_are_taken(build):
    assert by_title(*(found(build, f"r{number}") for number in range(7))) == ("r0", "r1", "r2", "r3", "r4")


@pytest.mark.parametrize(("works", "releases"), [(True, []), (False, ["release-Compass"])])
def test_a_search_by_title_gives_the_releases_where_works_are_not_wanted(build, works, releases):
    release = build.release("Compass", [build.track(1, "North", mbid="a")])
    answers = [(NORTH, MbFoundRecordings((found(build, releases=(release,)),)))]
    state = known(Tags(title="North", artists=("The Band",)), answers=answers, capabilities=Capabilities(works=works))
    search_titles(state)
    assert [one.mbid for one in state.releases] == releases
