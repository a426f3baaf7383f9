"""AcoustID's answer to a fingerprint: results, and the recordings that users submitted for each."""

from dataclasses import dataclass

from passagework.domain.ids import Mbid
from passagework.domain.music import Artist


@dataclass(frozen=True, slots=True)
class AcoustidRelease:
    """A release on which a recording is found. Unknown is None."""

    mbid: Mbid
    title: str | None
    country: str | None
    date: str | None
    track_count: int | None
    medium: int | None
    track: int | None


@dataclass(frozen=True, slots=True)
class AcoustidReleaseGroup:
    """A release group on which a recording is found. ``kind`` is the primary type; releases only if requested."""

    mbid: Mbid
    title: str | None
    kind: str | None
    secondary_kinds: tuple[str, ...]
    artists: tuple[Artist, ...]
    releases: tuple[AcoustidRelease, ...] = ()


@dataclass(frozen=True, slots=True)
class AcoustidRecording:
    """A MusicBrainz recording that was submitted for a fingerprint.

    A recording without a title was merged or deleted in MusicBrainz; it is never a "no match". ``seconds`` is its
    length, ``sources`` the number of submissions for this fingerprint (None if the answer does not say).
    """

    mbid: Mbid
    title: str | None
    artists: tuple[Artist, ...]
    seconds: float | None
    sources: int | None
    groups: tuple[AcoustidReleaseGroup, ...]


@dataclass(frozen=True, slots=True)
class AcoustidResult:
    """One result: an AcoustID, the score of the match (0 to 1, not a probability), and its recordings."""

    acoustid: str
    score: float
    recordings: tuple[AcoustidRecording, ...]


@dataclass(frozen=True, slots=True)
class AcoustidAnswer:
    """The answer to one fingerprint, best result first. Empty: AcoustID knows no similar fingerprint."""

    results: tuple[AcoustidResult, ...]
