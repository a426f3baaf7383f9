from dataclasses import replace
from itertools import permutations

import pytest

from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.musicbrainz import TrackKind

HIDDEN = "Home / [silence] / Lullaby"
LENGTHS = {"North": 181.0, "East": 245.0, "South": 122.0, "West": 333.0}


def tracks(build, lengths=LENGTHS):
    return [build.track(number, title, seconds) for number, (title, seconds) in enumerate(lengths.items(), 1)]


def places(decision):
    return [one.winner.place.track.title if one.winner and one.winner.place else None for one in decision.passages]


def one_file(build, lengths, **more):
    return tuple(build.passage(str(n), seconds, file=7, **more) for n, seconds in enumerate(lengths))


def test_the_passages_of_one_file_follow_the_track_list_by_length_and_order(build):
    release = build.release("Compass", tracks(build))
    decision = decide(GroupEvidence(one_file(build, [180.0, 244.0, 123.0, 332.0]), (release,)))
    assert places(decision) == list(LENGTHS)


def test_one_file_is_not_placed_backwards_however_well_the_lengths_fit(build):
    release = build.release("Compass", tracks(build))
    decision = decide(GroupEvidence(one_file(build, [333.0, 122.0, 245.0, 181.0]), (release,)))
    positions = [one.winner.place.track.position for one in decision.passages if one.winner and one.winner.place]
    assert positions == sorted(positions)


def test_separate_files_are_placed_in_any_order(build):
    release = build.release("Compass", tracks(build))
    passages = tuple(
        build.passage(title, LENGTHS[title], answer=build.answer(build.heard(title, LENGTHS[title])))
        for title in ("West", "North", "South", "East")
    )
    assert places(decide(GroupEvidence(passages, (release,)))) == ["West", "North", "South", "East"]


def test_a_track_heard_under_another_recording_of_the_song_becomes_the_one_on_the_release(build):
    release = build.release("Compass", tracks(build))
    heard = build.answer(build.heard("North", 181.0, mbid="single-north"))
    winner = decide(GroupEvidence((build.passage("a", 181.0, answer=heard),), (release,))).passages[0].winner
    assert winner.recording == "rec-North"
    assert set(winner.recordings) == {"rec-North", "single-north"}


def test_of_two_editions_the_one_with_as_many_tracks_is_chosen(build):
    plain = build.release("Compass", tracks(build), date="2005")
    deluxe = build.release("Compass", [*tracks(build), build.track(5, "Bonus", 99.0)], mbid="deluxe", date="1999")
    passages = tuple(
        build.passage(title, seconds, answer=build.answer(build.heard(title, seconds)))
        for title, seconds in LENGTHS.items()
    )
    assert decide(GroupEvidence(passages, (deluxe, plain))).releases == ("release-Compass",)


def test_an_album_beats_a_compilation_and_the_earlier_the_later(build):
    hits = build.release("Hits", tracks(build), secondary=("Compilation",), date="1990")
    late = build.release("Compass", tracks(build), mbid="late", date="2009")
    early = build.release("Compass", tracks(build), mbid="zz-early", date="1999")
    passages = tuple(
        build.passage(title, seconds, answer=build.answer(build.heard(title, seconds)))
        for title, seconds in LENGTHS.items()
    )
    for order in permutations((hits, late, early)):
        assert decide(GroupEvidence(passages, order)).releases == ("zz-early",)


def test_an_official_release_beats_a_bootleg(build):
    bootleg = build.release("Compass", tracks(build), mbid="aaa", status="Bootleg", date="1990")
    official = build.release("Compass", tracks(build), mbid="zzz")
    passage = build.passage("a", 181.0, answer=build.answer(build.heard("North", 181.0)))
    assert decide(GroupEvidence((passage,), (bootleg, official))).releases == ("zzz",)


def test_a_track_goes_to_what_was_not_heard_rather_than_to_what_was_heard_as_another_song(build):
    release = build.release("Compass", [build.track(1, "North", 181.0)])
    other = build.passage("other", 181.0, answer=build.answer(build.heard("Mistral", 181.0, artist="Somebody")))
    unheard = build.passage("unheard", 182.0)
    assert places(decide(GroupEvidence((other, unheard), (release,)))) == [None, "North"]


def test_what_one_release_does_not_have_is_looked_for_on_the_next(build):
    first = build.release("Compass", tracks(build))
    second = build.release("Winds", [build.track(1, "Mistral", 400.0)])
    passages = tuple(
        build.passage(title, seconds, answer=build.answer(build.heard(title, seconds)))
        for title, seconds in {**LENGTHS, "Mistral": 400.0}.items()
    )
    decision = decide(GroupEvidence(passages, (second, first)))
    assert places(decision) == [*LENGTHS, "Mistral"]
    assert decision.releases == ("release-Compass", "release-Winds")


def test_two_discs_with_the_same_titles_are_told_apart_by_disc_and_track_number(build):
    discs = [[build.track(n, f"Act {n}", mbid=f"rec-{disc}-{n}") for n in (1, 2)] for disc in (1, 2)]
    release = build.release("Opera", *discs)
    stated = [Stated(title=f"Act {n}", disc_number=2, track_number=n) for n in (1, 2)]
    passages = tuple(build.passage(str(n), 200.0, stated=one) for n, one in enumerate(stated))
    decision = decide(GroupEvidence(passages, (release,)))
    assert [one.winner.recording for one in decision.passages] == ["rec-2-1", "rec-2-2"]
    assert {one.winner.place.medium for one in decision.passages} == {2}


def test_videos_data_tracks_and_silence_are_no_places(build):
    release = build.release(
        "Compass",
        [
            build.track(1, "North", video=True),
            build.track(2, "North", kind=TrackKind.DATA, mbid="data"),
            build.track(3, "[silence]"),
            build.track(4, "[data track]"),
        ],
    )
    passages = tuple(build.passage(str(n), stated=Stated(title="North")) for n in range(2))
    assert places(decide(GroupEvidence(passages, (release,)))) == [None, None]


def test_a_hidden_track_before_the_first_is_a_place(build):
    release = build.release("Compass", [build.track(0, "Hidden", 66.0, kind=TrackKind.PREGAP), *tracks(build)])
    decision = decide(GroupEvidence(one_file(build, [66.0, 181.0, 245.0]), (release,)))
    assert places(decision) == ["Hidden", "North", "East"]


def test_a_hidden_song_after_silence_is_on_the_same_track_as_the_song_before(build):
    release = build.release("Compass", [build.track(1, "North", 181.0), build.track(2, HIDDEN, 900.0)])
    first, home, lullaby = one_file(build, [181.0, 240.0, 150.0])
    home = build.passage("home", 240.0, file=7, answer=build.answer(build.heard(HIDDEN, 900.0)))
    decision = decide(GroupEvidence((first, home, lullaby), (release,)))
    assert places(decision) == ["North", HIDDEN, HIDDEN]
    assert not any("duration-far" in one.reason for one in decision.passages)


def test_a_classical_track_is_found_by_the_title_of_its_work(build):
    work = 'Symphony no. 4 "Heroes": II. Abdulmajid'
    recording = build.recording("Abdulmajid", 531.0, works=[work])
    release = build.release("Heroes", [build.track(2, "II", 531.0, recording=recording), build.track(1, "I", 400.0)])
    passage = build.passage("a", 531.0, stated=Stated(title=work))
    assert places(decide(GroupEvidence((passage,), (release,)))) == ["II"]


def test_what_cannot_be_compared_is_not_placed(build):
    release = build.release("Compass", [build.track(1, "North", None)])
    assert places(decide(GroupEvidence((build.passage("a"),), (release,)))) == [None]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"date": "2009"}, {"secondary": ("Compilation",), "date": "1999"}),
        ({"title": "Compass", "date": "2009"}, {"title": "Compass Points", "date": "1999"}),
        ({"tracks": 2, "status": "Bootleg"}, {"tracks": 3}),
        ({"tracks": 3, "date": "2009"}, {"tracks": 4, "date": "1999"}),
        ({"date": "2009"}, {"status": "Promotion", "date": "1999"}),
        ({"date": "1999"}, {"date": "2001"}),
        ({"date": "2001"}, {"date": None}),
        ({}, {}),
    ],
    ids=["compilation", "album tag", "as many tracks", "nearer in tracks", "official", "early", "dated", "id"],
)
def test_of_releases_with_equal_evidence_the_better_one_has_the_passages(build, better, worse):
    def edition(mbid, title="Compass", tracks=2, **more):
        names = ("North", "South", "Bonus", "Extra")[:tracks]
        return build.release(title, [build.track(n, name) for n, name in enumerate(names, 1)], mbid=mbid, **more)

    passages = tuple(build.passage(title, stated=Stated(title=title)) for title in ("North", "South"))
    (first, second) = edition("aaa" if not better else "zzz", **better), edition("zzz" if not worse else "aaa", **worse)
    if "title" in better:
        passages = tuple(replace(one, stated=replace(one.stated, album="Compass")) for one in passages)
    for order in ((first, second), (second, first)):
        assert decide(GroupEvidence(passages, order)).releases == (first.mbid,)


def test_clearly_stronger_evidence_counts_before_everything_else(build):
    exact = build.release("Hits", [build.track(1, "North", 200.0)], secondary=("Compilation",), mbid="exact")
    other = build.release("Compass", [build.track(1, "North", 215.0)], mbid="other")
    passage = build.passage("a", 200.0, stated=Stated(title="North"))
    assert decide(GroupEvidence((passage,), (other, exact))).releases == ("exact",)


@pytest.mark.parametrize(("off", "placed"), [(17.0, True), (18.0, False)])
def test_a_length_alone_places_a_passage_up_to_some_seventeen_seconds(build, off, placed):
    release = build.release("Compass", [build.track(1, "North", 200.0)])
    assert places(decide(GroupEvidence((build.passage("a", 200.0 + off),), (release,)))) == (
        ["North"] if placed else [None]
    )


def test_a_release_without_tracks_is_left_out(build):
    empty, full = build.release("Compass", mbid="a"), build.release("Compass", [build.track(1, "North")], mbid="b")
    passage = build.passage("a", stated=Stated(title="North"))
    assert decide(GroupEvidence((passage,), (empty, full))).releases == ("b",)


@pytest.mark.parametrize(
    ("files", "expected"),
    [((7, 7, 7), [HIDDEN, HIDDEN, None]), ((7, 8, 8), [HIDDEN, None, None]), ((7, 7, 8), [HIDDEN, HIDDEN, None])],
)
def test_a_track_with_a_hidden_song_has_two_passages_of_one_file_in_a_row(build, files, expected):
    release = build.release("Compass", [build.track(1, HIDDEN, 900.0)])
    heard = build.answer(build.heard(HIDDEN, 900.0))
    first = build.passage("first", 240.0, file=files[0], answer=heard)
    rest = [build.passage(str(number), 77.0, file=file) for number, file in enumerate(files[1:])]
    assert places(decide(GroupEvidence((first, *rest), (release,)))) == expected
