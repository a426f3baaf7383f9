from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.linking.links import identify
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import LinkState
from passagework.domain.music import Album, AlbumPlace, Artist, Work
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage


def mbid(number):
    return Mbid(f"{number:08x}-0000-4000-8000-000000000000")


RECORDING, OTHER_RECORDING, RELEASE_TRACK, RELEASE, GROUP, ARTIST, OTHER_ARTIST, WORK, OTHER_WORK = map(mbid, range(9))
VARIOUS_ARTISTS = Mbid("89ad4ac3-39f7-470e-963a-56509c546377")

FULL = Tags(
    title="Wouldn't It Be Nice",
    artist_credit="The Beach Boys",
    artists=("The Beach Boys",),
    album="Pet Sounds",
    album_artist_credit="The Beach Boys",
    date="1966-05-16",
    track_number=1,
    disc_number=1,
    recording_ids=(RECORDING,),
    release_track_id=RELEASE_TRACK,
    release_id=RELEASE,
    release_group_id=GROUP,
    artist_ids=(ARTIST,),
    album_artist_ids=(ARTIST,),
    work_ids=(WORK,),
)


def identified(file):
    return identify((file,), build_evidence((file,)), None)


def linked(tags, count=1, statements=()):
    """Link a file with ``count`` passages of 100 ticks each and give the links of all of them."""
    passages = tuple(
        WaitingPassage(Guid(f"p{index}"), Ticks(1000 * index + 7), Ticks(1000 * index + 107)) for index in range(count)
    )
    ((links,),) = (identified(WaitingFile(b"/music/a.flac", tags, count, passages, statements=statements)),)
    return links.passages


def only_song(tags):
    (passage,) = linked(tags)
    (span,) = passage.songs
    return span.song


def test_mbids_make_a_song_over_the_whole_passage_with_artist_work_and_album():
    (passage,) = linked(FULL)
    (span,) = passage.songs
    assert (passage.passage, passage.state, passage.reason) == (Guid("p0"), LinkState.LINKED, None)
    assert (span.start, span.end) == (0, 100)
    assert (span.song.mbid, span.song.title) == (RECORDING, "Wouldn't It Be Nice")
    assert [(credit.artist, credit.weight) for credit in span.song.credits] == [(Artist(ARTIST, "The Beach Boys"), 1.0)]
    assert span.song.works == (Work(WORK, None),)
    artists = (Artist(ARTIST, "The Beach Boys"),)
    assert passage.album == AlbumPlace(Album(RELEASE, "Pet Sounds", GROUP, "1966-05-16", artists), 1, 1)


def test_every_statement_is_evidence_once_and_in_order():
    (passage,) = linked(
        replace(FULL, composers=("Brian Wilson", "Tony Asher", "Brian Wilson"), isrcs=("USCA29900001",))
    )
    m, t = EvidenceSource.TAG_MBID, EvidenceSource.TAG_TEXT
    assert passage.evidence == (
        Statement(m, "recording", RECORDING),
        Statement(m, "release-track", RELEASE_TRACK),
        Statement(m, "artist", ARTIST),
        Statement(m, "work", WORK),
        Statement(m, "album", RELEASE),
        Statement(m, "release-group", GROUP),
        Statement(m, "album-artist", ARTIST),
        Statement(t, "title", "Wouldn't It Be Nice"),
        Statement(t, "artist", "The Beach Boys"),
        Statement(t, "composer", "Brian Wilson"),
        Statement(t, "composer", "Tony Asher"),
        Statement(t, "album", "Pet Sounds"),
        Statement(t, "album-artist", "The Beach Boys"),
        Statement(t, "disc", "1"),
        Statement(t, "track", "1"),
        Statement(t, "date", "1966-05-16"),
        Statement(t, "isrc", "USCA29900001"),
    )


def test_a_recording_in_a_file_of_several_passages_belongs_to_none_of_them():
    passages = linked(FULL, count=3)
    assert [passage.passage for passage in passages] == ["p0", "p1", "p2"]
    for passage in passages:
        assert passage.songs == ()
        assert passage.album is not None
        assert (passage.album.album.mbid, passage.album.medium, passage.album.track) == (RELEASE, 1, None)
        assert passage.state is LinkState.LINKED
        assert passage.reason == "the tags name a recording, but the file has 3 passages"
        assert Statement(EvidenceSource.TAG_MBID, "recording", RECORDING) in passage.evidence


def test_a_single_waiting_passage_of_a_file_with_more_has_no_song_either():
    passage = WaitingPassage(Guid("p1"), Ticks(0), Ticks(50))
    (file,) = identified(WaitingFile(b"/a.ogg", replace(FULL, release_id=None), 2, (passage,)))
    (links,) = file.passages
    assert (links.songs, links.album, links.state) == ((), None, LinkState.TEXT_ONLY)


def test_of_several_recordings_the_first_is_linked_and_the_rest_is_evidence():
    (passage,) = linked(replace(FULL, recording_ids=(RECORDING, OTHER_RECORDING)))
    assert [span.song.mbid for span in passage.songs] == [RECORDING]
    assert passage.reason == "the tags name 2 recordings; the first is linked to the whole passage"
    assert Statement(EvidenceSource.TAG_MBID, "recording", OTHER_RECORDING) in passage.evidence


def test_a_recording_that_is_repeated_is_one():
    (passage,) = linked(replace(FULL, recording_ids=(RECORDING, RECORDING)))
    assert (len(passage.songs), passage.reason) == (1, None)


def test_artists_share_a_song_equally_and_have_their_names_where_the_numbers_agree():
    tags = replace(FULL, artist_ids=(ARTIST, OTHER_ARTIST), artists=("Nick Cave", "Kylie Minogue"))
    assert [(credit.artist.name, credit.weight) for credit in only_song(tags).credits] == [
        ("Nick Cave", 0.5),
        ("Kylie Minogue", 0.5),
    ]


def test_names_that_cannot_be_paired_with_the_mbids_are_left_open():
    tags = replace(FULL, artist_ids=(ARTIST, OTHER_ARTIST), artists=("Nick Cave & Kylie Minogue",))
    assert [credit.artist for credit in only_song(tags).credits] == [Artist(ARTIST, None), Artist(OTHER_ARTIST, None)]


@pytest.mark.parametrize("artists", [(), ("AC", "DC")])
def test_the_credit_of_a_single_artist_is_the_name_whatever_it_looks_like(artists):
    tags = replace(FULL, artist_credit="AC/DC", artists=artists)
    assert [credit.artist for credit in only_song(tags).credits] == [Artist(ARTIST, "AC/DC")]


def test_an_artist_named_twice_counts_once():
    tags = replace(FULL, artist_ids=(ARTIST, OTHER_ARTIST, ARTIST), artists=("A", "B", "A"))
    assert [(credit.artist.name, credit.weight) for credit in only_song(tags).credits] == [("A", 0.5), ("B", 0.5)]


def test_a_song_without_artist_mbids_has_no_artists():
    assert only_song(replace(FULL, artist_ids=())).credits == ()


@given(st.integers(1, 200))
def test_the_weights_of_a_song_sum_to_one(count):
    song = only_song(replace(FULL, artist_ids=tuple(mbid(100 + index) for index in range(count))))
    assert len(song.credits) == count
    assert abs(sum(credit.weight for credit in song.credits) - 1.0) <= 1e-12


@pytest.mark.parametrize("key", ["WORK", "TXXX:WORK", "----:com.apple.iTunes:WORK", "©wrk", "WM/Work"])
def test_works_have_titles_where_the_tags_say_as_many(key):
    titled = replace(FULL, work_ids=(WORK, OTHER_WORK), raw=(("TITLE", ("x",)), (key, ("Prelude", "Fugue"))))
    assert only_song(titled).works == (Work(WORK, "Prelude"), Work(OTHER_WORK, "Fugue"))
    assert only_song(replace(titled, work_ids=(WORK,))).works == (Work(WORK, None),)


def test_various_artists_are_a_legal_album_artist():
    tags = replace(FULL, album_artist_ids=(VARIOUS_ARTISTS,), album_artist_credit="Various Artists", compilation=True)
    (passage,) = linked(tags)
    assert passage.album is not None
    assert passage.album.album.artists == (Artist(VARIOUS_ARTISTS, "Various Artists"),)
    assert [credit.artist.mbid for credit in passage.songs[0].song.credits] == [ARTIST]


def test_a_release_without_a_recording_links_the_album_only():
    (passage,) = linked(replace(FULL, recording_ids=()))
    assert (passage.songs, passage.state) == ((), LinkState.LINKED)
    assert passage.reason == "the tags name the release, but not the recording"
    assert passage.album is not None
    assert passage.album.track == 1


def test_a_release_track_mbid_is_never_a_recording():
    (passage,) = linked(Tags(release_track_id=RELEASE_TRACK))
    assert (passage.songs, passage.album, passage.state) == ((), None, LinkState.TEXT_ONLY)
    assert passage.evidence == (Statement(EvidenceSource.TAG_MBID, "release-track", RELEASE_TRACK),)


def test_text_alone_makes_no_entities():
    (passage,) = linked(Tags(title="Something", artist_credit="Nirvana", album="Nevermind", track_number=2))
    assert (passage.songs, passage.album, passage.state) == ((), None, LinkState.TEXT_ONLY)
    assert [(row.kind, row.value) for row in passage.evidence] == [
        ("title", "Something"),
        ("artist", "Nirvana"),
        ("album", "Nevermind"),
        ("track", "2"),
    ]


@pytest.mark.parametrize("tags", [Tags(), Tags(genres=("Rock",)), Tags(track_number=3, disc_number=1, date="1999")])
def test_tags_that_name_nothing_leave_a_passage_unidentified(tags):
    for passage in linked(tags, count=2):
        assert (passage.songs, passage.album, passage.state) == ((), None, LinkState.UNIDENTIFIED)


def test_a_file_without_waiting_passages_has_no_links():
    assert identified(WaitingFile(b"/a.ogg", FULL, 1, ())) == ()


names = st.lists(st.sampled_from(["A", "B", "A & B"]), max_size=3).map(tuple)
ids = st.lists(st.integers(0, 5).map(mbid), max_size=4).map(tuple)


@given(
    st.builds(
        Tags,
        title=st.none() | st.just("T"),
        artist_credit=st.none() | st.just("A & B"),
        artists=names,
        album=st.none() | st.just("L"),
        album_artists=names,
        composers=names,
        track_number=st.none() | st.integers(1, 9),
        recording_ids=ids,
        release_id=st.none() | st.just(RELEASE),
        artist_ids=ids,
        album_artist_ids=ids,
        work_ids=ids,
    ),
    st.integers(1, 3),
)
def test_whatever_the_tags_say_the_links_are_consistent(tags, count):
    first, again = linked(tags, count), linked(tags, count)
    assert first == again
    for passage in first:
        assert len(set(passage.evidence)) == len(passage.evidence)
        assert passage.state is not LinkState.WAITING
        assert (passage.state is LinkState.LINKED) == bool(passage.songs or passage.album)
        assert bool(passage.songs) == (count == 1 and bool(tags.recording_ids))
        for span in passage.songs:
            artists = [credit.artist.mbid for credit in span.song.credits]
            assert sorted(artists) == sorted(set(tags.artist_ids))
            assert not artists or abs(sum(credit.weight for credit in span.song.credits) - 1.0) <= 1e-12


TABLE = Statement(EvidenceSource.TAG_MBID, "recording", OTHER_RECORDING)
"""What another source than the tags states about the whole file."""


def test_what_is_given_for_a_file_goes_before_its_tags():
    (passage,) = linked(FULL, statements=(TABLE,))
    assert [span.song.mbid for span in passage.songs] == [OTHER_RECORDING]
    assert passage.songs[0].song.title is None
    assert passage.reason == "the tags name 2 recordings; the first is linked to the whole passage"


def test_a_recording_that_is_stated_about_a_file_of_several_passages_belongs_to_none_of_them():
    for passage in linked(Tags(), count=2, statements=(TABLE,)):
        assert (passage.songs, passage.state, passage.evidence) == ((), LinkState.TEXT_ONLY, (TABLE,))


def test_a_recording_that_is_stated_about_one_passage_is_its_song_and_nobody_elses():
    first, second = linked(Tags(), count=2, statements=(replace(TABLE, passage=Guid("p1")),))
    assert (first.songs, first.state, first.evidence) == ((), LinkState.UNIDENTIFIED, ())
    assert [span.song.mbid for span in second.songs] == [OTHER_RECORDING]
    assert [(one.value, one.passage) for one in second.evidence] == [(OTHER_RECORDING, "p1")]


def test_an_album_that_the_tags_do_not_describe_has_its_id_alone():
    stated = (Statement(EvidenceSource.TAG_MBID, "album", OTHER_RECORDING),)
    (passage,) = linked(FULL, statements=stated)
    assert passage.album == AlbumPlace(Album(OTHER_RECORDING, None, None, None, ()), 1, 1)


@pytest.mark.parametrize("names", [(), ("Nick Cave feat. Kylie Minogue",), ("Nick Cave", "Kylie Minogue")])
def test_a_credit_with_a_guest_is_the_name_of_no_single_artist(names):
    tags = replace(FULL, artist_ids=(ARTIST,), artists=names, artist_credit="Nick Cave feat. Kylie Minogue")
    (credit,) = only_song(tags).credits
    assert (credit.artist.mbid, credit.artist.name) == (ARTIST, None)
