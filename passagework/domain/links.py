"""The decisions of the linker about passages: links, confidence and evidence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.codes import ExplainedCode
from passagework.domain.evidence import Statement
from passagework.domain.ids import Guid, Mbid
from passagework.domain.music import AlbumPlace, SongSpan


class LinkState(ExplainedCode):
    """Where a passage stands in identification: ``NAME = stored code, words for people``.

    LIKELY: linked, with less confidence. PROPOSAL: a person has to choose among the candidates.
    """

    WAITING = "waiting", "waiting for identification"
    LINKED = "linked", "linked to songs or albums"
    LIKELY = "likely", "linked, likely"
    PROPOSAL = "proposal", "proposed for review"
    TEXT_ONLY = "text-only", "named by the text of their tags"
    UNIDENTIFIED = "unidentified", "unidentified"
    FAILED = "failed", "failed to link"


NO_RECORDING: Final = Mbid("none")
"""The user value, in place of an MBID, of a passage that is no known recording."""


@dataclass(frozen=True, slots=True)
class CandidateTerm:
    """One piece of evidence in the sum of a candidate: ``value`` times ``weight``; ``note`` says what was compared.

    The version of the weights, in the decision, defines the kinds.
    """

    kind: str
    value: float
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A stored candidate, for people: a recording that a passage may be, and its place on a release."""

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
    """Why a passage is not linked, whatever the confidence."""

    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class PassageLinks:
    """The linker's decision for one passage; ``state`` is never WAITING. ``candidates`` are in order, best first.

    ``weights`` is the version that ``confidence`` was computed with. With ``retry_ns`` the decision is provisional, and
    the passage is decided again after that time.
    """

    passage: Guid
    state: LinkState
    songs: tuple[SongSpan, ...]
    album: AlbumPlace | None
    evidence: tuple[Statement, ...]
    reason: str | None = None
    candidates: tuple[CandidateRow, ...] = ()
    confidence: float | None = None
    weights: str | None = None
    doubts: frozenset[Doubt] = frozenset()
    retry_ns: int | None = None

    def until(self, retry_ns: int) -> "PassageLinks":
        """Return the decision as a provisional one. By hand: ``dataclasses.replace`` takes three times as long."""
        return PassageLinks(
            passage=self.passage,
            state=self.state,
            songs=self.songs,
            album=self.album,
            evidence=self.evidence,
            reason=self.reason,
            candidates=self.candidates,
            confidence=self.confidence,
            weights=self.weights,
            doubts=self.doubts,
            retry_ns=retry_ns,
        )


@dataclass(frozen=True, slots=True)
class FileLinks:
    """The linker's decision for all waiting passages of one file: one message.

    ``revision`` is that of the :class:`WaitingFile` it was made from. If tags or passages have changed meanwhile, the
    library ignores the decision, and the passages still wait.
    """

    path: bytes
    passages: tuple[PassageLinks, ...]
    revision: int | None = None
