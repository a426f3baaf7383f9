"""What was decided about a group of passages, with everything that led to it."""

from dataclasses import dataclass

from passagework.domain.identification.scoring.confidence import Band, Cap, Term
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import Doubt
from passagework.domain.musicbrainz import MbRelease, MbTrack


@dataclass(frozen=True, slots=True)
class AlbumVote:
    """A release group and how many of the group's passages AcoustID finds on it, of those it finds at all."""

    group: Mbid
    title: str | None
    kind: str | None
    secondary_kinds: tuple[str, ...]
    voters: int
    matched: int
    releases: tuple[Mbid, ...]


@dataclass(frozen=True, slots=True)
class TrackPlace:
    """A track on a release, where a passage was found to belong. ``affinity`` is the log-odds that spoke for it."""

    release: MbRelease
    medium: int
    track: MbTrack
    affinity: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A song that the passage may be: ``recording`` stands for it, ``recordings`` are all that name the same song.

    ``log_odds`` is the sum of the terms; ``confidence`` is that sum set against the other candidates, and capped.
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
    """What one passage is held to be: its candidates, best first, and the state of the decision.

    ``unnamed`` are recordings that AcoustID knows without a title, because they were merged or deleted: worth asking
    MusicBrainz for, and never a "no match". ``weights`` is the version of the weights.
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
        """Give the best candidate, however weak it is."""
        return self.candidates[0] if self.candidates else None

    @property
    def confidence(self) -> float:
        """Give the confidence of the best candidate; 0 without any."""
        return self.candidates[0].confidence if self.candidates else 0.0

    @property
    def accepted(self) -> bool:
        """Say whether the best candidate may be linked without asking anybody."""
        return self.band is Band.ACCEPT and not self.doubts

    @property
    def settled(self) -> bool:
        """Say whether the passage needs no further question: it will be linked."""
        return self.band in (Band.ACCEPT, Band.LIKELY) and not self.doubts


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """What was decided about a group: its passages in the order given, its albums by votes, best first."""

    passages: tuple[PassageDecision, ...]
    albums: tuple[AlbumVote, ...]
    releases: tuple[Mbid, ...]
    """The known releases on which passages were placed, the one with the strongest evidence first."""

    @property
    def by_passage(self) -> dict[Guid, PassageDecision]:
        """Give the decisions by the passages that they are about."""
        return {one.key: one for one in self.passages}
