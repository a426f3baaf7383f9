"""What a passage is: songs, artists, works and albums, and the links to them with their evidence.

Entities are identified by their MBID and by nothing else: two artists of one name stay two.
"""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.ids import Guid, Mbid
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks


@dataclass(frozen=True, slots=True)
class Artist:
    """A MusicBrainz artist. ``name`` is None while only the MBID is known."""

    mbid: Mbid
    name: str | None


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


@dataclass(frozen=True, slots=True)
class Song:
    """A MusicBrainz recording with its works and its weighted artists."""

    mbid: Mbid
    title: str | None
    credits: tuple[ArtistCredit, ...]
    works: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class Album:
    """A MusicBrainz release."""

    mbid: Mbid
    title: str | None
    release_group: Mbid | None
    date: str | None
    artists: tuple[Artist, ...]


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


class EvidenceSource(StrEnum):
    """Where a piece of evidence comes from."""

    TAG_MBID = "tag-mbid"
    TAG_TEXT = "tag-text"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or about a link: what kind of statement (``kind``: recording, artist, album ...) and its value."""

    source: EvidenceSource
    kind: str
    value: str


class LinkState(StrEnum):
    """Where a passage stands in identification."""

    WAITING = "waiting"
    LINKED = "linked"
    TEXT_ONLY = "text-only"
    UNIDENTIFIED = "unidentified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PassageLinks:
    """The linker's decision for one passage; ``state`` is never WAITING."""

    passage: Guid
    state: LinkState
    songs: tuple[SongSpan, ...]
    album: AlbumPlace | None
    evidence: tuple[Evidence, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FileLinks:
    """The linker's decision for all waiting passages of one file: one message.

    ``revision`` is that of the :class:`WaitingFile` it was made from. The library ignores a decision whose grounds
    have changed meanwhile; the passages wait on.
    """

    path: bytes
    passages: tuple[PassageLinks, ...]
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingPassage:
    """A passage that waits for identification."""

    guid: Guid
    start: Ticks
    end: Ticks


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """What the linker pulls from the library: a file with the passages that wait.

    ``passage_count`` counts all passages of the file, also those that do not wait: a recording MBID in the tags of a
    file with several passages belongs to none of them by itself. ``revision`` counts how often tags or passages of
    the file changed.
    """

    path: bytes
    tags: Tags
    passage_count: int
    passages: tuple[WaitingPassage, ...]
    revision: int = 0
