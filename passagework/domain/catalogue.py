"""What a passage is: songs, artists, works and albums, and the links to them with their evidence.

Entities are identified by their MBID and by nothing else: two artists of one name stay two. ``stated_ns`` is when
MusicBrainz said what stands in an entity; None: the tags of a file say so. A later statement of MusicBrainz replaces an
earlier one, and one of tags never replaces it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.analysis import Fingerprint
from passagework.domain.codes import ExplainedCode, UnknownCode
from passagework.domain.ids import Guid, Mbid
from passagework.domain.tags import Tags
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

    ``media`` are the formats of its media, in order. ``cover_art``: whether the Cover Art Archive has pictures; None:
    nobody has said so.
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


class EvidenceSource(StrEnum):
    """Where a piece of evidence comes from."""

    TAG_MBID = "tag-mbid"
    TAG_TEXT = "tag-text"
    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"
    TRACK_LIST = "track-list"
    DURATION = "duration"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or about a link: what kind of statement (``kind``: recording, artist, album ...) and its value.

    ``strength`` is in the terms of its source, as the score of a fingerprint; None where it has none.
    """

    source: EvidenceSource | UnknownCode
    kind: str
    value: str
    strength: float | None = None


class LinkState(ExplainedCode):
    """Where a passage stands in identification: ``NAME = stored code, words for people``.

    LIKELY: linked, and not beyond doubt. PROPOSAL: there are candidates for a person to choose from.
    """

    WAITING = "waiting", "waiting for identification"
    LINKED = "linked", "linked to songs or albums"
    LIKELY = "likely", "linked, likely"
    PROPOSAL = "proposal", "proposed for review"
    TEXT_ONLY = "text-only", "named by the text of their tags"
    UNIDENTIFIED = "unidentified", "unidentified"
    FAILED = "failed", "failed to link"


NO_RECORDING: Final = Mbid("none")
"""What a person says of a passage that is no recording known to anybody, in the place of its MBID."""


@dataclass(frozen=True, slots=True)
class CandidateTerm:
    """One piece of evidence in the sum of a candidate: ``value`` times ``weight``; ``note`` says what was compared.

    Kinds are those of the version of the weights that the decision names.
    """

    kind: str
    value: float
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A recording that a passage may be, and where on a release it was found, as it is kept to be looked at."""

    recording: Mbid
    title: str
    artists: tuple[str, ...]
    confidence: float
    log_odds: float
    terms: tuple[CandidateTerm, ...]
    caps: tuple[str, ...] = ()
    seconds: float | None = None
    release: Mbid | None = None
    album: str | None = None
    medium: int | None = None
    track: int | None = None


class Doubt(StrEnum):
    """What keeps a decision from being taken, whatever its confidence."""

    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class PassageLinks:
    """The linker's decision for one passage; ``state`` is never WAITING. ``candidates`` are in order, best first.

    ``weights`` is the version that ``confidence`` was computed with. With ``retry_ns`` the decision is provisional, and
    the passage is to be looked at again from then on.
    """

    passage: Guid
    state: LinkState
    songs: tuple[SongSpan, ...]
    album: AlbumPlace | None
    evidence: tuple[Evidence, ...]
    reason: str | None = None
    candidates: tuple[CandidateRow, ...] = ()
    confidence: float | None = None
    weights: str | None = None
    doubts: frozenset[Doubt] = frozenset()
    retry_ns: int | None = None


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
    """A passage that waits for identification.

    ``decided`` is the MBID of the recording that a person says it is, or NO_RECORDING: no other decision is stored.
    ``due`` False: it does not wait, and is there for the sake of those of its group that do.
    ``attempts`` counts how often it was put off.
    """

    guid: Guid
    start: Ticks
    end: Ticks
    decided: Mbid | None = None
    fingerprint: Fingerprint | None = None
    due: bool = True
    attempts: int = 0


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
