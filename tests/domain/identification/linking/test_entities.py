"""Songs, works, artists and albums as services describe them: each value in its place."""

from dataclasses import replace

import pytest

from passagework.domain.acoustid import AcoustidRecording, AcoustidRelease, AcoustidReleaseGroup
from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.linking.entities import (
    acoustid_place,
    acoustid_recordings,
    acoustid_song,
    entities_of,
)
from passagework.domain.identification.linking.tag_entities import described_album, described_song
from passagework.domain.identification.scoring.explanation import TrackPlace
from passagework.domain.ids import Mbid
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, Work
from passagework.domain.musicbrainz import CreditedArtist, MbWork
from passagework.domain.tags import Tags

WHEN = 1_700_000_000_000_000_000
OF_GROUP, OF_RECORDING = Artist(Mbid("of-group"), "Of Group"), Artist(Mbid("of-recording"), "Of Recording")


def listed(name, date=None, *, kind="Album", secondary=(), title="Title", artists=()):
    release = AcoustidRelease(Mbid(name), title, f"country-{name}", date, 9, 2, 7)
    return AcoustidReleaseGroup(Mbid(f"group-{name}"), f"Group {name}", kind, secondary, artists, (release,))


def heard(*groups):
    return AcoustidRecording(Mbid("rec"), "North", (OF_RECORDING,), 180.0, 3, groups)


def test_an_album_that_acoustid_names_has_its_values_and_the_place_of_the_track():
    group = listed("a", "1999", artists=(OF_GROUP,))
    album = Album(Mbid("a"), "Title", Mbid("group-a"), "1999", (OF_GROUP,), "country-a")
    assert acoustid_place(heard(group)) == AlbumPlace(album, 2, 7)


def test_an_album_without_title_and_artists_has_those_of_its_group_and_of_the_recording():
    place = acoustid_place(heard(listed("a", title=None)))
    assert (place.album.title, place.album.artists) == ("Group a", (OF_RECORDING,))


def test_a_recording_that_is_on_no_release_has_no_album():
    assert acoustid_place(heard()) is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (listed("z", "2009"), listed("a", "1999", kind="Single")),
        (listed("z", "2009"), listed("a", "1999", secondary=("Live",))),
        (listed("z", "1999"), listed("a", "2009")),
        (listed("z", "1999"), listed("a", None)),
        (listed("a"), listed("z")),
    ],
)
def test_the_album_of_a_loose_track_is_plain_then_early_then_that_of_the_smallest_id(better, worse):
    for groups in ((better, worse), (worse, better)):
        assert acoustid_place(heard(*groups)).album.mbid == better.releases[0].mbid


def test_a_song_that_acoustid_describes_has_each_artist_once_and_no_works():
    song = acoustid_song(replace(heard(), artists=(OF_RECORDING, OF_GROUP, OF_RECORDING)))
    assert song == Song(Mbid("rec"), "North", (ArtistCredit(OF_RECORDING, 0.5), ArtistCredit(OF_GROUP, 0.5)), ())


def test_what_a_fingerprint_fits_at_least_half_is_listed_with_how_well(build):
    north, south, west = map(build.heard, ("North", "South", "West"))
    results = [build.answer(one, score=score).results for one, score in ((north, 0.9), (south, 0.49), (west, 0.5))]
    answer = replace(build.answer(), results=tuple(one for found in results for one in found))
    assert list(acoustid_recordings(answer)) == [(0.9, north), (0.5, west)]
    assert list(acoustid_recordings(None)) == []


def test_a_song_says_when_musicbrainz_described_it_its_artists_its_works_and_their_composers(build):
    composer = CreditedArtist(Mbid("composer"), "Composer", "C.", "")
    recording = replace(build.recording("North"), works=(MbWork(Mbid("work"), "Work", (composer,)),))
    song = entities_of(GroupEvidence((), (), (recording,)), WHEN).song(recording.mbid)
    artist = Artist(Mbid("artist-band"), "The Band", WHEN)
    work = Work(Mbid("work"), "Work", (Artist(Mbid("composer"), "Composer", WHEN),), WHEN)
    assert song == Song(Mbid("rec-North"), "North", (ArtistCredit(artist, 1.0),), (work,), (), WHEN)


def test_a_recording_that_musicbrainz_was_not_asked_for_is_no_song_of_it(build):
    assert entities_of(GroupEvidence((), (), (build.recording("North"),)), WHEN).song(Mbid("rec-South")) is None


def test_an_artist_without_a_name_has_the_printed_one():
    printed = CreditedArtist(Mbid("one"), "", "As printed", "")
    assert entities_of(GroupEvidence(()), WHEN).artists([printed]) == (Artist(Mbid("one"), "As printed", WHEN),)


def test_the_artists_of_an_album_are_described_when_it_is(build):
    release = build.release("Compass", [build.track(3, "North")])
    (medium,) = release.media
    place = entities_of(GroupEvidence((), (release,)), WHEN).place(TrackPlace(release, 4, medium.tracks[0], 0.5))
    assert (place.medium, place.track) == (4, 3)
    assert place.album.artists == (Artist(Mbid("artist-band"), "The Band", WHEN),)
    assert (place.album.former, place.album.stated_ns) == ((), WHEN)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_descriptions_of_a_recording_the_one_with_works_counts(build, order):
    described = [build.recording("North"), build.recording("North", works=["Work"])][::order]
    song = entities_of(GroupEvidence((), (), tuple(described)), WHEN).song(Mbid("rec-North"))
    assert [work.title for work in song.works] == ["Work"]


def test_every_former_id_of_a_recording_leads_to_it_and_is_kept(build):
    asked = [build.recording("North", asked_as=Mbid(old)) for old in ("old", "older", "old")]
    entities = entities_of(GroupEvidence((), (), tuple(asked)), WHEN)
    assert entities.song(Mbid("older")) == entities.song(Mbid("rec-North"))
    assert entities.song(Mbid("old")).former == ("old", "older")


def test_a_recording_and_a_release_that_the_tags_do_not_name_have_their_ids_alone():
    tags = Tags(title="North", album="Compass", recording_ids=(Mbid("other"),), release_id=Mbid("other-release"))
    assert described_song(Mbid("rec"), tags) == Song(Mbid("rec"), None, (), ())
    assert described_album(Mbid("release"), tags) == Album(Mbid("release"), None, None, None, ())


def test_an_album_that_the_tags_name_has_their_values():
    tags = Tags(
        album="Compass",
        album_artist_credit="One & Two",
        album_artists=("One", "Two"),
        album_artist_ids=(Mbid("one"), Mbid("two")),
        artists=("Three",),
        artist_ids=(Mbid("three"),),
        date="2001-02-03",
        release_id=Mbid("release"),
        release_group_id=Mbid("group"),
    )
    artists = (Artist(Mbid("one"), "One"), Artist(Mbid("two"), "Two"))
    assert described_album(Mbid("release"), tags) == Album(
        Mbid("release"), "Compass", Mbid("group"), "2001-02-03", artists
    )
