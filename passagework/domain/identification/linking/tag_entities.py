"""Songs and albums as the tags of a file describe them, for MBIDs that no service has described."""

from passagework.domain.identification.evidence.from_tags import unique, work_titles
from passagework.domain.identification.evidence.normalise import names_guests
from passagework.domain.ids import Mbid
from passagework.domain.music import Album, Artist, ArtistCredit, Song, Work
from passagework.domain.tags import Tags


def described_song(recording: Mbid, tags: Tags) -> Song:
    """Describe a recording with its works and its artists in equal weights; by its id alone if tags do not name it.

    Only MBIDs make entities; names of artists are never split, and two names without MBIDs are never one artist.
    """
    if recording not in tags.recording_ids:
        return Song(recording, None, (), ())
    artists = _artists(tags.artist_ids, tags.artists, tags.artist_credit)
    credits_ = tuple(ArtistCredit(artist, 1.0 / len(artists)) for artist in artists)
    works = unique(tags.work_ids)
    titles = work_titles(tags)
    known: tuple[str | None, ...] = titles if len(titles) == len(works) else (None,) * len(works)
    return Song(recording, tags.title, credits_, tuple(map(Work, works, known)))


def described_album(release: Mbid, tags: Tags) -> Album:
    """Describe a release with its artists; by its id alone if the tags do not name it."""
    if release != tags.release_id:
        return Album(release, None, None, None, ())
    artists = _artists(tags.album_artist_ids, tags.album_artists, tags.album_artist_credit)
    return Album(release, tags.album, tags.release_group_id, tags.date, artists)


def _artists(mbids: tuple[Mbid, ...], names: tuple[str, ...], credit: str | None) -> tuple[Artist, ...]:
    """Pair MBIDs with names where that is certain; otherwise the name is unknown.

    Certain: as many names as MBIDs, or a single MBID, whose name is then the whole credit ("AC/DC"), unless it names
    guests.
    """
    known: tuple[str | None, ...]
    if len(mbids) == 1:
        name = names[0] if len(names) == 1 else credit
        known = (None if name is None or names_guests(name) else name,)
    elif len(names) == len(mbids):
        known = names
    else:
        known = (None,) * len(mbids)
    artists: dict[Mbid, Artist] = {}
    for mbid, name in zip(mbids, known, strict=True):
        artists.setdefault(mbid, Artist(mbid, name))
    return tuple(artists.values())
