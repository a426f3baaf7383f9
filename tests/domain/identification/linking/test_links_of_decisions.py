from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.evidence import EvidenceSource
from passagework.domain.given_cuts import CutSource, GivenCuts, PieceTags
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.linking.evidence_rows import candidate_rows
from passagework.domain.identification.linking.links import identify, link_group
from passagework.domain.identification.linking.stated_links import link_as_stated
from passagework.domain.identification.scoring.confidence import Band, Cap, Term, TermKind
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.identification.scoring.explanation import Candidate, PassageDecision, TrackPlace
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import NO_RECORDING, Doubt, LinkState
from passagework.domain.music import Song
from passagework.domain.musicbrainz import CreditedArtist, MbWork, TrackKind
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage

WHEN = 1_700_000_000_000_000_000
VARIOUS = CreditedArtist(Mbid("89ad4ac3-39f7-470e-963a-56509c546377"), "Various Artists", "Various Artists", "")


def ticks(seconds):
    return Ticks(round(seconds * TICKS_PER_SECOND))


def file(name, *seconds, tags=None, **more):
    """A file with a passage of each length, ten seconds apart."""
    passages, start = [], 0.0
    for number, length in enumerate(seconds):
        passages.append(WaitingPassage(Guid(f"{name}{number}"), ticks(start), ticks(start + length), **more))
        start += length + 10
    return WaitingFile(f"/m/{name}.flac".encode(), tags or Tags(), len(passages), tuple(passages), revision=7)


def link(*files, heard=None, releases=(), recordings=(), standing=frozenset()):
    answers = {Guid(key): answer for key, answer in (heard or {}).items()}
    evidence = build_evidence(files, answers, releases, recordings)
    return identify(files, evidence, WHEN, standing)


def only(*files, **more):
    ((passage,),) = (one.passages for one in link(*files, **more))
    return passage


def tagged(title="North", **more):
    return Tags(title=title, release_id=Mbid("release-Compass"), recording_ids=(Mbid(f"rec-{title}"),), **more)


def test_a_confirmed_track_is_linked_with_its_album_and_where_it_stands_on_it(build):
    release = replace(
        build.release("Compass", [], [build.track(1, "North"), build.track(2, "South")]),
        country="XE",
        labels=("Label",),
        cover_art=True,
    )
    linked = only(file("a", 200.0, tags=tagged("South")), releases=(release,))
    assert linked.state is LinkState.LINKED
    assert (linked.album.medium, linked.album.track) == (2, 2)
    album = linked.album.album
    assert (album.mbid, album.title, album.release_group) == ("release-Compass", "Compass", "group-Compass")
    assert (album.date, album.country, album.labels, album.media, album.cover_art, album.stated_ns) == (
        "2001",
        "XE",
        ("Label",),
        ("CD", "CD"),
        True,
        WHEN,
    )
    (span,) = linked.songs
    assert (span.song.mbid, span.song.title, span.start, span.end) == ("rec-South", "South", 0, ticks(200.0))


def test_joint_credits_and_guests_are_artists_of_equal_weight(build):
    names = ("One", "Two", "Three")
    joined = tuple(CreditedArtist(Mbid(name), name, f"{name} printed", " feat. ") for name in (*names, "One"))
    recording = replace(build.recording("North"), artists=joined)
    release = build.release("Compass", [build.track(1, "North", recording=recording)])
    (span,) = only(file("a", 200.0, tags=tagged()), releases=(release,)).songs
    assert [one.artist.name for one in span.song.credits] == ["One", "Two", "Three"]
    assert [one.weight for one in span.song.credits] == pytest.approx([1 / 3] * 3)


def test_works_come_with_their_composers(build):
    composer = CreditedArtist(Mbid("bach"), "Johann Sebastian Bach", "J. S. Bach", "")
    work = MbWork(Mbid("work"), "Partita", (composer,))
    recording = replace(build.recording("North"), works=(work, replace(work, mbid=Mbid("other"), composers=())))
    release = build.release("Compass", [build.track(1, "North", recording=recording)])
    (span,) = only(file("a", 200.0, tags=tagged()), releases=(release,)).songs
    assert [(one.mbid, [by.name for by in one.composers]) for one in span.song.works] == [
        ("work", ["Johann Sebastian Bach"]),
        ("other", []),
    ]


def test_an_album_of_various_artists_keeps_the_artists_of_its_songs(build):
    release = replace(build.release("Compass", [build.track(1, "North")]), artists=(VARIOUS,))
    linked = only(file("a", 200.0, tags=tagged()), releases=(release,))
    assert [one.mbid for one in linked.album.album.artists] == [VARIOUS.mbid]
    assert [one.artist.name for one in linked.songs[0].song.credits] == ["The Band"]


def test_ids_that_were_merged_are_kept_as_former_ones(build):
    recording = build.recording("North", asked_as=Mbid("old-rec"))
    release = build.release("Compass", [build.track(1, "North")], asked_as="old-release")
    tags = Tags(title="North", release_id=Mbid("old-release"), recording_ids=(Mbid("old-rec"),))
    linked = only(file("a", 200.0, tags=tags), releases=(release,), recordings=(recording,))
    assert linked.songs[0].song.mbid == "rec-North"
    assert linked.songs[0].song.former == ("old-rec",)
    assert linked.album.album.former == ("old-release",)


HIDDEN = "Last / [silence] / Hidden"


def hidden(build, seconds):
    """Link two passages, of which AcoustID knows the first, against a track with a hidden song."""
    release = build.release("Compass", [build.track(1, HIDDEN, seconds)])
    heard = {"a0": build.answer(build.heard(HIDDEN, seconds, albums=["Compass"]))}
    return link(file("a", 200.0, 150.0), heard=heard, releases=(release,))[0].passages


def test_both_parts_of_a_track_with_a_hidden_song_are_linked_to_its_recording(build):
    first, second = hidden(build, 360.0)
    assert (first.state, second.state) == (LinkState.LIKELY, LinkState.LIKELY)
    assert [one.songs[0].song.mbid for one in (first, second)] == [f"rec-{HIDDEN}"] * 2
    assert [one.songs[0].end for one in (first, second)] == [ticks(200.0), ticks(150.0)]
    assert "hidden" in second.reason


@pytest.mark.parametrize("unsure", [{"doubts": frozenset({Doubt.CONFLICT})}, {"band": Band.PROPOSAL}])
def test_nothing_is_the_hidden_part_of_a_track_on_which_the_first_part_is_not_linked(build, unsure):
    release = build.release("Compass", [build.track(1, HIDDEN, 360.0)])
    waiting = file("a", 200.0, 150.0)
    answers = {Guid("a0"): build.answer(build.heard(HIDDEN, 360.0, albums=["Compass"]))}
    evidence = build_evidence([waiting], answers, (release,))
    decision = decide(evidence)
    first, second = decision.passages
    assert first.settled
    unsettled = replace(decision, passages=(replace(first, **unsure), second))
    (links,) = link_group([waiting], evidence, unsettled, WHEN)
    assert links.passages[1].songs == ()


def test_what_follows_a_track_but_does_not_complete_it_is_no_hidden_part(build):
    _, second = hidden(build, 500.0)
    assert second.songs == ()


def test_a_pregap_is_track_zero_and_data_and_videos_are_no_places(build):
    tracks = [
        build.track(0, "Before", 200.0, kind=TrackKind.PREGAP),
        build.track(1, "Film", 200.0, video=True),
        build.track(2, "Data", 200.0, kind=TrackKind.DATA),
    ]
    release = build.release("Compass", tracks)
    linked = [only(file("a", 200.0, tags=tagged(title)), releases=(release,)) for title in ("Before", "Film", "Data")]
    assert [one.album.track if one.album else None for one in linked] == [0, None, None]


def test_a_medley_whose_parts_the_tags_name_is_laid_out_by_their_lengths(build):
    parts = (build.recording("North", 80.0), build.recording("South", 120.0))
    tags = Tags(title="North / South", recording_ids=tuple(one.mbid for one in parts))
    linked = only(file("a", 201.0, tags=tags), recordings=parts)
    assert linked.state is LinkState.LIKELY
    assert [(one.song.mbid, one.start, one.end) for one in linked.songs] == [
        ("rec-North", 0, ticks(80.0)),
        ("rec-South", ticks(80.0), ticks(201.0)),
    ]


def test_a_medley_of_which_acoustid_heard_something_else_is_not_laid_out(build):
    parts = (build.recording("North", 80.0), build.recording("South", 120.0))
    tags = Tags(title="North / South", recording_ids=tuple(one.mbid for one in parts))
    heard = {"a0": build.answer(build.heard("West", 200.0))}
    linked = only(file("a", 201.0, tags=tags), heard=heard, recordings=parts)
    assert (linked.state, linked.songs) == (LinkState.PROPOSAL, ())


def test_old_ids_of_one_recording_are_no_medley(build):
    recording = build.recording("North", 100.0, asked_as=Mbid("old"))
    tags = Tags(title="North", recording_ids=(Mbid("old"), Mbid("rec-North")))
    linked = only(file("a", 200.0, tags=tags), recordings=(recording,))
    assert len(linked.songs) <= 1


def test_what_only_text_supports_is_linked_and_said_to_be_likely(build):
    release = build.release("Compass", [build.track(1, "North")])
    tags = Tags(title="North", album="Compass", artist_credit="The Band", track_number=1)
    linked = only(file("a", 200.0, tags=tags), releases=(release,))
    assert linked.state is LinkState.LIKELY
    assert linked.confidence == pytest.approx(0.8)
    assert linked.candidates[0].caps == ("text-only",)


def test_a_conflict_is_never_linked_and_names_its_candidates(build):
    tags = Tags(title="South", recording_ids=(Mbid("rec-South"),))
    linked = only(file("a", 200.0, tags=tags), heard={"a0": build.answer(build.heard("North"))})
    assert (linked.state, linked.songs, linked.album) == (LinkState.PROPOSAL, (), None)
    assert linked.doubts == {Doubt.CONFLICT}
    assert {one.title for one in linked.candidates} == {"North", "South"}


def test_an_ambiguous_passage_is_never_linked(build):
    heard = build.answer(build.heard("Blow (remix)", mbid="a"), build.heard("Blow", mbid="b"))
    linked = only(file("a", 200.0), heard={"a0": heard})
    assert (linked.state, linked.songs) == (LinkState.PROPOSAL, ())
    assert linked.doubts == {Doubt.AMBIGUOUS}


def test_an_unidentified_passage_keeps_its_acoustid_and_has_no_song(build):
    linked = only(file("a", 200.0), heard={"a0": build.answer(score=0.91)})
    assert (linked.state, linked.songs, linked.confidence) == (LinkState.UNIDENTIFIED, (), None)
    (row,) = linked.evidence
    assert (row.source, row.kind, row.value, row.strength) == (EvidenceSource.ACOUSTID, "acoustid", "acoustid", 0.91)


def test_a_passage_that_has_a_name_in_its_tags_is_text_only_when_nothing_is_found():
    assert only(file("a", 200.0, tags=Tags(title="x")), heard={"a0": AcoustidAnswer(())}).state is LinkState.TEXT_ONLY


def test_a_song_that_only_acoustid_told_about_has_its_artists_and_an_early_plain_album(build):
    groups = (
        *build.heard("North", albums=["A hit"], secondary=("Compilation",), date="1990").groups,
        *build.heard("North", albums=["Best of later years"], date="2005").groups,
        *build.heard("North", albums=["Compass"], date="1999").groups,
    )
    heard = build.answer(replace(build.heard("North"), groups=groups))
    linked = only(file("a", 200.0), heard={"a0": heard})
    assert linked.state is LinkState.LINKED
    assert [one.artist.name for one in linked.songs[0].song.credits] == ["The Band"]
    assert linked.songs[0].song.stated_ns is None
    assert linked.album.album.title == "Compass"


def test_a_release_that_could_not_be_asked_for_stays_at_the_word_of_the_tags(build):
    tags = tagged(album="Compass", track_number=3)
    linked = only(file("a", 200.0, tags=tags), heard={"a0": build.answer(build.heard("North"))})
    assert linked.album.album.mbid == "release-Compass"
    assert linked.album.track == 3


def test_evidence_of_every_source_is_listed_once(build):
    release = build.release("Compass", [build.track(1, "North")])
    tags = tagged(album="Compass", artist_credit="The Band", track_number=1)
    heard = {"a0": build.answer(build.heard("North", albums=["Compass"]), build.heard("North", albums=["Compass"]))}
    found = set()
    for source in (CutSource.CUE_SHEET, CutSource.CHAPTERS, CutSource.CUE_POINTS):
        one = replace(file("a", 200.0, tags=tags), given=GivenCuts(source=source, pieces=()))
        one = replace(one, passages=(replace(one.passages[0], piece=PieceTags(title="North")),))
        rows = only(one, heard=heard, releases=(release,)).evidence
        assert len({(row.source, row.kind, row.value) for row in rows}) == len(rows)
        found |= {row.source for row in rows}
    assert found == set(EvidenceSource)


def test_of_what_acoustid_heard_only_the_song_that_won_is_evidence(build):
    heard = {"a0": build.answer(build.heard("North", sources=98), build.heard("South", sources=1))}
    rows = only(file("a", 200.0), heard=heard).evidence
    assert [row.value for row in rows if row.kind == "recording"] == ["rec-North"]


def test_what_was_found_is_never_a_statement_of_tags(build):
    release = build.release("Compass", [build.track(1, "North")])
    heard = {"a0": build.answer(build.heard("North", albums=["Compass"]))}
    linked = only(file("a", 200.0), heard=heard, releases=(release,))
    assert linked.songs
    assert not {row.source for row in linked.evidence} & {EvidenceSource.TAG_MBID, EvidenceSource.TAG_TEXT}


def test_a_persons_decision_is_linked_whatever_was_found(build):
    release = build.release("Compass", [build.track(1, "North"), build.track(2, "South")])
    heard = {"a0": build.answer(build.heard("North", albums=["Compass"]))}
    linked = only(file("a", 200.0, decided=Mbid("rec-South")), heard=heard, releases=(release,))
    assert linked.state is LinkState.LINKED
    assert [one.song.title for one in linked.songs] == ["South"]
    assert linked.album.track == 2


def test_a_passage_that_a_person_says_is_no_recording_has_no_song(build):
    release = build.release("Compass", [build.track(1, "North")])
    heard = {"a0": build.answer(build.heard("North", albums=["Compass"]))}
    linked = only(file("a", 200.0, decided=NO_RECORDING), heard=heard, releases=(release,))
    assert linked.songs == ()
    assert linked.state is LinkState.UNIDENTIFIED


def test_there_is_one_message_per_file_and_none_for_what_keeps_its_decision(build):
    release = build.release("Compass", [build.track(1, "North"), build.track(2, "South")])
    with_it, done = (file(name, 200.0, tags=tagged(), due=False) for name in "cd")
    links = link(
        *(file("a", 200.0, tags=tagged()), file("b", 200.0, 200.0), with_it, done),
        releases=(release,),
        standing=frozenset({"b1", "d0"}),
    )
    assert [(one.path, [passage.passage for passage in one.passages], one.revision) for one in links] == [
        (b"/m/a.flac", ["a0"], 7),
        (b"/m/b.flac", ["b0"], 7),
        (b"/m/c.flac", ["c0"], 7),
    ]


mbids = st.sampled_from(["one", "two"]).map(Mbid)
any_tags = st.builds(
    Tags,
    title=st.none() | st.just("North"),
    artist_credit=st.none() | st.just("A feat. B"),
    album=st.none() | st.just("Compass"),
    track_number=st.none() | st.just(3),
    recording_ids=st.lists(mbids, max_size=2).map(tuple),
    release_id=st.none() | mbids,
    work_ids=st.lists(mbids, max_size=2).map(tuple),
    artist_ids=st.lists(mbids, max_size=2).map(tuple),
)
decisions = st.none() | st.just(NO_RECORDING) | mbids


@given(any_tags, st.lists(st.floats(0.1, 900.0), min_size=1, max_size=3), decisions)
def test_without_any_answer_what_is_stated_is_taken_at_its_word(tags, lengths, decided):
    waiting = file("a", *lengths, tags=tags, decided=decided)
    evidence = build_evidence([waiting])
    pairs = zip(waiting.passages, evidence.passages, strict=True)
    assert link(waiting)[0].passages == tuple(link_as_stated(waiting, one, known) for one, known in pairs)


@pytest.mark.parametrize("doubt", list(Doubt))
def test_a_doubt_keeps_from_linking_whatever_the_confidence(build, doubt):
    waiting = file("a", 200.0, tags=tagged())
    evidence = build_evidence([waiting], {}, (build.release("Compass", [build.track(1, "North")]),))
    decision = decide(evidence)
    doubted = replace(decision, passages=(replace(decision.passages[0], doubts=frozenset({doubt})),))
    states = [link_group([waiting], evidence, one, WHEN)[0].passages[0].state for one in (decision, doubted)]
    assert states == [LinkState.LINKED, LinkState.PROPOSAL]


def test_a_candidate_is_kept_with_every_value_in_its_place(build):
    track = build.track(7, "On the list", 111.0)
    place = TrackPlace(build.release("Compass", [], [track]), 2, track, 0.3)
    term = Term(TermKind.TITLE, 0.4, 0.5, "alike")
    names = ("One", "Two")
    candidate = Candidate(
        recording=Mbid("rec"),
        title="Title",
        artists=names,
        seconds=99.0,
        recordings=(Mbid("rec"), Mbid("other")),
        terms=(term,),
        log_odds=0.6,
        confidence=0.7,
        caps=(Cap.TEXT_ONLY,),
        place=place,
    )
    nowhere = replace(candidate, place=None)
    decided = PassageDecision(Guid("a"), (candidate, nowhere), Band.LIKELY, frozenset(), "why", (), "1")
    row, other = candidate_rows(decided)
    assert (row.recording, row.title, row.artists, row.seconds) == ("rec", "Title", names, 99.0)
    assert (row.confidence, row.log_odds, row.caps) == (0.7, 0.6, ("text-only",))
    assert [(one.kind, one.value, one.weight, one.note) for one in row.terms] == [("title", 0.4, 0.5, "alike")]
    assert (row.release, row.album, row.medium, row.track) == ("release-Compass", "Compass", 2, 7)
    assert other == replace(row, release=None, album=None, medium=None, track=None)


def test_what_musicbrainz_says_of_the_best_candidate_is_evidence(build):
    release = build.release("Compass", [], [build.track(1, "North")])
    rows = only(file("a", 200.0, tags=tagged()), releases=(release,)).evidence
    found = {(row.source, row.kind): (row.value, row.strength) for row in rows}
    assert found[EvidenceSource.MUSICBRAINZ, "recording"] == ("rec-North", None)
    assert found[EvidenceSource.MUSICBRAINZ, "album"] == ("release-Compass", None)
    assert found[EvidenceSource.MUSICBRAINZ, "release-track"] == ("track-North", None)
    value, strength = found[EvidenceSource.TRACK_LIST, "track"]
    assert value == "2-1 North"
    assert strength > 0


def medley(build, *recordings, length=201.0, **more):
    tags = Tags(title="North / South", recording_ids=tuple(one.mbid for one in recordings))
    return only(file("a", length, tags=tags), recordings=recordings, **more)


def test_a_medley_has_the_album_on_which_its_best_part_was_placed(build):
    parts = (build.recording("North", 80.0), build.recording("South", 120.0))
    release = build.release("Compass", [], [build.track(4, "North / South", 200.0, recording=parts[0])])
    linked = medley(build, *parts, releases=(release,))
    assert (linked.album.album.mbid, linked.album.medium, linked.album.track) == ("release-Compass", 2, 4)
    assert linked.reason == "the 2 recordings that the tags name are together as long as the passage"
    assert linked.doubts == frozenset()


@pytest.mark.parametrize(
    ("lengths", "laid_out"),
    [
        ((80.0, 120.0), True),
        ((80.0, 116.0), True),
        ((80.0, 115.9), False),
        ((80.0, 126.0), True),
        ((80.0, 126.1), False),
        ((5.1, 195.0), True),
        ((5.0, 195.0), False),
        ((80.0, None), False),
        ((200.0,), False),
        ((60.0, 60.0, 80.0), True),
    ],
)
def test_parts_are_a_medley_where_all_lengths_are_known_and_together_those_of_the_passage(build, lengths, laid_out):
    parts = [build.recording(f"Part {number}", length) for number, length in enumerate(lengths)]
    linked = medley(build, *parts)
    assert (len(linked.songs) == len(parts) > 1) is laid_out


@pytest.mark.parametrize(("seconds", "hidden_part"), [(370.0, True), (370.1, False), (350.0, True), (349.9, False)])
def test_a_hidden_part_completes_its_track_within_ten_seconds(build, seconds, hidden_part):
    _, second = hidden(build, seconds)
    assert bool(second.songs) is hidden_part
    assert (second.reason == "what follows the silence of a track with a hidden song") is hidden_part


def test_a_song_that_nothing_describes_has_its_id_alone():
    waiting = file("a", 200.0, decided=Mbid("set"))
    linked = only(waiting, heard={"a0": AcoustidAnswer(())})
    (span,) = linked.songs
    assert (span.song, span.start, span.end) == (Song(Mbid("set"), None, (), ()), 0, ticks(200.0))
    assert (linked.state, linked.album, linked.reason) == (LinkState.LINKED, None, "a person set it")


def test_a_song_that_acoustid_and_the_tags_describe_has_the_works_of_the_tags(build):
    tags = Tags(title="As tagged", recording_ids=(Mbid("rec-North"),), work_ids=(Mbid("work"),))
    (span,) = only(file("a", 200.0, tags=tags), heard={"a0": build.answer(build.heard("North"))}).songs
    assert span.song.title == "North"
    assert [work.mbid for work in span.song.works] == ["work"]


def test_a_song_that_acoustid_knows_by_id_alone_is_described_by_the_tags(build):
    waiting = file("a", 200.0, tags=tagged(), decided=Mbid("rec-North"))
    (span,) = only(waiting, heard={"a0": build.answer(build.heard(None, mbid="rec-North"))}).songs
    assert (span.song.mbid, span.song.title) == ("rec-North", "North")


def test_the_recording_that_a_person_set_is_on_the_album_that_has_it_wherever_it_stands(build):
    release = build.release("Compass", [build.track(1, "North")], [build.track(1, "West"), build.track(2, "South")])
    linked = only(file("a", 200.0, tags=tagged(), decided=Mbid("rec-South")), releases=(release,))
    assert (linked.album.album.mbid, linked.album.medium, linked.album.track) == ("release-Compass", 2, 2)


@pytest.mark.parametrize("decided", ["rec-North", "old-rec"])
def test_a_recording_that_a_person_set_by_its_present_or_a_former_id_is_on_the_album_that_was_decided(build, decided):
    recording = build.recording("North", asked_as=Mbid("old-rec"))
    releases = tuple(build.release(album, [build.track(1, "North")]) for album in ("Best Of", "Compass"))
    tags = Tags(title="North", album="Compass", release_id=Mbid("release-Compass"))
    linked = only(file("a", 200.0, tags=tags, decided=Mbid(decided)), releases=releases, recordings=(recording,))
    assert [one.song.mbid for one in linked.songs] == ["rec-North"]
    assert linked.album.album.title == "Compass"


def test_the_recording_that_a_person_set_keeps_the_stated_album_where_no_other_is_known(build):
    release = build.release("Winds", [build.track(1, "Mistral")])
    linked = only(file("a", 200.0, tags=tagged(album="Compass"), decided=Mbid("rec-South")), releases=(release,))
    assert (linked.album.album.mbid, linked.album.album.title) == ("release-Compass", "Compass")


def test_what_a_person_set_to_no_recording_says_so_and_keeps_what_was_found(build):
    heard = {"a0": build.answer(build.heard("North"))}
    linked = only(file("a", 200.0, decided=NO_RECORDING), heard=heard)
    assert linked.reason == "a person set it to no known recording"
    assert [one.recording for one in linked.candidates] == ["rec-North"]
    assert linked.evidence


def test_an_album_that_the_tags_name_is_linked_although_nothing_was_found():
    tags = Tags(album="Compass", release_id=Mbid("release-Compass"))
    linked = only(file("a", 200.0, tags=tags), heard={"a0": AcoustidAnswer(())})
    assert (linked.state, linked.songs, linked.album.album.mbid) == (LinkState.LINKED, (), "release-Compass")
    assert linked.reason == "the tags name the release, but not the recording"
    assert linked.passage == "a0"


def test_a_decision_says_with_which_weights_and_how_surely_it_was_made(build):
    evidence = build_evidence([file("a", 200.0)], {Guid("a0"): build.answer(build.heard("North"))})
    (decided,) = decide(evidence).passages
    (links,) = link_group([file("a", 200.0)], evidence, decide(evidence), WHEN)
    (linked,) = links.passages
    assert (linked.passage, linked.weights) == ("a0", decided.weights)
    assert linked.confidence == decided.confidence > 0
    assert linked.reason == decided.reason
    assert linked.candidates == candidate_rows(decided)
