"""Evidence: what sources state about passages. One model for all of it, before a decision and in the library."""

from dataclasses import dataclass
from enum import StrEnum


class EvidenceSource(StrEnum):
    """Who states it. What the library keeps are the values."""

    TAG_MBID = "tag-mbid"
    TAG_TEXT = "tag-text"
    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"
    TRACK_LIST = "track-list"
    DURATION = "duration"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a source states: what kind of thing (``kind``: recording, artist, album ...) and its value.

    ``strength`` is in the terms of its source, as the score of a fingerprint; None where it has none.
    """

    source: EvidenceSource
    kind: str
    value: str
    strength: float | None = None
