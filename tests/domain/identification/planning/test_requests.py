"""The keys under which answers are stored: libraries hold them, so they stay."""

import pytest

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.planning.answers import Answers, NothingFound
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.joint_plan import together
from passagework.domain.identification.planning.requests import (
    SEARCHED_AT_ONCE,
    AskAcoustid,
    BrowseGroup,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    SearchedRecording,
    SearchRecordings,
    SearchReleases,
    SearchTitle,
    questions_of,
)
from passagework.domain.ids import Guid, Mbid

ID = Mbid("id")


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (LookUpRelease(ID), "release:id"),
        (BrowseGroup(ID), "releases-of-group:id"),
        (BrowseRecording(ID), "releases-of-recording:id"),
        (LookUpRecording(ID), "recording:id"),
        (SearchedRecording(ID), "searched-recording:id"),
        (SearchRecordings((Mbid("b"), Mbid("a"))), "search-recordings:a,b"),
        (SearchReleases("Artist", "Title", 12), "search-releases:12:Artist\x1fTitle"),
        (SearchReleases(None, "Title", 12), "search-releases:12:\x1fTitle"),
        (SearchTitle("Artist", "Title"), "search-title:Artist\x1fTitle"),
    ],
)
def test_every_question_has_its_key(request_, key):
    assert request_.key == key


@pytest.mark.parametrize(
    ("more", "end"),
    [({}, ":200:+0:near"), ({"shift": 8}, ":200:+8:near"), ({"shift": -8, "wider": True}, ":200:-8:wide")],
)
def test_a_fingerprint_is_asked_about_under_its_digest_length_shift_and_width(more, end):
    key = AskAcoustid("AQAA", 200, Guid("a"), **more).key
    assert key == "acoustid:178d61e14b38b46e845d66a6ba0ad184" + end


def test_passages_with_equal_fingerprints_ask_the_same():
    one, other = (AskAcoustid("AQAA", 200, Guid(name)) for name in "ab")
    assert one == other
    assert hash(one) == hash(other)


def test_a_search_for_many_recordings_is_one_question_for_each():
    search = SearchRecordings((Mbid("a"), Mbid("b")))
    assert questions_of(search) == (SearchedRecording(Mbid("a")), SearchedRecording(Mbid("b")))
    assert questions_of(LookUpRelease(ID)) == (LookUpRelease(ID),)


def searched(*names):
    return SearchRecordings(tuple(map(Mbid, names)))


def test_what_many_groups_ask_is_asked_once():
    requests = [LookUpRelease(ID), BrowseGroup(ID), LookUpRelease(ID)]
    assert together(requests) == (LookUpRelease(ID), BrowseGroup(ID))


def test_ids_are_searched_for_together_once_each_and_as_many_as_one_search_takes():
    names = [f"n{number}" for number in range(SEARCHED_AT_ONCE + 1)]
    requests = [*(searched(name) for name in names), searched("n0", "n1")]
    assert together(requests) == (searched(*names[:-1]), searched(names[-1]))


def test_searches_wait_until_nothing_else_is_left_to_ask():
    assert together([searched("a"), LookUpRelease(ID)]) == (LookUpRelease(ID),)
    assert together([searched("a"), LookUpRelease(ID)], frozenset({LookUpRelease(ID).key})) == ()


def test_what_was_asked_already_is_not_asked_again():
    without = frozenset({SearchedRecording(Mbid("b")).key, BrowseGroup(ID).key})
    assert together([searched("a", "b", "c")], without) == (searched("a", "c"),)
    assert together([BrowseGroup(ID), LookUpRelease(ID)], without) == (LookUpRelease(ID),)
    assert together([searched("b")], without) == ()


@pytest.mark.parametrize(
    ("acoustid", "musicbrainz", "can_ask"),
    [(True, True, True), (True, False, True), (False, True, True), (False, False, False)],
)
def test_something_can_be_asked_while_there_is_a_service(acoustid, musicbrainz, can_ask):
    assert Capabilities(acoustid, musicbrainz).can_ask is can_ask


def test_every_answer_is_found_under_the_key_of_its_question(build):
    release, recording = build.release("Compass"), build.recording("North")
    question = AskAcoustid("AQAA", 200, Guid("a"))
    answers = Answers(
        {
            question.key: AcoustidAnswer(()),
            LookUpRelease(ID).key: release,
            LookUpRecording(ID).key: recording,
            BrowseGroup(ID).key: NothingFound(),
        }
    )
    assert answers.to_fingerprint(question) == AcoustidAnswer(())
    assert answers.to_release(LookUpRelease(ID)) is release
    assert answers.to_recording(LookUpRecording(ID)) is recording
    assert answers.to_list(BrowseGroup(ID)) == NothingFound()
    assert answers.to_title(SearchTitle("Artist", "Title")) is None
    assert answers.to_search(SearchedRecording(ID)) is None


def test_an_answer_of_another_kind_is_a_defect_that_is_named(build):
    answers = Answers({LookUpRelease(ID).key: build.recording("North")})
    with pytest.raises(TypeError, match=r"^MbRecording is no answer to a question for MbRelease$"):
        answers.to_release(LookUpRelease(ID))
