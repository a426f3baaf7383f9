"""Which of several releases are compared: a tie in one point goes to the next."""

from dataclasses import replace

import pytest

from passagework.domain.identification.planning.answers import Answers
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.release_ranking import best_releases, tracks_of
from passagework.domain.ids import Guid
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage


def group(count, **tags):
    """Give what is known of a group at the beginning of its plan."""
    files = [
        WaitingFile(f"/m/{one}".encode(), Tags(**tags), 1, (WaitingPassage(Guid(f"p{one}"), Ticks(0), Ticks(100)),))
        for one in range(count)
    ]
    return PlanState(files, Answers({}), Capabilities())


@pytest.fixture
def edition(build):
    """Give a function that makes an edition, of two tracks unless another number is given."""

    def make(mbid, *, tracks=2, title="Compass", **more):
        return build.release(title, [build.track(n, f"Track {n}") for n in range(tracks)], mbid=mbid, **more)

    return make


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"secondary": ("Compilation",)}, {"title": "Other"}),
        ({"tracks": 5}, {"secondary": ("Compilation",)}),
        ({"status": "Bootleg"}, {"tracks": 3}),
        ({"status": "Bootleg"}, {"tracks": 1}),
        ({"secondary": ("Live",)}, {"status": "Promotion"}),
        ({"date": "2009"}, {"secondary": ("Soundtrack",), "date": "1999"}),
        ({"date": "1999"}, {"date": "2001"}),
        ({"date": "2001"}, {"date": None}),
    ],
    ids=["album tag", "compilation", "more tracks", "fewer tracks", "official", "plain", "early", "dated"],
)
def test_the_better_release_comes_first_whatever_its_id(edition, better, worse):
    first, second = edition("zzz", **better), edition("aaa", **worse)
    for order in ((first, second), (second, first)):
        assert best_releases(group(2, album="Compass"), order) == (first, second)


def test_of_equal_releases_that_with_the_smallest_id_comes_first(edition):
    editions = [edition(mbid) for mbid in ("c", "a", "b")]
    assert [one.mbid for one in best_releases(group(2), editions)] == ["a", "b", "c"]


def test_only_the_three_best_releases_are_compared(edition):
    editions = [edition(mbid, date=date) for mbid, date in zip("abcde", ("5", "4", "3", "2", "1"), strict=True)]
    assert [one.mbid for one in best_releases(group(2), editions)] == ["e", "d", "c"]


@pytest.mark.parametrize(("passages", "first"), [(1, "early"), (2, "fits"), (3, "fits")])
def test_the_number_of_tracks_counts_where_there_are_several_passages(edition, passages, first):
    early = edition("early", tracks=passages + 1, date="1999")
    fits = edition("fits", tracks=passages, date="2001")
    assert best_releases(group(passages), [fits, early])[0].mbid == first


def test_an_album_title_with_a_slip_of_the_pen_is_as_good_as_the_right_one(edition):
    right, slip = edition("b", title="Compass Points North"), edition("a", title="Compass Points Nort")
    assert [one.mbid for one in best_releases(group(2, album="Compass Points North"), [right, slip])] == ["a", "b"]


def test_the_tracks_of_all_media_count_also_where_they_are_not_listed(build):
    release = build.release("Compass", [build.track(1, "North")], [build.track(1, "East"), build.track(2, "South")])
    first, second = release.media
    assert tracks_of(release) == 3
    assert tracks_of(replace(release, media=(first, replace(second, tracks=(), track_count=7)))) == 8
