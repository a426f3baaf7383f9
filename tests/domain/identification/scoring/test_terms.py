"""What each piece of evidence adds to a candidate, and the words that a person reads beside it."""

from dataclasses import replace

import pytest

from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.identification.scoring.confidence import TermKind
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import CreditedArtist


@pytest.fixture
def terms_of(build):
    """Give a function that places one passage on the first track of a release and gives what counted, by kind."""

    def terms(seconds=200.0, *, track=1, answer=None, **stated):
        release = build.release("Compass", [build.track(track, "North"), build.track(9, "South", 320.0)])
        statements = Stated(title="North", **stated)
        passages = (build.passage("a", seconds, answer=answer, stated=statements),)
        (decision,) = decide(GroupEvidence(passages, (release,))).passages
        return {term.kind: (term.value, term.note) for term in decision.winner.terms}

    return terms


@pytest.mark.parametrize(
    ("tagged", "expected"), [(1, (1.0, "same track number")), (2, (-1.0, "other track number")), (None, None)]
)
def test_the_track_number_of_the_tags_speaks_for_the_track_or_against_it(terms_of, tagged, expected):
    assert terms_of(track_number=tagged).get(TermKind.TRACK_NUMBER) == expected


@pytest.mark.parametrize("disc", [2, 3])
def test_the_same_number_on_another_disc_is_another_number(terms_of, disc):
    assert terms_of(track_number=1, disc_number=disc)[TermKind.TRACK_NUMBER] == (-1.0, "other track number")


@pytest.mark.parametrize(
    ("seconds", "near", "off"), [(200.0, 1.0, 0.0), (197.0, 1.0, 0.1), (203.5, 0.0, 3.5 / 30), (290.0, 0.0, 1.0)]
)
def test_a_length_is_near_within_three_seconds_and_as_far_off_as_can_be_from_thirty_on(terms_of, seconds, near, off):
    found = terms_of(seconds)
    note = f"length {abs(seconds - 200.0):.1f} s off"
    assert found[TermKind.DURATION_NEAR] == (near, note)
    assert found[TermKind.DURATION_OFF] == (pytest.approx(off), note)


def test_the_tags_are_confirmed_by_the_track_or_by_release_and_recording(terms_of):
    by_track = terms_of(release_track="track-North")
    by_both = terms_of(release="release-Compass", recordings=("rec-North",))
    assert by_track[TermKind.MBID_CONFIRMED] == (1.0, "the tags name this track, and MusicBrainz has it so")
    assert by_both[TermKind.MBID_CONFIRMED] == (
        1.0,
        "the tags name this release and recording, and MusicBrainz has it so",
    )
    assert by_both[TermKind.OWN_RECORDING_MBID] == (1.0, "the tags name this recording")
    assert TermKind.OWN_RECORDING_MBID not in by_track
    assert TermKind.MBID_CONFIRMED not in terms_of(release="release-Compass")


def test_a_title_that_is_another_speaks_against_the_recording(build):
    answer = build.answer(build.heard("North"))
    passage = build.passage("a", answer=answer, stated=Stated(title="Something else entirely"))
    (decision,) = decide(GroupEvidence((passage,))).passages
    (title,) = [term for term in decision.winner.terms if term.kind is TermKind.TITLE]
    assert title.value < 0.0


def test_the_length_of_the_track_counts_before_that_of_the_recording(build):
    track = build.track(1, "North", 200.0, recording=build.recording("North", 230.0))
    passage = build.passage("a", 201.0, stated=Stated(title="North"))
    (decision,) = decide(GroupEvidence((passage,), (build.release("Compass", [track]),))).passages
    assert [term.note for term in decision.winner.terms if term.kind is TermKind.DURATION_NEAR] == ["length 1.0 s off"]


def test_two_passages_heard_on_one_album_speak_for_each_other(build):
    passages = tuple(
        build.passage(title, answer=build.answer(build.heard(title, albums=["Compass"]))) for title in ("North", "East")
    )
    decisions = decide(GroupEvidence(passages)).passages
    found = [term for one in decisions for term in one.winner.terms if term.kind is TermKind.ALBUM_CONTEXT]
    assert [(term.value, term.note) for term in found] == [(1.0, '100% of the others are on "Compass"')] * 2


def test_a_passage_alone_has_no_album_in_common_with_anybody(build):
    passage = build.passage("a", answer=build.answer(build.heard("North", albums=["Compass"])))
    (decision,) = decide(GroupEvidence((passage,))).passages
    assert TermKind.ALBUM_CONTEXT not in {term.kind for term in decision.winner.terms}


def kinds(decision):
    return {term.kind: (term.value, term.note) for term in decision.winner.terms}


def test_every_sum_begins_before_any_evidence(terms_of):
    assert terms_of()[TermKind.BASE] == (1.0, "before any evidence")


def test_on_a_track_the_title_and_the_album_are_those_of_the_release(build):
    track = build.track(1, "As printed", recording=build.recording("North"))
    stated = Stated(title="As printed", album="Compass", artists=("The Band",))
    heard = build.answer(build.heard("North", albums=["Something else"]))
    passage = build.passage("a", answer=heard, stated=stated)
    (decision,) = decide(GroupEvidence((passage,), (build.release("Compass", [track]),))).passages
    assert kinds(decision)[TermKind.TITLE] == (1.0, "title 100% alike")
    assert kinds(decision)[TermKind.ALBUM] == (1.0, "album 100% alike")
    assert kinds(decision)[TermKind.ARTIST] == (1.0, "artist 100% alike")


def test_without_a_track_the_album_is_the_most_alike_that_acoustid_names(build):
    heard = build.answer(build.heard("North", albums=["Hits", "Compass"]))
    (decision,) = decide(GroupEvidence((build.passage("a", answer=heard, stated=Stated(album="Compass")),))).passages
    assert kinds(decision)[TermKind.ALBUM] == (1.0, "album 100% alike")


def test_nothing_is_compared_that_one_side_does_not_name(build):
    heard = build.answer(replace(build.heard("North"), artists=()))
    stated = Stated(album="Compass", artists=("The Band",))
    (decision,) = decide(GroupEvidence((build.passage("a", answer=heard, stated=stated),))).passages
    assert not {TermKind.ALBUM, TermKind.ARTIST, TermKind.TITLE} & set(kinds(decision))


def test_a_recording_of_which_only_the_id_is_stated_has_no_title(build):
    (decision,) = decide(GroupEvidence((build.passage("a", stated=Stated(recordings=("rec",))),))).passages
    assert (decision.winner.title, decision.winner.artists, decision.winner.seconds) == ("", (), None)
    assert set(kinds(decision)) == {TermKind.BASE, TermKind.OWN_RECORDING_MBID}


def test_the_best_fit_of_a_song_and_its_share_of_the_submissions_count(build):
    well = build.answer(build.heard("North", mbid="a", sources=2), score=0.9).results
    half = build.answer(
        build.heard("North", mbid="b", sources=2), build.heard("South", 100.0, sources=2), score=0.6
    ).results
    heard = replace(build.answer(), results=(*well, *half))
    (decision,) = decide(GroupEvidence((build.passage("a", answer=heard),))).passages
    share = (2 + 1) / (2 + 1 + 1)
    assert kinds(decision)[TermKind.FINGERPRINT] == (share, "fingerprint match, 75% of the submissions")


def test_submissions_that_are_not_counted_are_one_for_each_recording(build):
    heard = build.answer(*(build.heard("North", mbid=mbid) for mbid in "abc"), build.heard("South", 100.0))
    (decision,) = decide(GroupEvidence((build.passage("a", answer=heard),))).passages
    assert kinds(decision)[TermKind.FINGERPRINT][0] == 0.75


def test_an_answer_that_names_another_recording_speaks_of_no_match(build):
    heard = build.answer(build.heard("South"))
    passage = build.passage("a", answer=heard, stated=Stated(recordings=("rec-North",)))
    (decision,) = decide(GroupEvidence((passage,))).passages
    north = next(one for one in decision.candidates if one.recording == "rec-North")
    assert (0.0, "no fingerprint match") in [(term.value, term.note) for term in north.terms]


def test_a_track_that_is_far_too_long_is_not_confirmed_by_its_id(terms_of):
    assert TermKind.MBID_CONFIRMED in terms_of(230.0, release_track="track-North")
    assert TermKind.MBID_CONFIRMED not in terms_of(231.0, release_track="track-North")


@pytest.mark.parametrize("name", ["", "Unknown"])
def test_a_recording_under_several_names_has_each_once(build, name):
    guest = CreditedArtist(Mbid("guest"), "Guest", name or "Guest", "")
    credited = (CreditedArtist(Mbid("artist-band"), "The Band", "Band", " & "), guest)
    track = build.track(1, "North", recording=replace(build.recording("North"), artists=credited))
    passage = build.passage("a", stated=Stated(title="North"))
    (decision,) = decide(GroupEvidence((passage,), (build.release("Compass", [track]),))).passages
    names = ["Band & Guest", "Band", "The Band", "Guest"] if not name else ["Band & Unknown", "Band", "The Band"]
    assert decision.winner.artists == (*names, *(["Unknown", "Guest"] if name else []))
