"""What AcoustID answers to a fingerprint, in its own terms: results, and the recordings that people tied to each."""

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
    """A release group on which a recording is found. ``kind`` is the primary type; releases only where asked for."""

    mbid: Mbid
    title: str | None
    kind: str | None
    secondary_kinds: tuple[str, ...]
    artists: tuple[Artist, ...]
    releases: tuple[AcoustidRelease, ...] = ()


@dataclass(frozen=True, slots=True)
class AcoustidRecording:
    """A MusicBrainz recording that was tied to a fingerprint.

    One without a title was merged or deleted in MusicBrainz; it is never a "no match". ``seconds`` is its length,
    ``sources`` how many submissions tie it to the fingerprint (None where the answer does not say).
    """

    mbid: Mbid
    title: str | None
    artists: tuple[Artist, ...]
    seconds: float | None
    sources: int | None
    groups: tuple[AcoustidReleaseGroup, ...]


@dataclass(frozen=True, slots=True)
class AcoustidResult:
    """One result: an AcoustID, how well the fingerprint fits it (0 to 1, no probability), and its recordings."""

    acoustid: str
    score: float
    recordings: tuple[AcoustidRecording, ...]


@dataclass(frozen=True, slots=True)
class AcoustidAnswer:
    """Everything that was answered to one fingerprint, best result first. Empty: AcoustID knows nothing like it."""

    results: tuple[AcoustidResult, ...]
