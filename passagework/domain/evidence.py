"""Evidence: what sources state about passages. One model of all of it, before a decision and in the library."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self, assert_never

from passagework.domain.codes import UnknownCode
from passagework.domain.ids import Guid


class EvidenceSource(StrEnum):
    """Who states it: ``NAME = stored value, words``. The library keeps the values.

    The words are those in which a reason says that this source names a recording: of a source that states MBIDs before
    any service is asked. None: it states texts or numbers, or comes later. A source that does both has two members, as
    tags have. The last three compare what is known of a passage with what MusicBrainz says of the best candidate.
    """

    named_by: str | None

    def __new__(cls, stored: str, named_by: str | None) -> Self:
        """Make a member; one that leaves its words open fails at import."""
        member = str.__new__(cls, stored)
        member._value_ = stored
        member.named_by = named_by
        return member

    TAG_MBID = "tag-mbid", "the tags name"
    TAG_TEXT = "tag-text", None
    ACOUSTID = "acoustid", None
    MUSICBRAINZ = "musicbrainz", None
    TRACK_LIST = "track-list", None
    DURATION = "duration", None
    NUMBER = "number", None


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a source states: what kind of thing (``kind``: recording, artist, album ...) and its value.

    ``strength`` is in the terms of its source, as the score of a fingerprint; None where it has none. ``passage`` is
    the one it is about; None: all those that it is listed for.
    """

    source: EvidenceSource | UnknownCode
    kind: str
    value: str
    strength: float | None = None
    passage: Guid | None = None

    @property
    def named_by(self) -> str | None:
        """The words of a source that states MBIDs before any service is asked; None for all others."""
        match self.source:
            case EvidenceSource():
                return self.source.named_by
            case UnknownCode():
                return None
            case _:
                assert_never(self.source)
