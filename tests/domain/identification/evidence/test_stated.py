"""What several sources state about one passage, by kind."""

import pytest

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.identification.evidence.from_tags import tag_statements
from passagework.domain.identification.evidence.stated import Stated, stated_about
from passagework.domain.ids import Guid, Mbid
from passagework.domain.tags import Tags

BY_ID, BY_TEXT = EvidenceSource.TAG_MBID, EvidenceSource.TAG_TEXT
A, B = Guid("a"), Guid("b")


def statements(passage=None, suffix=""):
    """One of every kind that counts, each with its own value."""
    ids = ("recording", "release-track", "album", "release-group", "artist", "work")
    texts = (("title", "T"), ("artist", "X"), ("album", "L"), ("track", "3"), ("disc", "2"), ("composer", "C"))
    return [
        *(Statement(BY_ID, kind, f"{kind}-id{suffix}", passage=passage) for kind in ids),
        *(Statement(BY_TEXT, kind, f"{value}{suffix}", passage=passage) for kind, value in texts),
    ]


EVERYTHING = Stated(
    title="T",
    artists=("X",),
    album="L",
    track_number=3,
    disc_number=2,
    recordings=(Mbid("recording-id"),),
    release_track=Mbid("release-track-id"),
    release=Mbid("album-id"),
    release_group=Mbid("release-group-id"),
    named_by="the tags name",
)


def test_each_kind_of_statement_has_its_place():
    assert stated_about(A, statements(), only=True) == EVERYTHING
    assert stated_about(A, statements(A), only=False) == EVERYTHING


def test_in_a_file_of_several_passages_only_what_holds_for_all_is_stated():
    told = stated_about(A, statements(), only=False)
    assert told == Stated(None, ("X",), "L", None, 2, (), None, Mbid("album-id"), Mbid("release-group-id"))


def test_what_is_stated_about_another_passage_says_nothing_and_hides_nothing():
    assert stated_about(A, [*statements(B, "0"), *statements(A)], only=False) == EVERYTHING
    assert stated_about(None, statements(B), only=True).title is None


def test_of_contradictions_the_first_counts_and_recordings_and_artists_are_all_kept_once():
    told = stated_about(A, [*statements(), *statements(suffix="1"), *statements()], only=True)
    assert (told.title, told.album, told.track_number) == ("T", "L", 3)
    assert told.artists == ("X", "X1")
    assert told.recordings == ("recording-id", "recording-id1")


def test_nothing_that_is_stated_names_nothing():
    assert stated_about(A, [], only=True) == Stated(named_by="")


def test_text_alone_names_nothing():
    assert stated_about(A, [Statement(BY_TEXT, "title", "T")], only=True) == Stated(title="T", named_by="")


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("0", 0), ("1/9", None), ("-1", None), ("²", None), ("", None)]
)
def test_a_number_is_read_where_it_is_one(text, number):
    told = stated_about(A, [Statement(BY_TEXT, kind, text) for kind in ("track", "disc")], only=True)
    assert (told.track_number, told.disc_number) == (number, number)


def test_tags_state_ids_before_texts_and_nothing_twice():
    tags = Tags(title="T", artist_credit="X", artists=("X", "Y"), recording_ids=("r",), isrcs=("i",), acoustid_id="q")
    assert tag_statements(tags) == (
        Statement(BY_ID, "recording", "r"),
        Statement(BY_TEXT, "title", "T"),
        Statement(BY_TEXT, "artist", "X"),
        Statement(BY_TEXT, "artist", "Y"),
        Statement(BY_TEXT, "isrc", "i"),
        Statement(BY_TEXT, "acoustid", "q"),
    )
