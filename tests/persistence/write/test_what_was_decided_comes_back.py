"""Everything that a decision says lands in the column that is meant: no two values are equal, so a swap is seen."""

import json
from dataclasses import fields, replace

import pytest

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.links import CandidateRow, CandidateTerm, Doubt, FileLinks, LinkState, PassageLinks
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.stored_answers import StoredAnswer
from passagework.persistence.read.queries import Answers, WaitingGroups
from passagework.persistence.write.writes import DeferIdentification, StoreAnswers, StoreLinks

PATH = b"/music/a.flac"


def ids(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


CANDIDATE = CandidateRow(
    recording=ids(1),
    title="Title",
    artists=("First", "Second"),
    confidence=0.61,
    log_odds=0.45,
    terms=(CandidateTerm("base", 1.5, -2.07, "before"), CandidateTerm("title", 0.93, 2.5, "alike")),
    caps=("text-only", "conflict"),
    seconds=61.5,
    release=ids(2),
    album="Album",
    medium=3,
    track=4,
)


@pytest.fixture
def guid(library, make):
    library.write(make.store(library.run))
    return library.passages()[0].guid


@pytest.fixture
def link(library, guid):
    """Give a function that stores these links of the passage."""

    def write(**more):
        values = {"songs": (), "album": None, "evidence": ()} | more
        links = PassageLinks(guid, values.pop("state", LinkState.LIKELY), **values)
        outcome = library.write(StoreLinks(library.run, FileLinks(PATH, (links,), 1)))
        assert outcome.rejected == ()

    return write


def only_row(library, query):
    (row,) = library.connection.execute(query).fetchall()
    return row


def test_a_candidate(library, link):
    other = CandidateRow(ids(5), "Other", (), 0.11, -2.2, (), (), None, None, None, None, None)
    link(candidates=(CANDIDATE, other))
    assert library.passages()[0].candidates == (CANDIDATE, other)


@pytest.mark.parametrize(
    "changed",
    [
        *({field.name: None} for field in fields(CandidateRow) if field.default is None),
        *({"recording": ids(6)}, {"title": "Changed"}, {"artists": ("Changed",)}, {"caps": ()}, {"terms": ()}),
        *({"confidence": 0.62}, {"log_odds": 0.46}),
    ],
    ids=str,
)
def test_a_candidate_of_which_one_thing_changed(library, link, changed):
    link(candidates=(CANDIDATE,))
    link(candidates=(replace(CANDIDATE, **changed),))
    assert library.passages()[0].candidates == (replace(CANDIDATE, **changed),)


def test_statements_in_their_order(library, link):
    evidence = (
        Statement(EvidenceSource.TRACK_LIST, "track", "1-2 Title", 1.25),
        Statement(EvidenceSource.ACOUSTID, "recording", ids(1), 0.875),
        Statement(EvidenceSource.TAG_TEXT, "artist", "title"),
        Statement(EvidenceSource.TAG_MBID, "title", "artist", 0.0),
    )
    link(evidence=evidence)
    assert library.passages()[0].evidence == evidence
    link(evidence=evidence[::-1])
    assert library.passages()[0].evidence == evidence[::-1]


def test_the_decision_itself(library, link):
    link(
        state=LinkState.PROPOSAL,
        reason="why",
        confidence=0.61,
        weights="7",
        doubts=frozenset({Doubt.AMBIGUOUS}),
        retry_ns=123,
    )
    passage = library.passages()[0]
    assert (passage.link_state, passage.reason, passage.confidence) == (LinkState.PROPOSAL, "why", 0.61)
    assert (passage.weights, passage.doubts, passage.retry_ns) == ("7", {Doubt.AMBIGUOUS}, 123)
    assert only_row(library, "SELECT link_run FROM passage") == (library.run,)


def test_a_song_with_its_artists_works_and_composers(library, link):
    composer = Artist(ids(20), "Composer", stated_ns=1)
    work = Work(ids(30), "Work", (composer,), stated_ns=2)
    credits_ = (
        ArtistCredit(Artist(ids(21), "One", stated_ns=3), 0.5),
        ArtistCredit(Artist(ids(22), "Two", stated_ns=4), 0.5),
    )
    song = Song(ids(10), "Song", credits_, (work,), former=(ids(11),), stated_ns=5)
    link(songs=(SongSpan(song, 6, 7),))
    assert only_row(library, "SELECT mbid, title, title_source, stated_ns FROM song") == (
        ids(10),
        "Song",
        "musicbrainz",
        5,
    )
    assert only_row(library, "SELECT mbid, title, stated_ns FROM work") == (ids(30), "Work", 2)
    assert library.connection.execute("SELECT mbid, name, stated_ns FROM artist ORDER BY mbid").fetchall() == [
        (ids(20), "Composer", 1),
        (ids(21), "One", 3),
        (ids(22), "Two", 4),
    ]
    assert library.connection.execute(
        "SELECT a.mbid, k.position, k.weight FROM song_artist AS k JOIN artist AS a ON a.id = k.artist_id ORDER BY 2"
    ).fetchall() == [(ids(21), 0, 0.5), (ids(22), 1, 0.5)]
    assert only_row(library, "SELECT old, new FROM merged_mbid") == (ids(11), ids(10))
    assert only_row(library, "SELECT start_ticks, end_ticks FROM passage_song") == (6, 7)
    assert only_row(
        library,
        """SELECT w.mbid, a.mbid, role FROM work_artist JOIN work AS w ON w.id = work_id
        JOIN artist AS a ON a.id = artist_id""",
    ) == (ids(30), ids(20), "composer")


def test_an_album_with_its_artists(library, link):
    album = Album(
        mbid=ids(40),
        title="Album",
        release_group=ids(41),
        date="1999",
        artists=(Artist(ids(21), "One", stated_ns=1), Artist(ids(22), "Two", stated_ns=2)),
        country="XE",
        labels=("Label", "Other label"),
        media=("CD", None),
        cover_art=True,
        former=(ids(42),),
        stated_ns=3,
    )
    link(album=AlbumPlace(album, 4, 5))
    row = only_row(
        library,
        """SELECT mbid, title, title_source, release_group, date, country, labels, media, cover_art, stated_ns
        FROM album""",
    )
    assert row[:6] == (ids(40), "Album", "musicbrainz", ids(41), "1999", "XE")
    assert (json.loads(row[6]), json.loads(row[7]), row[8:]) == (["Label", "Other label"], ["CD", None], (1, 3))
    assert only_row(library, "SELECT medium, track FROM passage_album") == (4, 5)
    assert only_row(library, "SELECT old, new FROM merged_mbid") == (ids(42), ids(40))
    assert library.connection.execute(
        """SELECT a.mbid, a.name, a.stated_ns, k.position FROM album_artist AS k JOIN artist AS a ON a.id = k.artist_id
        ORDER BY 4"""
    ).fetchall() == [(ids(21), "One", 1, 0), (ids(22), "Two", 2, 1)]


def test_a_delay(library, guid):
    library.write(DeferIdentification(library.run, PATH, (guid,), 77, "away", 1))
    assert only_row(library, "SELECT link_retry_ns, link_reason, link_run, link_attempts FROM passage") == (
        77,
        "away",
        library.run,
        1,
    )


def test_an_answer_of_a_service(library):
    answer = StoredAnswer(
        service="service",
        key="key",
        body=b"body",
        schema_version=1,
        fetched_ns=2,
        expires_ns=3,
        found=False,
        merged_into=ids(1),
    )
    library.write(StoreAnswers(library.run, (answer,)))
    assert library.ask(Answers(("key",), 0)) == (answer,)


def test_what_waits(library, make):
    shifted = make.passage(20, 50)
    library.write(make.store(library.run, passages=(make.passage(2, 9, fingerprint=None), shifted)))
    first, second = library.passages()
    library.connection.execute("UPDATE passage SET user_recording = ? WHERE guid = ?", (ids(9), first.guid))
    library.connection.execute(
        "UPDATE passage SET link_state = 'linked', link_retry_ns = NULL WHERE guid = ?", (second.guid,)
    )
    ((file,),) = library.ask(WaitingGroups(5, 0))
    one, other = file.passages
    assert (one.guid, one.start, one.end) == (first.guid, 2 * make.second, 9 * make.second)
    assert (one.decided, one.fingerprint, one.due) == (ids(9), None, True)
    assert (other.guid, other.start, other.end) == (second.guid, 20 * make.second, 50 * make.second)
    assert (other.decided, other.fingerprint, other.due) == (None, shifted.fingerprint, False)
