"""Songs, artists, works and albums, and the links of a passage to them.

Entities are identified by their MBID only: two artists of the same name are two entities. ``stated_ns`` is when
MusicBrainz stated the values of an entity; None: they come from tags. A later statement of MusicBrainz replaces an
earlier one; tags never replace a statement of MusicBrainz.
"""

from dataclasses import dataclass

from passagework.domain.ids import Mbid
from passagework.domain.units import Ticks


@dataclass(frozen=True, slots=True)
class Artist:
    """A MusicBrainz artist. ``name`` is None while only the MBID is known."""

    mbid: Mbid
    name: str | None
    stated_ns: int | None = None


@dataclass(frozen=True, slots=True)
class ArtistCredit:
    """An artist's part in a song. The weights of a song sum to 1."""

    artist: Artist
    weight: float


@dataclass(frozen=True, slots=True)
class Work:
    """A MusicBrainz work (composition). ``title`` is None while only the MBID is known."""

    mbid: Mbid
    title: str | None
    composers: tuple[Artist, ...] = ()
    stated_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Song:
    """A MusicBrainz recording with its works and its weighted artists.

    ``former`` are ids that were merged into this one. Credits that MusicBrainz states replace those from tags.
    """

    mbid: Mbid
    title: str | None
    credits: tuple[ArtistCredit, ...]
    works: tuple[Work, ...]
    former: tuple[Mbid, ...] = ()
    stated_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Album:
    """A MusicBrainz release. ``former`` are ids that were merged into this one.

    ``media`` are the formats of its media, in order. ``cover_art``: whether the Cover Art Archive has pictures; None if
    unknown.
    """

    mbid: Mbid
    title: str | None
    release_group: Mbid | None
    date: str | None
    artists: tuple[Artist, ...]
    country: str | None = None
    labels: tuple[str, ...] = ()
    media: tuple[str | None, ...] = ()
    cover_art: bool | None = None
    former: tuple[Mbid, ...] = ()
    stated_ns: int | None = None


@dataclass(frozen=True, slots=True)
class SongSpan:
    """A song inside a passage; ``start`` and ``end`` are ticks from the start of the passage."""

    song: Song
    start: Ticks
    end: Ticks


@dataclass(frozen=True, slots=True)
class AlbumPlace:
    """Where on an album a passage stands: medium (disc) and track number, None where unknown."""

    album: Album
    medium: int | None
    track: int | None
