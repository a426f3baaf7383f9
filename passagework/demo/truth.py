"""What an import must find in generated music: its bounds, names and links."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.ids import Mbid
from passagework.domain.tags import Tags


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of music in a file: samples from its beginning, end exclusive; lengths of its fades, None: none."""

    start: int
    end: int
    fade_in: int | None = None
    fade_out: int | None = None


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of the folder and what an import must find in it.

    ``path`` is relative to the folder. ``samples`` is the decoded length, exact except for AAC and WMA, which
    do not keep it; 0 for a file that must fail with the code ``failure``. ``pieces`` are those that were written.
    """

    path: Path
    note: str
    sample_rate: int = 0
    samples: int = 0
    pieces: tuple[Piece, ...] = ()
    tags: Tags = field(default_factory=Tags)
    failure: FailureCode | None = None
    warning: WarningCode | None = None


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """The numbers of entities and links that the MBIDs in a set of tagged files give.

    ``song_artists`` counts the artist credits of all songs, ``song_works`` and ``album_artists`` likewise.
    ``passage_songs`` and ``passage_albums`` are right if every file is one passage.
    """

    songs: int
    artists: int
    works: int
    albums: int
    song_artists: int
    song_works: int
    album_artists: int
    passage_songs: int
    passage_albums: int


def count_links(files: Iterable[Tags]) -> LinkCounts:
    """Count the entities and links that the tags of single-passage files name by MBID, each once."""
    tagged = tuple(files)
    song_artists = {(song, artist) for tags in tagged for song in tags.recording_ids for artist in tags.artist_ids}
    song_works = {(song, work) for tags in tagged for song in tags.recording_ids for work in tags.work_ids}
    album_artists = {(tags.release_id, artist) for tags in tagged for artist in tags.album_artist_ids}
    return LinkCounts(
        songs=len({song for tags in tagged for song in tags.recording_ids}),
        artists=len({artist for _, artist in song_artists | album_artists}),
        works=len({work for _, work in song_works}),
        albums=len({tags.release_id for tags in tagged if tags.release_id is not None}),
        song_artists=len(song_artists),
        song_works=len(song_works),
        album_artists=len(album_artists),
        passage_songs=sum(len(tags.recording_ids) for tags in tagged),
        passage_albums=sum(tags.release_id is not None for tags in tagged),
    )


def invented_mbid(kind: str, name: str) -> Mbid:
    """Derive an MBID from a name. It is valid, but musicbrainz.org does not know it."""
    return Mbid(str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:passagework:invented:{kind}:{name}")))
