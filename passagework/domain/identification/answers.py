"""What has been answered so far, by the keys of the requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.requests import (
    AskAcoustid,
    BrowseGroup,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    SearchedRecording,
    SearchReleases,
)
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease


@dataclass(frozen=True, slots=True)
class ListedRelease:
    """A release in a list, without its tracks. ``track_count`` is over all media. Unknown is None."""

    mbid: Mbid
    title: str
    artists: tuple[str, ...] = ()
    status: str | None = None
    date: str | None = None
    track_count: int | None = None
    secondary_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedReleases:
    """The answer to a search for releases, or to a question for those of a release group."""

    releases: tuple[ListedRelease, ...]


@dataclass(frozen=True, slots=True)
class WholeReleases:
    """The answer to a question for the releases of a recording."""

    releases: tuple[MbRelease, ...]


@dataclass(frozen=True, slots=True)
class NothingFound:
    """The service knows no such thing, or refuses the question for good. An outage is no answer at all."""


_T = TypeVar("_T")

Answer = AcoustidAnswer | MbRelease | MbRecording | ListedReleases | WholeReleases | NothingFound


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers at hand, by the keys of their requests.

    Each question gives its answer in its own terms; NothingFound where there is none, None while it is not answered.
    """

    by_key: Mapping[str, Answer]

    def to_fingerprint(self, request: AskAcoustid) -> AcoustidAnswer | NothingFound | None:
        """Give what AcoustID answered; NothingFound where it refused the fingerprint."""
        return _as(AcoustidAnswer, self.by_key.get(request.key))

    def to_release(self, request: LookUpRelease) -> MbRelease | NothingFound | None:
        """Give a release."""
        return _as(MbRelease, self.by_key.get(request.key))

    def to_recording(self, request: LookUpRecording | SearchedRecording) -> MbRecording | NothingFound | None:
        """Give a recording."""
        return _as(MbRecording, self.by_key.get(request.key))

    def to_list(self, request: BrowseGroup | SearchReleases) -> ListedReleases | NothingFound | None:
        """Give a list of releases."""
        return _as(ListedReleases, self.by_key.get(request.key))

    def to_browsing(self, request: BrowseRecording) -> WholeReleases | NothingFound | None:
        """Give the releases of a recording."""
        return _as(WholeReleases, self.by_key.get(request.key))


def _as(kind: type[_T], answer: Answer | None) -> _T | NothingFound | None:
    """Narrow an answer; one of another kind than the question asks for is a defect of whoever kept it."""
    if answer is None or isinstance(answer, (kind, NothingFound)):
        return answer
    raise TypeError(f"{type(answer).__name__} is no answer to a question for {kind.__name__}")
