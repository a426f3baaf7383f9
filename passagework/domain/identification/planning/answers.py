"""The answers so far, by the keys of the requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.planning.requests import (
    AskAcoustid,
    BrowseGroup,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    SearchedRecording,
    SearchReleases,
    SearchTitle,
)
from passagework.domain.musicbrainz import (
    MbFoundRecording,
    MbFoundRecordings,
    MbRecording,
    MbRelease,
    MbReleasePage,
)


@dataclass(frozen=True, slots=True)
class NothingFound:
    """The service has no result, or refuses the question permanently. An outage is no answer."""


_T = TypeVar("_T")

Answer = AcoustidAnswer | MbRelease | MbRecording | MbReleasePage | MbFoundRecording | MbFoundRecordings | NothingFound


@dataclass(frozen=True, slots=True)
class Answers:
    """The available answers, by the keys of their requests.

    Each method returns the answer to one kind of question; NothingFound if there is none, None while it is not
    answered.
    """

    by_key: Mapping[str, Answer]

    def to_fingerprint(self, request: AskAcoustid) -> AcoustidAnswer | NothingFound | None:
        """Return what AcoustID answered; NothingFound where it refused the fingerprint."""
        return _as(AcoustidAnswer, self.by_key.get(request.key))

    def to_release(self, request: LookUpRelease) -> MbRelease | NothingFound | None:
        """Return a release."""
        return _as(MbRelease, self.by_key.get(request.key))

    def to_recording(self, request: LookUpRecording) -> MbRecording | NothingFound | None:
        """Return a recording."""
        return _as(MbRecording, self.by_key.get(request.key))

    def to_search(self, request: SearchedRecording) -> MbFoundRecording | NothingFound | None:
        """Return a recording from a search, with its places on releases."""
        return _as(MbFoundRecording, self.by_key.get(request.key))

    def to_list(self, request: BrowseGroup | BrowseRecording | SearchReleases) -> MbReleasePage | NothingFound | None:
        """Return the first page of a list of releases; only those of a recording have their tracks."""
        return _as(MbReleasePage, self.by_key.get(request.key))

    def to_title(self, request: SearchTitle) -> MbFoundRecordings | NothingFound | None:
        """Return the recordings that match a text, best match first."""
        return _as(MbFoundRecordings, self.by_key.get(request.key))


def _as(kind: type[_T], answer: Answer | None) -> _T | NothingFound | None:
    """Narrow the type of an answer. A wrong type is a defect of the code that stored it."""
    if answer is None or isinstance(answer, (kind, NothingFound)):
        return answer
    raise TypeError(f"{type(answer).__name__} is no answer to a question for {kind.__name__}")
