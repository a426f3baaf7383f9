from dataclasses import replace

import pytest

from passagework.domain.acoustid import AcoustidRelease, AcoustidReleaseGroup
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.identification.scoring.explanation import AlbumVote
from passagework.domain.identification.scoring.folder_votes import shared_with_others, vote
from passagework.domain.ids import Mbid


def titles(votes):
    return [one.title for one in votes]


def test_the_album_on_which_most_passages_were_heard_wins(build):
    passages = [
        build.passage("a", answer=build.answer(build.heard("North", albums=["Compass", "Hits"]))),
        build.passage("b", answer=build.answer(build.heard("South", albums=["Compass"]))),
        build.passage("c"),
    ]
    first, second = vote(passages)
    assert (first.title, first.voters, first.matched) == ("Compass", 2, 2)
    assert (second.title, second.voters) == ("Hits", 1)


def test_a_passage_has_one_vote_per_album_however_many_of_its_recordings_are_on_it(build):
    north = build.answer(*(build.heard("North", mbid=f"n{number}", albums=["Hits"]) for number in range(5)))
    south = build.answer(build.heard("South", albums=["Compass"]))
    east = build.answer(build.heard("East", albums=["Compass"]))
    passages = [build.passage(str(number), answer=one) for number, one in enumerate((north, south, east))]
    assert titles(vote(passages)) == ["Compass", "Hits"]


def test_a_tie_goes_to_what_is_no_compilation(build):
    heard = build.heard("North", albums=["Aaa"], secondary=("Compilation",))
    film = build.heard("North", albums=["Zzz"], secondary=("Soundtrack",))
    both = replace(heard, groups=(*heard.groups, *film.groups))
    assert titles(vote([build.passage("a", answer=build.answer(both))])) == ["Zzz", "Aaa"]


def test_a_compilation_that_the_tags_name_is_the_album(build):
    heard = build.heard("North", albums=["Hits"], secondary=("Compilation",))
    both = replace(heard, groups=(*heard.groups, *build.heard("North", albums=["Compass"]).groups))
    passage = build.passage("a", answer=build.answer(both), stated=Stated(album="Hits"))
    assert titles(vote([passage])) == ["Hits", "Compass"]


def test_a_tie_goes_to_the_release_group_whose_id_the_tags_have(build):
    heard = build.answer(build.heard("North", albums=["Aaa", "Bbb"]))
    assert titles(vote([build.passage("a", answer=heard, stated=Stated(release_group="group-Bbb"))]))[0] == "Bbb"


def test_a_tie_goes_to_the_album_that_the_tags_name(build):
    heard = build.answer(build.heard("North", albums=["Aaa", "Compass"]))
    passage = build.passage("a", answer=heard, stated=Stated(album="compass (deluxe)"))
    assert titles(vote([passage])) == ["Compass", "Aaa"]


def test_a_tie_goes_to_the_earliest(build):
    later = build.heard("North", albums=["Aaa"], date="2005-01-01")
    both = replace(later, groups=(*later.groups, *build.heard("North", albums=["Zzz"], date="1999").groups))
    assert titles(vote([build.passage("a", answer=build.answer(both))])) == ["Zzz", "Aaa"]


def test_a_tie_goes_to_the_earliest_where_only_some_albums_say_how_many_tracks_they_have(build):
    (counted,) = build.heard("North", albums=["Aaa"], date="2005").groups
    (release,) = counted.releases
    counted = replace(counted, releases=(replace(release, track_count=1),))
    (uncounted,) = build.heard("North", albums=["Zzz"], date="1999").groups
    heard = replace(build.heard("North"), groups=(counted, uncounted))
    assert titles(vote([build.passage("a", answer=build.answer(heard))])) == ["Zzz", "Aaa"]


def test_a_tie_goes_to_the_dated_where_of_another_album_no_release_is_known(build):
    undated = build.heard("North", albums=["Aaa"])
    both = replace(undated, groups=(*undated.groups, *build.heard("North", albums=["Zzz"], date="1999").groups))
    assert titles(vote([build.passage("a", answer=build.answer(both))])) == ["Zzz", "Aaa"]


def test_a_fingerprint_that_fits_badly_has_no_vote(build):
    assert vote([build.passage("a", answer=build.answer(build.heard("North", albums=["A"]), score=0.49))]) == ()


def release(mbid, date=None, tracks=None):
    return AcoustidRelease(Mbid(mbid), None, None, date, tracks, None, None)


def group(mbid, *releases, title="Title", kind="Album", secondary=()):
    return AcoustidReleaseGroup(Mbid(mbid), title, kind, secondary, (), releases)


def heard_on(build, *groups, **stated):
    """Two passages, both heard on all of these release groups."""
    answer = build.answer(replace(build.heard("North"), groups=groups))
    return [build.passage(key, answer=answer, stated=Stated(**stated)) for key in ("a", "b")]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (group("z", secondary=("Compilation",)), group("a", title="Other")),
        (group("z", kind="Single"), group("a", secondary=("Compilation",))),
        (group("z", release("r", tracks=2), kind="EP"), group("a", release("r", tracks=3))),
        (group("z", release("r", tracks=2), kind="EP"), group("a", release("r", tracks=1))),
        (group("z", release("r", tracks=9), release("s", tracks=2)), group("a", release("r", tracks=3))),
        (group("z", secondary=("Live",)), group("a", kind="EP")),
        (group("z", kind="EP", secondary=("Live",)), group("a", kind="Single")),
        (group("z", kind="Single", secondary=("Live",)), group("a", kind="Broadcast")),
        (group("z", kind="Broadcast", secondary=("Live",)), group("aa", kind=None, secondary=("Live",), title="x")),
        (group("z", release("r", "2009")), group("a", release("r", "1999"), secondary=("Live",))),
        (group("z", release("r", "2009"), release("s", "1999")), group("a", release("r", "2001"))),
        (group("z", release("r", "2009")), group("a", release("r"))),
        (group("a"), group("z")),
    ],
)
def test_a_tie_is_decided_by_the_next_point_in_order(build, better, worse):
    for order in ((better, worse), (worse, better)):
        first, second = vote(heard_on(build, *order, album="Title"))
        assert (first.group, second.group) == (better.mbid, worse.mbid)


def test_a_vote_has_every_value_of_its_release_group_in_its_place(build):
    one = group("g", release("r"), title="Compass", kind="EP", secondary=("Live",))
    passages = [*heard_on(build, one), build.passage("c", answer=build.answer(build.heard("x", albums=["Other"])))]
    assert vote(passages)[0] == AlbumVote(
        group=Mbid("g"),
        title="Compass",
        kind="EP",
        secondary_kinds=("Live",),
        voters=2,
        matched=3,
        releases=(Mbid("r"),),
    )


def test_the_releases_of_an_album_are_in_order_of_tracks_then_date_then_id(build):
    releases = [
        release("far", "1990", 9),
        release("below", "1991", 1),
        release("unknown", "1980"),
        release("late", "2009", 2),
        release("undated", None, 2),
        release("b", "2001", 2),
        release("a", "2001", 2),
        release("above", "1992", 3),
        release("far", "1990", 9),
    ]
    (found,) = vote(heard_on(build, group("g", *releases)))
    assert found.releases == ("a", "b", "late", "undated", "below", "above", "unknown", "far")


def test_recordings_without_a_title_have_no_vote(build):
    answer = build.answer(replace(build.heard(None, mbid="gone"), groups=(group("g"),)))
    assert vote([build.passage("a", answer=answer)]) == ()


def votes(mbid, voters, matched=5):
    return AlbumVote(Mbid(mbid), mbid, "Album", (), voters, matched, ())


def test_the_largest_share_of_the_others_counts_without_the_passage_itself():
    albums = {one.group: one for one in (votes("a", 2), votes("b", 4), votes("c", 3))}
    assert shared_with_others([Mbid("a"), Mbid("b"), Mbid("c"), Mbid("x")], albums) == (0.75, albums[Mbid("b")])


def test_an_album_that_no_other_passage_votes_for_is_not_shared():
    assert shared_with_others([Mbid("a")], {Mbid("a"): votes("a", 1)}) == (0.0, None)
    assert shared_with_others([Mbid("a")], {Mbid("a"): votes("a", 1, matched=1)}) == (0.0, None)
    assert shared_with_others([], {}) == (0.0, None)
    assert shared_with_others([Mbid("a")], {Mbid("a"): votes("a", 2, matched=2)})[0] == 1.0


def test_an_album_title_with_a_slip_of_the_pen_is_as_good_as_the_right_one(build):
    right, slip = group("b", title="Compass Points North"), group("a", title="Compass Points Nort")
    votes_for = vote(heard_on(build, right, slip, album="Compass Points North"))
    assert [one.group for one in votes_for] == ["a", "b"]
