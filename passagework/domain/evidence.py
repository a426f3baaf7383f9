"""Evidence: what sources state about passages. One model, for decisions and for the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from passagework.domain.codes import UnknownCode
from passagework.domain.ids import Guid


class EvidenceSource(StrEnum):
    """The source of a statement. The library stores the values.

    The last three compare the passage with what MusicBrainz states about the best candidate.
    """

    TAG_MBID = "tag-mbid"
    TAG_TEXT = "tag-text"
    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"
    TRACK_LIST = "track-list"
    DURATION = "duration"
    NUMBER = "number"


NAMED_BY: Final[Mapping[str, str]] = MappingProxyType({EvidenceSource.TAG_MBID: "the tags name"})
"""The sources that state MBIDs before any service is asked, each with the words for a reason.

Others state texts and numbers. A source that does both has two members, as tags have.
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a source: its ``kind`` (recording, artist, album ...) and its ``value``.

    The source defines ``strength``, for example the score of a fingerprint; None if it has none. ``passage`` is the
    passage that it is about; None: all passages for which it is listed.
    """

    source: EvidenceSource | UnknownCode
    kind: str
    value: str
    strength: float | None = None
    passage: Guid | None = None
