"""The evidence about a group of passages before it is decided."""

from dataclasses import dataclass, field

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.evidence import Statement
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease


@dataclass(frozen=True, slots=True)
class PassageEvidence:
    """What is known about one passage.

    ``file`` only says which passages belong to the same file. ``statements`` is what sources state before any service
    is asked, ``stated`` the same by kind. ``answer`` is None if AcoustID was not asked or has not answered, which is no
    evidence; an answer without results is evidence. ``named`` are recordings that a search for title and artist found.
    """

    key: Guid
    file: int
    seconds: float
    stated: Stated = field(default_factory=Stated)
    answer: AcoustidAnswer | None = None
    named: tuple[Mbid, ...] = ()
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """What is known about passages that may form an album: folder, disc and album tag are the same.

    ``passages`` are in order of play within each file. ``releases`` are those that were looked up, in any order;
    ``recordings`` those that were looked up by themselves.
    """

    passages: tuple[PassageEvidence, ...]
    releases: tuple[MbRelease, ...] = ()
    recordings: tuple[MbRecording, ...] = ()

    @property
    def answered(self) -> bool:
        """Return whether any service has answered about the group."""
        return bool(self.releases or self.recordings or any(one.answer is not None for one in self.passages))
