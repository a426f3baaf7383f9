"""Invented MusicBrainz identifiers that exercise every kind of link. None of them exists on musicbrainz.org."""

from passagework.demo.truth import invented_mbid
from passagework.domain.tags import Tags

ARTISTS = ("Ada Invented", "Ben Invented", "Cleo Invented")
DATE = "2001-02-03"


def stamp(
    album: str,
    album_artists: str,
    disc: tuple[int, int],
    track: tuple[int, int],
    title: str,
    artists: str,
    works: str = "",
) -> Tags:
    """Build the tags of one track; artists are initials of ARTISTS, works single letters."""
    names = tuple(name for name in ARTISTS if name[0] in artists)
    album_names = tuple(name for name in ARTISTS if name[0] in album_artists)
    return Tags(
        title=title,
        artist_credit=" & ".join(names),
        artists=names,
        album=album,
        album_artist_credit=" & ".join(album_names),
        date=DATE,
        track_number=track[0],
        track_total=track[1],
        disc_number=disc[0],
        disc_total=disc[1],
        recording_ids=(invented_mbid("recording", title),),
        release_track_id=invented_mbid("track", f"{album}:{disc}:{track}"),
        release_id=invented_mbid("release", album),
        release_group_id=invented_mbid("release-group", album),
        artist_ids=tuple(invented_mbid("artist", name) for name in names),
        album_artist_ids=tuple(invented_mbid("artist", name) for name in album_names),
        work_ids=tuple(invented_mbid("work", work) for work in works),
    )


def stamped_tags() -> tuple[Tags, ...]:
    """Give a two-disc album with shared artists and joint credits, and a second album that has one recording of it."""
    two_discs, best_of = "Two Discs (invented)", "Best Of (invented)"
    return (
        stamp(two_discs, "AB", (1, 2), (1, 3), "Alone", "A"),
        stamp(two_discs, "AB", (1, 2), (2, 3), "Together", "AB", works="x"),
        stamp(two_discs, "AB", (1, 2), (3, 3), "The Other", "B", works="yz"),
        stamp(two_discs, "AB", (2, 2), (1, 3), "Alone Again", "A"),
        stamp(two_discs, "AB", (2, 2), (2, 3), "All Three", "ABC"),
        stamp(two_discs, "AB", (2, 2), (3, 3), "Guest", "C", works="x"),
        stamp(best_of, "C", (1, 1), (1, 3), "Opening", "C"),
        stamp(best_of, "C", (1, 1), (2, 3), "Together", "AB", works="x"),
        stamp(best_of, "C", (1, 1), (3, 3), "Closing", "B"),
    )
