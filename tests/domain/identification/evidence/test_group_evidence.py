from dataclasses import replace

from passagework.domain.acoustid import AcoustidAnswer, AcoustidResult
from passagework.domain.identification.evidence.from_acoustid import acoustid_statements, join_answers
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.ids import Guid, Mbid
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage

FULL = Tags(
    title="North",
    artist_credit="The Band feat. Guest",
    artists=("The Band", "Guest"),
    album="Compass",
    track_number=1,
    disc_number=2,
    recording_ids=(Mbid("rec"), Mbid("rec"), Mbid("old")),
    release_track_id=Mbid("track"),
    release_id=Mbid("release"),
    release_group_id=Mbid("group"),
    acoustid_id="acoustid-of-the-tags",
)


def file(*names, tags=FULL, count=None):
    passages = tuple(
        WaitingPassage(Guid(name), Ticks(at * 100 * TICKS_PER_SECOND), Ticks((at * 100 + 90) * TICKS_PER_SECOND))
        for at, name in enumerate(names)
    )
    return WaitingFile(b"/m/a.flac", tags, count or len(names), passages)


def stated(waiting):
    """Give what is stated about the first passage of a file."""
    return build_evidence([waiting]).passages[0].stated


def test_the_tags_of_a_file_of_one_passage_speak_of_that_passage():
    assert stated(file("a")) == Stated(
        "North",
        ("The Band feat. Guest", "The Band", "Guest"),
        "Compass",
        1,
        2,
        (Mbid("rec"), Mbid("old")),
        Mbid("track"),
        Mbid("release"),
        Mbid("group"),
    )


def test_in_a_file_of_several_passages_only_what_holds_for_all_is_stated():
    told = stated(file("a", "b"))
    assert (told.title, told.track_number, told.recordings, told.release_track) == (None, None, (), None)
    assert (told.album, told.disc_number, told.release, told.release_group) == (
        "Compass",
        2,
        "release",
        "group",
    )


def test_a_single_passage_that_waits_in_a_file_of_several_does_not_own_the_tags():
    assert stated(file("b", count=3)).recordings == ()


def test_an_acoustid_in_the_tags_is_no_answer():
    (passage,) = build_evidence([file("a")], {}).passages
    assert passage.answer is None


def test_passages_know_which_file_they_are_from_how_long_they_are_and_what_was_heard():
    heard = {Guid("b"): AcoustidAnswer(())}
    passages = build_evidence([file("a", "b"), file("c")], heard).passages
    assert [(one.key, one.file, one.seconds, one.answer) for one in passages] == [
        ("a", 0, 90.0, None),
        ("b", 0, 90.0, AcoustidAnswer(())),
        ("c", 1, 90.0, None),
    ]


def test_answers_to_shifted_bounds_are_joined_by_the_best_score_of_each_acoustid():
    first, second = AcoustidResult("x", 0.6, ()), AcoustidResult("y", 0.7, ())
    joined = join_answers([AcoustidAnswer((first,)), AcoustidAnswer((second, replace(first, score=0.9)))])
    assert [(one.acoustid, one.score) for one in joined.results] == [("x", 0.9), ("y", 0.7)]


def test_what_acoustid_states_are_its_ids_and_then_the_recordings_with_the_score(build):
    answer = AcoustidAnswer(
        (
            AcoustidResult("x", 0.9, (build.heard("North"), build.heard("South"))),
            AcoustidResult("y", 0.4, (build.heard("West"),)),
        )
    )
    assert [(one.kind, one.value, one.strength) for one in acoustid_statements(answer)] == [
        ("acoustid", "x", 0.9),
        ("acoustid", "y", 0.4),
        ("recording", "rec-North", 0.9),
        ("recording", "rec-South", 0.9),
        ("recording", "rec-West", 0.4),
    ]


def test_there_is_an_answer_as_soon_as_any_service_has_said_anything(build):
    waiting = [file("a")]
    assert not build_evidence(waiting).answered
    assert build_evidence(waiting, {Guid("a"): AcoustidAnswer(())}).answered
    assert build_evidence(waiting, releases=(build.release("Compass"),)).answered
    assert build_evidence(waiting, recordings=(build.recording("North"),)).answered
