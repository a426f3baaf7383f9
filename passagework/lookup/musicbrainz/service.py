"""Send the plan's questions to a MusicBrainz server, one request each."""

from collections.abc import Iterator, Sequence
from typing import Protocol, assert_never

from passagework.domain.identification.planning.answers import Answer
from passagework.domain.identification.planning.requests import (
    AskAcoustid,
    BrowseGroup,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    Request,
    SearchedRecording,
    SearchRecordings,
    SearchReleases,
    SearchTitle,
)
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import (
    MbFoundRecording,
    MbFoundRecordings,
    MbRecording,
    MbRelease,
    MbReleasePage,
)
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.found import Found, Outcome, Unanswered, nothing_found
from passagework.lookup.musicbrainz.answer import read_found_recordings, read_recording, read_release, read_release_page
from passagework.lookup.musicbrainz.client import Answered
from passagework.lookup.musicbrainz.document import each_recording

_FOR_GOOD = frozenset({FaultKind.NOT_FOUND, FaultKind.REFUSED})

MusicBrainzQuestion = (
    LookUpRelease | LookUpRecording | BrowseGroup | BrowseRecording | SearchedRecording | SearchReleases | SearchTitle
)


class Client(Protocol):
    """The interface of MusicBrainzClient."""

    def release(self, mbid: Mbid) -> Answered[MbRelease]:
        """Look a release up."""

    def recording(self, mbid: Mbid) -> Answered[MbRecording]:
        """Look a recording up."""

    def releases_of_group(self, group: Mbid) -> Answered[MbReleasePage]:
        """List releases of a group."""

    def releases_of_recording(self, recording: Mbid) -> Answered[MbReleasePage]:
        """List the releases of a recording."""

    def search_recordings(self, mbids: Sequence[Mbid]) -> Answered[tuple[MbFoundRecording, ...]]:
        """Find recordings by their ids."""

    def search_title(self, artist: str, title: str) -> Answered[MbFoundRecordings]:
        """Find recordings by text."""

    def search_releases(self, artist: str, title: str, tracks: int | None) -> Answered[MbReleasePage]:
        """Find releases by text."""


class MusicBrainzService:
    """One request per question. Use it from one thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def choose(self, queue: Sequence[Request]) -> tuple[Request, ...]:
        """Choose the queued request to send next: the first."""
        return tuple(queue[:1])

    def ask(self, requests: Sequence[Request]) -> Outcome:
        """Send the chosen request. A fault belongs to its request; the rate limiter's exceptions pass."""
        (request,) = requests
        try:
            return Outcome(tuple(self._ask(request)))
        except LookupFault as fault:
            if fault.kind in _FOR_GOOD:
                return Outcome(tuple(nothing_found(key) for key in _keys(request)))
            return Outcome((), (Unanswered(request, fault),))

    def _ask(self, request: Request) -> Iterator[Found]:
        client = self._client
        match request:
            case LookUpRelease(mbid):
                release = client.release(mbid)
                yield from _with_merged(request, LookUpRelease(release.value.mbid), release)
            case LookUpRecording(mbid):
                recording = client.recording(mbid)
                yield from _with_merged(request, LookUpRecording(recording.value.mbid), recording)
            case BrowseGroup(mbid):
                yield _as_it_came(request, client.releases_of_group(mbid))
            case BrowseRecording(mbid):
                yield _as_it_came(request, client.releases_of_recording(mbid))
            case SearchRecordings() | SearchReleases() | SearchTitle():
                yield from self._search(request)
            case AskAcoustid():
                raise TypeError("MusicBrainz cannot look up fingerprints")
            case _:
                assert_never(request)

    def _search(self, request: SearchRecordings | SearchReleases | SearchTitle) -> Iterator[Found]:
        client = self._client
        match request:
            case SearchRecordings(mbids):
                found = client.search_recordings(mbids)
                by_id = {one.recording.mbid: one for one in found.value}
                bodies = dict(each_recording(found.raw))
                for part in request.parts:
                    one = by_id.get(part.mbid)
                    yield nothing_found(part.key) if one is None else Found(part.key, one, bodies[part.mbid])
            case SearchReleases(artist, title, tracks):
                if not title.strip():
                    yield nothing_found(request.key)
                else:
                    yield _as_it_came(request, client.search_releases(artist or "", title, tracks))
            case SearchTitle(artist, title):
                if not (artist.strip() and title.strip()):
                    yield nothing_found(request.key)
                else:
                    by_title = client.search_title(artist, title)
                    yield Found(request.key, by_title.value, by_title.raw)


def read_stored(question: MusicBrainzQuestion, body: bytes) -> Answer:
    """Parse the stored answer to a question; LookupFault if it cannot be read."""
    match question:
        case LookUpRelease(mbid):
            return read_release(body, mbid)
        case LookUpRecording(mbid):
            return read_recording(body, mbid)
        case SearchedRecording(mbid):
            found = read_found_recordings(body)
            if len(found) != 1 or found[0].recording.mbid != mbid:
                raise LookupFault("musicbrainz", FaultKind.UNREADABLE, "the stored answer is about another recording")
            return found[0]
        case BrowseGroup() | BrowseRecording() | SearchReleases():
            return read_release_page(body)
        case SearchTitle():
            return MbFoundRecordings(read_found_recordings(body))
        case _:
            assert_never(question)


def _keys(request: Request) -> tuple[str, ...]:
    return tuple(part.key for part in request.parts) if isinstance(request, SearchRecordings) else (request.key,)


def _as_it_came(request: Request, answered: Answered[MbReleasePage]) -> Found:
    return Found(request.key, answered.value, answered.raw)


def _with_merged(
    asked: LookUpRelease | LookUpRecording,
    own: LookUpRelease | LookUpRecording,
    answered: Answered[MbRelease] | Answered[MbRecording],
) -> Iterator[Found]:
    """Return an answer for the requested id, and for the id into which that was merged."""
    if own.mbid == asked.mbid:
        yield Found(asked.key, answered.value, answered.raw)
        return
    yield Found(asked.key, answered.value, answered.raw, own.mbid)
    yield Found(own.key, read_stored(own, answered.raw), answered.raw)
