"""What an import must find in made music: bounds, names and links, known because they were put there."""

from collections.abc import Iterable
from dataclasses import dataclass

from passagework.domain.tags import Tags


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Entities and links that the MBIDs in a set of tagged files stand for.

    ``song_artists`` counts the artist credits of all songs, ``song_works`` and ``album_artists`` likewise.
    ``passage_songs`` and ``passage_albums`` hold where every file is one passage.
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
    """Count what the tags of single-passage files name by MBID, each entity and each link once."""
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
