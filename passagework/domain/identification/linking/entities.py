"""From answers of MusicBrainz and AcoustID to songs, works, artists and albums."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from passagework.domain.acoustid import AcoustidAnswer, AcoustidRecording, AcoustidRelease, AcoustidReleaseGroup
from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.scoring.confidence import gate
from passagework.domain.identification.scoring.explanation import TrackPlace
from passagework.domain.ids import Mbid
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, Work
from passagework.domain.musicbrainz import CreditedArtist, MbRecording, MbRelease

_NO_DATE: Final = "9999"


@dataclass(frozen=True, slots=True)
class Entities:
    """The recordings that MusicBrainz described, by each of their ids, and when it did."""

    recordings: dict[Mbid, MbRecording] = field(default_factory=dict)
    former: dict[Mbid, tuple[Mbid, ...]] = field(default_factory=dict)
    stated_ns: int | None = None

    def song(self, recording: Mbid) -> Song | None:
        """Return the song of a recording as MusicBrainz describes it; None if it was not asked."""
        found = self.recordings.get(recording)
        if found is None:
            return None
        works = {
            work.mbid: Work(work.mbid, work.title, self.artists(work.composers), self.stated_ns) for work in found.works
        }
        former = self.former.get(found.mbid, ())
        credited = share_equally(self.artists(found.artists))
        return Song(found.mbid, found.title, credited, tuple(works.values()), former, self.stated_ns)

    def place(self, place: TrackPlace) -> AlbumPlace:
        """Return the album of a track and its place there; a pregap is track 0."""
        return AlbumPlace(self._album(place.release), place.medium, place.track.position)

    def artists(self, credited: Iterable[CreditedArtist]) -> tuple[Artist, ...]:
        """Return each artist of a credit once, under the artist's own name."""
        named = {one.mbid: Artist(one.mbid, one.name or one.credited_as, self.stated_ns) for one in credited}
        return tuple(named.values())

    def _album(self, release: MbRelease) -> Album:
        return Album(
            release.mbid,
            release.title,
            release.group.mbid,
            release.date,
            self.artists(release.artists),
            release.country,
            release.labels,
            tuple(medium.format for medium in release.media),
            release.cover_art,
            () if release.asked_as is None else (release.asked_as,),
            self.stated_ns,
        )


def entities_of(evidence: GroupEvidence, stated_ns: int | None) -> Entities:
    """Collect the recordings of a group's evidence. Of two descriptions the one with works counts."""
    recordings: dict[Mbid, MbRecording] = {}
    former: dict[Mbid, tuple[Mbid, ...]] = {}
    for recording in _recordings(evidence):
        known = recordings.get(recording.mbid)
        if known is None or len(known.works) < len(recording.works):
            recordings[recording.mbid] = recording
        if recording.asked_as is not None:
            former[recording.mbid] = tuple(dict.fromkeys((*former.get(recording.mbid, ()), recording.asked_as)))
    today = {old: recordings[mbid] for mbid, merged in former.items() for old in merged}
    return Entities({**today, **recordings}, former, stated_ns)


def share_equally(artists: tuple[Artist, ...]) -> tuple[ArtistCredit, ...]:
    """Return each artist of a song the same weight; they sum to 1."""
    return tuple(ArtistCredit(artist, 1.0 / len(artists)) for artist in artists)


def acoustid_song(recording: AcoustidRecording) -> Song:
    """Describe a recording as AcoustID does: title and artists, no works."""
    artists = {artist.mbid: artist for artist in recording.artists}
    return Song(recording.mbid, recording.title, share_equally(tuple(artists.values())), ())


def acoustid_recordings(answer: AcoustidAnswer | None) -> Iterator[tuple[float, AcoustidRecording]]:
    """Return the recordings that a fingerprint fits at least half, each with how well."""
    for result in answer.results if answer else ():
        if gate(result.score):
            for recording in result.recordings:
                yield result.score, recording


def acoustid_place(recording: AcoustidRecording) -> AlbumPlace | None:
    """Choose the album of a loose track among those AcoustID names: a plain album first, then the earliest."""
    places = [(group, release) for group in recording.groups for release in group.releases]
    if not places:
        return None
    group, release = min(places, key=_plain_and_early)
    artists = group.artists or recording.artists
    title = release.title or group.title
    album = Album(release.mbid, title, group.mbid, release.date, artists, release.country)
    return AlbumPlace(album, release.medium, release.track)


def _plain_and_early(place: tuple[AcoustidReleaseGroup, AcoustidRelease]) -> tuple[object, ...]:
    group, release = place
    return group.kind != "Album" or bool(group.secondary_kinds), release.date or _NO_DATE, release.mbid


def _recordings(evidence: GroupEvidence) -> Iterator[MbRecording]:
    yield from evidence.recordings
    for release in evidence.releases:
        for medium in release.media:
            for track in medium.tracks:
                yield track.recording
