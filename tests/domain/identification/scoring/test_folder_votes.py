from dataclasses import replace

from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.identification.scoring.folder_votes import vote


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
