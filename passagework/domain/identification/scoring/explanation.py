"""The decision about a group of passages, with the evidence for it."""

from dataclasses import dataclass

from passagework.domain.identification.scoring.confidence import Band, Cap, Term
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import Doubt
from passagework.domain.musicbrainz import MbRelease, MbTrack


@dataclass(frozen=True, slots=True)
class AlbumVote:
    """A release group and how many of the group's passages AcoustID finds on it, of those with a match."""

    group: Mbid
    title: str | None
    kind: str | None
    secondary_kinds: tuple[str, ...]
    voters: int
    matched: int
    releases: tuple[Mbid, ...]


@dataclass(frozen=True, slots=True)
class TrackPlace:
    """The track on a release on which a passage was placed. ``affinity`` is the log-odds for it."""

    release: MbRelease
    medium: int
    track: MbTrack
    affinity: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A song that the passage may be: ``recording`` represents it, ``recordings`` are all recordings of that song.

    ``log_odds`` is the sum of the terms; ``confidence`` is computed from it and the other candidates, and capped.
    """

    recording: Mbid
    title: str
    artists: tuple[str, ...]
    seconds: float | None
    recordings: tuple[Mbid, ...]
    terms: tuple[Term, ...]
    log_odds: float
    confidence: float
    caps: tuple[Cap, ...]
    place: TrackPlace | None


@dataclass(frozen=True, slots=True)
class PassageDecision:
    """The decision about one passage: its candidates, best first, and its state.

    ``unnamed`` are recordings that AcoustID knows without a title, because they were merged or deleted. MusicBrainz is
    asked for them; they are not "no match". ``weights`` is the version of the weights.
    """

    key: Guid
    candidates: tuple[Candidate, ...]
    band: Band
    doubts: frozenset[Doubt]
    reason: str
    unnamed: tuple[Mbid, ...]
    weights: str

    @property
    def winner(self) -> Candidate | None:
        """Return the best candidate, even if it is weak."""
        return self.candidates[0] if self.candidates else None

    @property
    def confidence(self) -> float:
        """Return the confidence of the best candidate; 0 without any."""
        return self.candidates[0].confidence if self.candidates else 0.0

    @property
    def accepted(self) -> bool:
        """Return whether the best candidate may be linked without a person."""
        return self.band is Band.ACCEPT and not self.doubts

    @property
    def settled(self) -> bool:
        """Return whether the passage will be linked, so that nothing more is asked."""
        return self.band in (Band.ACCEPT, Band.LIKELY) and not self.doubts


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """The decision about a group: its passages in the given order, its albums by votes, best first."""

    passages: tuple[PassageDecision, ...]
    albums: tuple[AlbumVote, ...]
    releases: tuple[Mbid, ...]
    """The known releases on which passages were placed, the one with the strongest evidence first."""

    @property
    def by_passage(self) -> dict[Guid, PassageDecision]:
        """Return the decisions by the passages that they are about."""
        return {one.key: one for one in self.passages}
