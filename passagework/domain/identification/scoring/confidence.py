"""From evidence to one number: weights, sums of log-odds, caps and bands."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FULL_GATE: Final = 0.75
HALF_GATE: Final = 0.5
"""Scores of AcoustID say how well a fingerprint fits, not which recording it is. Measured: the same audio re-encoded or
cut a few seconds late scores above 0.69; cut wrongly by ten seconds, or another song, scores 0."""

NEAR_SECONDS: Final = 3.0
FAR_SECONDS: Final = 30.0
"""Lengths that differ by less are equal; more means another recording (also the limit of Picard and beets)."""

TRUST: Final = 0.995
"""The highest confidence from evidence of the databases, since they contain errors that their evidence does not show.

Of 239 recorded lookups that were accepted with nothing against them one was wrong, a track entered under the name of
its second part.
"""

LEAD: Final = 0.02
"""With a smaller lead over the next song, the two are ambiguous."""


class TermKind(StrEnum):
    """One kind of evidence in the sum."""

    BASE = "base"
    MBID_CONFIRMED = "mbid-confirmed"
    OWN_RECORDING_MBID = "own-recording-mbid"
    FINGERPRINT = "fingerprint"
    TITLE = "title"
    ARTIST = "artist"
    ALBUM = "album"
    ALBUM_CONTEXT = "album-context"
    TRACK_NUMBER = "track-number"
    DURATION_NEAR = "duration-near"
    DURATION_OFF = "duration-off"


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one version. A decision names the version it was made with."""

    version: str
    of: Mapping[TermKind, float]


STARTING_WEIGHTS: Final = Weights(
    "0",
    MappingProxyType(
        {
            TermKind.BASE: -2.0,
            TermKind.MBID_CONFIRMED: 6.0,
            TermKind.OWN_RECORDING_MBID: 4.0,
            TermKind.FINGERPRINT: 6.0,
            TermKind.TITLE: 2.5,
            TermKind.ARTIST: 1.5,
            TermKind.ALBUM: 0.8,
            TermKind.ALBUM_CONTEXT: 2.0,
            TermKind.TRACK_NUMBER: 0.7,
            TermKind.DURATION_NEAR: 0.7,
            TermKind.DURATION_OFF: -1.4,
        }
    ),
)
"""Set by hand, from similar programs and recorded answers. The fit starts here and is regularised towards it."""

WEIGHTS: Final = Weights(
    "1",
    MappingProxyType(
        {
            **STARTING_WEIGHTS.of,
            TermKind.BASE: -2.07,
            TermKind.FINGERPRINT: 5.59,
            TermKind.ALBUM_CONTEXT: 2.88,
            TermKind.DURATION_NEAR: 0.97,
            TermKind.DURATION_OFF: -1.72,
        }
    ),
)
"""Fitted to 261 recorded lookups (benchmarks/accuracy.py, docs/identification-accuracy.md). Kinds that are not named
here keep their starting weight: those lookups have no tags."""


class Cap(StrEnum):
    """Why a confidence is limited."""

    TEXT_ONLY = "text-only"
    FINGERPRINT_ALONE = "fingerprint-alone"
    DURATION_FAR = "duration-far"
    CONFLICT = "conflict"


CAPS: Final[Mapping[Cap, float]] = MappingProxyType(
    {Cap.TEXT_ONLY: 0.80, Cap.FINGERPRINT_ALONE: 0.90, Cap.DURATION_FAR: 0.40, Cap.CONFLICT: 0.60}
)


class Band(StrEnum):
    """A range of confidence: linked, likely, proposal, or unidentified."""

    ACCEPT = "accept"
    LIKELY = "likely"
    PROPOSAL = "proposal"
    UNIDENTIFIED = "unidentified"


BANDS: Final[tuple[tuple[Band, float], ...]] = ((Band.ACCEPT, 0.95), (Band.LIKELY, 0.80), (Band.PROPOSAL, 0.50))
"""The lowest confidence of each band, best band first."""


@dataclass(frozen=True, slots=True)
class Term:
    """One piece of evidence in the sum: ``value`` times ``weight``; ``note`` says what was compared."""

    kind: TermKind
    value: float
    weight: float
    note: str

    @property
    def contribution(self) -> float:
        """Return what it adds to the log-odds."""
        return self.value * self.weight


def band_of(confidence: float) -> Band:
    """Return the band of a confidence."""
    return next((band for band, least in BANDS if confidence >= least), Band.UNIDENTIFIED)


def gate(score: float) -> float:
    """Return how much a score of AcoustID counts: fully, half, or not at all."""
    if score >= FULL_GATE:
        return 1.0
    return 0.5 if score >= HALF_GATE else 0.0


def confidences(sums: Iterable[float]) -> tuple[float, ...]:
    """Turn the log-odds of mutually exclusive songs into probabilities; the rest to 1 is "none of these".

    With one song this is the logistic function, times :data:`TRUST`. Two equally good songs share the probability,
    so neither is certain.
    """
    logs = tuple(sums)
    highest = max((0.0, *logs))
    none = math.exp(-highest)
    odds = [math.exp(value - highest) for value in logs]
    total = none + sum(odds)
    return tuple(TRUST * value / total for value in odds)
