from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.acoustid import AcoustidAnswer, AcoustidResult
from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.identification.scoring.confidence import WEIGHTS, Band, Cap, TermKind
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.links import Doubt
from tests.support.effort import examples

TITLES = ("North", "East", "South", "West")


def one(group):
    (decision,) = decide(group).passages
    return decision


def alone(build, **more):
    return one(GroupEvidence((build.passage("a", **more),)))


def album(build, *, without=()):
    """Four passages of one folder, each heard on the album and on a compilation of its own."""
    return tuple(
        build.passage(
            title,
            answer=None if title in without else build.answer(build.heard(title, albums=["Compass", f"Hits {title}"])),
        )
        for title in TITLES
    )


def test_a_folder_that_agrees_is_accepted_without_asking_musicbrainz(build):
    decision = decide(GroupEvidence(album(build)))
    assert [passage.winner.title for passage in decision.passages] == list(TITLES)
    assert all(passage.accepted for passage in decision.passages)
    assert decision.albums[0].title == "Compass"
    assert decision.releases == ()


def test_a_polluted_answer_is_settled_by_the_album_and_the_length(build):
    polluted = build.answer(
        build.heard("Somebody to Love", 170.0, artist="Others"),
        build.heard("Track 4", 200.0, artist="Nobody"),
        build.heard("West", 200.0, albums=["Compass"]),
    )
    passages = (*album(build)[:3], build.passage("West", answer=polluted))
    decision = decide(GroupEvidence(passages)).passages[3]
    assert decision.winner.title == "West"
    assert decision.band is Band.LIKELY
    assert not decision.doubts
    assert {candidate.title for candidate in decision.candidates[1:]} == {"Somebody to Love", "Track 4"}


def test_submissions_outweigh_pollution_where_the_answer_counts_them(build):
    heard = build.answer(
        build.heard("Wrong", 200.0, artist="Others", sources=2), build.heard("North", 200.0, sources=98)
    )
    assert alone(build, answer=heard).winner.title == "North"
    assert alone(build, answer=heard).band is Band.ACCEPT


def test_two_songs_that_nothing_tells_apart_are_ambiguous_and_proposed(build):
    heard = build.answer(build.heard("Blow (remix)", mbid="a"), build.heard("Blow", mbid="b"))
    decision = alone(build, answer=heard)
    assert decision.doubts == {Doubt.AMBIGUOUS}
    assert decision.band is Band.PROPOSAL
    assert decision.winner.title == "Blow"
    assert "as likely" in decision.reason


def test_many_recordings_of_one_song_are_no_doubt(build):
    heard = build.answer(*(build.heard("North", 198.0 + number, mbid=f"n{number}") for number in range(5)))
    decision = alone(build, answer=heard)
    assert len(decision.candidates) == 1
    assert len(decision.winner.recordings) == 5
    assert not decision.doubts


def test_of_the_recordings_of_one_song_the_plain_album_stands_for_it(build):
    heard = build.answer(
        build.heard("North", mbid="a-hit", albums=["Hits"], secondary=("Compilation",)),
        build.heard("North", mbid="b-album", albums=["Compass"]),
    )
    assert alone(build, answer=heard).winner.recording == "b-album"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"seconds": 203.0}, {"seconds": 203.1, "albums": ["Compass"]}),
        ({"seconds": 203.1}, {"seconds": None, "albums": ["Compass"]}),
        ({"seconds": 201.0, "albums": ["Compass"]}, {"seconds": 200.0, "date": "1999"}),
        (
            {"seconds": 201.0, "albums": ["Compass"], "date": "1999"},
            {"seconds": 200.0, "albums": ["Compass"], "date": "2001", "sources": 5},
        ),
        ({"seconds": 201.0, "albums": ["A"], "date": "1999"}, {"albums": ["A"]}),
        ({"seconds": 201.0, "sources": 6}, {"seconds": 200.0, "sources": 5}),
        ({"seconds": 200.5, "sources": 5}, {"seconds": 199.0, "sources": 5}),
        ({"seconds": 199.5, "sources": 5}, {"seconds": 201.0, "sources": 5}),
    ],
    ids=["near", "known length", "plain album", "early", "dated", "submissions", "nearer above", "nearer below"],
)
def test_of_the_recordings_of_one_song_the_better_one_stands_for_it(build, better, worse):
    first, second = build.heard("North", mbid="zzz", **better), build.heard("North", mbid="aaa", **worse)
    for order in ((first, second), (second, first)):
        assert alone(build, answer=build.answer(*order)).winner.recording == "zzz"


@pytest.mark.parametrize(("least", "far"), [(3.0, 3.1), (10.0, 10.1), (30.0, 30.1)])
def test_lengths_in_one_step_are_equally_near(build, least, far):
    """The later of two lengths is on a plain album, which only counts within the same step."""
    length = 200.0 + least
    plain = build.heard("North", length - 0.5, mbid="zzz", albums=["Compass"])
    for other, chosen in ((length - 1.0, "zzz"), (length, "zzz")):
        heard = build.answer(plain, build.heard("North", other, mbid="aaa"))
        assert alone(build, answer=heard).winner.recording == chosen
    beyond = build.heard("North", 200.0 + far, mbid="zzz", albums=["Compass"])
    heard = build.answer(beyond, build.heard("North", length, mbid="aaa"))
    assert alone(build, answer=heard).winner.recording == "aaa"


def test_the_recording_that_the_tags_name_stands_for_its_song(build):
    heard = build.answer(build.heard("North", mbid="a", albums=["Compass"]), build.heard("North", mbid="b"))
    assert alone(build, stated=Stated(recordings=("b",)), answer=heard).winner.recording == "b"


def test_the_recording_on_the_album_of_the_others_stands_for_its_song(build):
    other = build.passage("other", answer=build.answer(build.heard("South", albums=["Compass"])))
    heard = build.answer(
        build.heard("North", 200.0, mbid="a", albums=["Hits"], sources=9),
        build.heard("North", 205.0, mbid="b", albums=["Compass"], sources=1),
    )
    passage = decide(GroupEvidence((build.passage("a", answer=heard), other))).passages[0]
    assert passage.winner.recording == "b"


def test_a_share_counts_to_the_hundredth(build):
    others = [
        build.passage(f"o{n}", answer=build.answer(build.heard(f"Other {n}", albums=albums)))
        for n, albums in enumerate((["Most", "All"], ["Most", "All"], ["All"]))
    ]
    heard = build.answer(
        build.heard("North", mbid="a", albums=["Most"], date="1999"),
        build.heard("North", mbid="b", albums=["All"], date="2009"),
    )
    passage = decide(GroupEvidence((build.passage("a", answer=heard), *others))).passages[0]
    assert passage.winner.recording == "b"


def contexts(decision):
    return [
        (term.value, term.note)
        for passage in decision.passages
        for term in passage.winner.terms
        if term.kind is TermKind.ALBUM_CONTEXT
    ]


def test_passages_placed_on_one_release_speak_for_each_other_although_none_was_heard(build):
    winds = build.release("Winds", [build.track(1, "Mistral"), build.track(2, "Bora")])
    compass = build.release("Compass", [build.track(1, "North")])
    passages = tuple(build.passage(title, stated=Stated(title=title)) for title in ("Mistral", "Bora", "North"))
    note = '50% of the others are on "Winds"'
    assert contexts(decide(GroupEvidence(passages, (winds, compass)))) == [
        (0.5, note),
        (0.5, note),
        (0.0, "on no common album"),
    ]


def test_the_larger_share_counts_of_the_album_by_votes_and_that_of_the_places(build):
    release = build.release("Winds", [build.track(1, "Mistral")])
    heard = [build.answer(build.heard(title, albums=["Heard"])) for title in ("Mistral", "North", "South")]
    passages = tuple(build.passage(str(number), answer=answer) for number, answer in enumerate(heard))
    assert contexts(decide(GroupEvidence(passages, (release,)))) == [(1.0, '100% of the others are on "Heard"')] * 3


def test_an_album_without_a_title_is_common_all_the_same(build):
    def heard(title):
        (group,) = build.heard(title, albums=["x"]).groups
        return build.answer(replace(build.heard(title), groups=(replace(group, title=None),)))

    passages = tuple(build.passage(title, answer=heard(title)) for title in ("North", "South"))
    assert contexts(decide(GroupEvidence(passages))) == [(1.0, '100% of the others are on ""')] * 2


def test_a_candidate_has_what_is_known_about_its_recording_and_its_place(build):
    release = build.release("Compass", [], [build.track(4, "North", 201.0)])
    heard = build.answer(build.heard("North", 199.0, mbid="other", artist="The Band"))
    winner = decide(GroupEvidence((build.passage("a", answer=heard),), (release,))).passages[0].winner
    assert (winner.recording, winner.title, winner.artists, winner.seconds) == (
        "rec-North",
        "North",
        ("The Band",),
        201.0,
    )
    assert (winner.place.release, winner.place.medium, winner.place.track.position) == (release, 2, 4)
    assert winner.place.affinity > 0.0
    assert set(winner.recordings) == {"rec-North", "other"}


def test_a_fingerprint_whose_title_is_stated_is_supported(build):
    for stated, caps in ((Stated(title="North"), ()), (Stated(title="South"), (Cap.FINGERPRINT_ALONE,))):
        answer = build.answer(build.heard("North", None))
        assert alone(build, stated=stated, answer=answer).winner.caps == caps


def test_a_reason_names_what_limits_the_confidence_and_each_note_once(build):
    decision = alone(build, answer=build.answer(build.heard("North", 250.0)))
    assert decision.reason == (
        "fingerprint match, 100% of the submissions; length 50.0 s off; "
        "confidence limited: fingerprint-alone; confidence limited: duration-far"
    )


def test_a_reason_names_the_song_that_is_as_likely(build):
    decision = alone(build, answer=build.answer(build.heard("North"), build.heard("South")))
    assert decision.reason.endswith('; "South" is as likely')
    assert not decision.reason.startswith("before any evidence")


def test_unnamed_recordings_are_counted_in_the_reason(build):
    heard = build.answer(build.heard(None, None, mbid="one"), build.heard(None, None, mbid="two"))
    assert alone(build, answer=heard).reason == "AcoustID knows 2 recordings, all without a title: merged or deleted"


@pytest.mark.parametrize(("sources", "ambiguous"), [(50, True), (51, False)])
def test_a_song_that_leads_by_two_percent_is_not_ambiguous(build, sources, ambiguous):
    heard = build.answer(build.heard("North", sources=sources), build.heard("South", sources=50))
    assert (Doubt.AMBIGUOUS in alone(build, answer=heard).doubts) is ambiguous


def test_two_songs_that_are_both_unlikely_are_no_doubt(build):
    heard = build.answer(build.heard("North", 300.0), build.heard("South", 300.0))
    decision = alone(build, answer=heard)
    assert (decision.doubts, decision.band) == (frozenset(), Band.UNIDENTIFIED)


def test_a_fingerprint_that_nothing_supports_is_not_accepted(build):
    decision = alone(build, answer=build.answer(build.heard("North", None)))
    assert decision.winner.caps == (Cap.FINGERPRINT_ALONE,)
    assert decision.confidence <= 0.90


def test_another_length_keeps_a_fingerprint_from_being_trusted(build):
    decision = alone(build, seconds=250.0, answer=build.answer(build.heard("North", 200.0)))
    assert Cap.DURATION_FAR in decision.winner.caps
    assert decision.band is Band.UNIDENTIFIED


def test_a_fingerprint_that_fits_badly_names_nothing(build):
    assert alone(build, answer=build.answer(build.heard("North"), score=0.49)).candidates == ()


def test_recordings_without_a_title_are_worth_asking_for_and_no_match_is_not_claimed(build):
    decision = alone(build, answer=build.answer(build.heard(None, None, mbid="gone")))
    assert decision.unnamed == ("gone",)
    assert decision.winner is None
    assert "merged or deleted" in decision.reason


def test_no_match_and_no_answer_are_told_apart(build):
    assert alone(build, answer=AcoustidAnswer(())).reason == "AcoustID has no match"
    assert alone(build).reason == "no evidence says what it is"


def test_a_merged_recording_is_the_one_it_was_merged_into(build):
    today = build.recording("North", mbid="new", asked_as="old")
    release = build.release("Compass", [build.track(1, "North", recording=today)])
    passage = build.passage("a", answer=build.answer(build.heard(None, None, mbid="old")))
    decision = one(GroupEvidence((passage,), (release,)))
    assert decision.unnamed == ()
    assert decision.winner.recording == "new"


def test_a_tag_that_acoustid_did_not_hear_is_a_conflict(build):
    stated = Stated(title="South", recordings=("rec-South",))
    decision = alone(build, stated=stated, answer=build.answer(build.heard("North")))
    assert Doubt.CONFLICT in decision.doubts
    assert not decision.accepted
    south = next(candidate for candidate in decision.candidates if candidate.title == "South")
    assert south.confidence <= 0.60
    assert decision.reason.endswith("; the tags name a recording that AcoustID does not find")


def test_a_tag_for_another_recording_of_the_song_that_was_heard_is_no_conflict(build):
    stated = Stated(title="North", recordings=("rec-other",))
    decision = alone(build, stated=stated, answer=build.answer(build.heard("North")))
    assert not decision.doubts
    assert decision.winner.recording == "rec-other"
    assert decision.accepted


def test_a_tag_is_no_conflict_while_acoustid_has_ids_that_nobody_has_named_yet(build):
    stated = Stated(title="South", recordings=("rec-South",))
    heard = build.answer(build.heard("North"), build.heard(None, None, mbid="merged"))
    assert Doubt.CONFLICT not in alone(build, stated=stated, answer=heard).doubts


def test_tags_that_musicbrainz_confirms_need_no_fingerprint(build):
    release = build.release("Compass", [build.track(n, title) for n, title in enumerate(TITLES, 1)])
    passages = tuple(
        build.passage(
            title,
            stated=Stated(title=title, recordings=(f"rec-{title}",), release="release-Compass", track_number=n),
        )
        for n, title in enumerate(TITLES, 1)
    )
    decision = decide(GroupEvidence(passages, (release,)))
    assert all(passage.accepted for passage in decision.passages)
    assert [passage.winner.place.track.position for passage in decision.passages] == [1, 2, 3, 4]
    kinds = {term.kind for term in decision.passages[0].winner.terms}
    assert {TermKind.MBID_CONFIRMED, TermKind.OWN_RECORDING_MBID} <= kinds
    assert TermKind.FINGERPRINT not in kinds


def test_tags_that_name_a_merged_release_are_confirmed(build):
    release = build.release("Compass", [build.track(1, "North")], asked_as="old")
    stated = Stated(recordings=("rec-North",), release="old")
    decision = one(GroupEvidence((build.passage("a", stated=stated),), (release,)))
    assert decision.accepted


def test_tags_are_not_confirmed_by_a_track_of_another_length(build):
    release = build.release("Compass", [build.track(1, "North", 300.0)])
    stated = Stated(title="North", recordings=("rec-North",), release_track="track-North")
    decision = one(GroupEvidence((build.passage("a", 200.0, stated=stated),), (release,)))
    assert TermKind.MBID_CONFIRMED not in {term.kind for term in decision.winner.terms}
    assert decision.confidence <= 0.40


def test_text_alone_is_never_more_than_likely(build):
    release = build.release("Compass", [build.track(n, title) for n, title in enumerate(TITLES, 1)])
    passages = tuple(
        build.passage(title, stated=Stated(title=title, artists=("The Band",), album="Compass", track_number=n))
        for n, title in enumerate(TITLES, 1)
    )
    decision = decide(GroupEvidence(passages, (release,)))
    assert [passage.winner.title for passage in decision.passages] == list(TITLES)
    assert {passage.winner.caps for passage in decision.passages} == {(Cap.TEXT_ONLY,)}
    assert {passage.confidence for passage in decision.passages} == {0.80}


def test_every_confidence_is_explained_by_its_terms(build):
    for passage in decide(GroupEvidence(album(build))).passages:
        assert passage.weights == WEIGHTS.version
        for candidate in passage.candidates:
            assert candidate.log_odds == pytest.approx(sum(term.contribution for term in candidate.terms))
            assert all(term.note for term in candidate.terms)
        assert "others are on" in passage.reason


def test_the_order_in_which_acoustid_lists_recordings_does_not_matter(build):
    heard = [build.heard(title, 195.0 + 2 * n, albums=[title]) for n, title in enumerate(TITLES)]
    decisions = [alone(build, answer=build.answer(*order)) for order in (heard, heard[::-1])]
    assert [c.title for c in decisions[0].candidates] == [c.title for c in decisions[1].candidates]
    assert decisions[0].confidence == pytest.approx(decisions[1].confidence)


@pytest.mark.slow
@examples(30)
@given(st.data())
def test_any_evidence_gives_probabilities_and_a_band_that_fits(data):
    from passagework.domain.acoustid import AcoustidRecording  # noqa: PLC0415 - only this test makes arbitrary answers
    from passagework.domain.identification.evidence.evidence import PassageEvidence  # noqa: PLC0415

    length = st.none() | st.floats(1, 600)
    recordings = st.builds(
        AcoustidRecording,
        st.sampled_from("abcdef"),
        st.none() | st.sampled_from(["A", "B", "A (live)", "***"]),
        st.just(()),
        length,
        st.none() | st.integers(0, 50),
        st.just(()),
    )
    tracks = st.builds(AcoustidResult, st.just("t"), st.floats(0, 1), st.lists(recordings, max_size=4).map(tuple))
    answers = st.none() | st.lists(tracks, max_size=3).map(lambda found: AcoustidAnswer(tuple(found)))
    stated = st.builds(Stated, st.none() | st.just("A"), recordings=st.lists(st.sampled_from("xa")).map(tuple))
    passages = st.builds(PassageEvidence, st.uuids().map(str), st.integers(0, 2), st.floats(1, 600), stated, answers)
    group = GroupEvidence(tuple(data.draw(st.lists(passages, max_size=4))))
    decision = decide(group)
    assert decide(group) == decision
    assert [passage.key for passage in decision.passages] == [passage.key for passage in group.passages]
    for passage in decision.passages:
        assert sum(candidate.confidence for candidate in passage.candidates) <= 1.0
        assert passage.confidence == max((candidate.confidence for candidate in passage.candidates), default=0.0)
        assert passage.accepted <= (passage.confidence >= 0.95)
