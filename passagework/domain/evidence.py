"""Evidence: what sources state about passages. One model of all of it, before a decision and in the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from passagework.domain.codes import UnknownCode
from passagework.domain.ids import Guid


class EvidenceSource(StrEnum):
    """Who states it. The library keeps the values.

    The last three compare what is known of a passage with what MusicBrainz says of the best candidate.
    """

    TAG_MBID = "tag-mbid"
    TAG_TEXT = "tag-text"
    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"
    TRACK_LIST = "track-list"
    DURATION = "duration"
    NUMBER = "number"


NAMED_BY: Final[Mapping[str, str]] = MappingProxyType({EvidenceSource.TAG_MBID: "the tags name"})
"""The sources that state MBIDs before any service is asked, each with the words in which a reason says so.

Others state texts and numbers. A source that does both has two members, as tags have.
"""


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
