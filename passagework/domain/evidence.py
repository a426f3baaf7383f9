"""Evidence: what sources state about passages. One model, for decisions and for the library."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.ids import Guid


class EvidenceSource(StrEnum):
    """The source of a statement: ``NAME = stored value, words``. The library stores the values.

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
    CUE_SHEET = "cue-sheet", None
    CHAPTERS = "chapters", None
    CUE_POINTS = "cue-points", None
    ACOUSTID = "acoustid", None
    MUSICBRAINZ = "musicbrainz", None
    TRACK_LIST = "track-list", None
    DURATION = "duration", None
    NUMBER = "number", None


class ExtensionSource(str):
    """An extension as the source of a statement: ``extension-mbid:NAME`` or ``extension-text:NAME``."""

    __slots__ = ()

    @classmethod
    def of(cls, name: str, *, mbids: bool) -> Self:
        """Return the source for what an extension states by MBIDs, or by texts."""
        return cls(f"{_EXTENSION_MBIDS if mbids else _EXTENSION_TEXTS}{name}")

    @property
    def named_by(self) -> str | None:
        """The words of a source that states MBIDs before any service is asked; None: it states texts."""
        return (
            f"the extension {self.removeprefix(_EXTENSION_MBIDS)} names" if self.startswith(_EXTENSION_MBIDS) else None
        )


_EXTENSION_MBIDS: Final = "extension-mbid:"
_EXTENSION_TEXTS: Final = "extension-text:"


def open_source(stored: str) -> EvidenceSource | ExtensionSource | UnknownCode:
    """Return the source that is stored."""
    if stored.startswith((_EXTENSION_MBIDS, _EXTENSION_TEXTS)):
        return ExtensionSource(stored)
    return open_code(EvidenceSource, stored)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a source: its ``kind`` (recording, artist, album ...) and its ``value``.

    The source defines ``strength``, for example the score of a fingerprint; None if it has none. ``passage`` is the
    passage that it is about; None: all passages for which it is listed.
    """

    source: EvidenceSource | ExtensionSource | UnknownCode
    kind: str
    value: str
    strength: float | None = None
    passage: Guid | None = None

    @property
    def named_by(self) -> str | None:
        """The words of a source that states MBIDs before any service is asked; None for all others."""
        # A newer version may have stored it; then this one does not know what it names.
        return self.source.named_by if isinstance(self.source, EvidenceSource | ExtensionSource) else None
