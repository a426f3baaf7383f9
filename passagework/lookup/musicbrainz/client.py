"""Send requests to a MusicBrainz server through a private copy of musicbrainzngs, with its known faults wrapped."""

import re
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import ModuleType
from typing import Final, Generic, TypeVar
from urllib.parse import urlsplit, urlunsplit

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import (
    MbFoundRecording,
    MbFoundRecordings,
    MbRecording,
    MbRelease,
    MbReleasePage,
)
from passagework.lookup.answer_limits import MOST_LISTED
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.answer import (
    read_found_recordings,
    read_recording,
    read_release,
    read_release_page,
)
from passagework.lookup.musicbrainz.document import SERVICE, is_mbid, open_answer, required
from passagework.lookup.musicbrainz.transport import Limiter, MusicBrainzSettings, MusicBrainzTransport, Reply
from passagework.lookup.private_module import private_copy

_PAGE: Final = MOST_LISTED
_CANDIDATES: Final = 25
_LIBRARY_PATH: Final = "/ws/2"
_KNOWN_ARTIST: Final = "89ad4ac3-39f7-470e-963a-56509c546377"  # Various Artists, which every server has

_WITH_WORKS: Final = ("recording-level-rels", "work-rels", "work-level-rels", "artist-rels")
_OF_RELEASE: Final = ("artist-credits", "recordings", "media", "labels", "release-groups", "isrcs", *_WITH_WORKS)
_OF_GROUP: Final = ("artist-credits", "media", "labels", "release-groups")
_OF_RECORDING: Final = ("artist-credits", "isrcs", "work-rels", "work-level-rels", "artist-rels")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answered(Generic[Value]):
    """An answer: the value, its raw XML, and the final URL after all redirects."""

    value: Value
    raw: bytes
    url: str


class MusicBrainzClient:
    """Requests releases and recordings. Each method sends one request, plus one for each redirect.

    Every failure is a LookupFault, of which only an outage is worth a retry; the rate limiter's exceptions pass.
    Never retries. The settings of musicbrainzngs in the rest of the process are not changed. Use it from one thread.
    """

    def __init__(
        self, settings: MusicBrainzSettings, limiter: Limiter, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self._settings = settings
        self._transport = MusicBrainzTransport(settings, limiter, cancelled)
        self._library = self._own_library()
        self._lookups_work = False

    def release(self, mbid: Mbid) -> Answered[MbRelease]:
        """Look a release up, with everything needed to link an album: tracks, works and composers, labels, group."""
        reply = self._look_up(self._library.get_release_by_id, mbid, includes=list(_OF_RELEASE))
        return Answered(read_release(reply.raw, mbid), reply.raw, reply.url)

    def recording(self, mbid: Mbid) -> Answered[MbRecording]:
        """Look a recording up, with its works."""
        reply = self._look_up(self._library.get_recording_by_id, mbid, includes=list(_OF_RECORDING))
        return Answered(read_recording(reply.raw, mbid), reply.raw, reply.url)

    def releases_of_group(self, group: Mbid, offset: int = 0) -> Answered[MbReleasePage]:
        """List releases of a group, at most 100 from ``offset`` on: their media with track counts, without tracks."""
        return self._browse(_OF_GROUP, offset, release_group=_checked(group))

    def releases_of_recording(self, recording: Mbid, offset: int = 0) -> Answered[MbReleasePage]:
        """List the releases of a recording, from ``offset`` on, each like in ``release``.

        The server ends a page after 500 tracks or 100 releases. It follows a merged id silently: then no track
        has the requested id.
        """
        return self._browse(_OF_RELEASE, offset, recording=_checked(recording))

    def search_recordings(self, mbids: Sequence[Mbid]) -> Answered[tuple[MbFoundRecording, ...]]:
        """Find up to 100 recordings by their ids; merged and recent ones are not in the index, so not found."""
        if not 0 < len(mbids) <= MOST_LISTED:
            raise ValueError(f"1 to {MOST_LISTED} recordings can be searched at once, not {len(mbids)}")
        query = f"rid:({' OR '.join(_checked(mbid) for mbid in mbids)})"
        reply = self._search(self._library.search_recordings, query=query, limit=MOST_LISTED)
        return Answered(read_found_recordings(reply.raw), reply.raw, reply.url)

    def search_title(self, artist: str, title: str) -> Answered[MbFoundRecordings]:
        """Find the 25 recordings that match this text best. The server's scores are useful only for their order."""
        words = {"artist": _words(artist), "recording": _words(title)}
        if not all(words.values()):
            raise ValueError("a search needs an artist and a title")
        reply = self._search(self._library.search_recordings, limit=_CANDIDATES, **words)
        return Answered(MbFoundRecordings(read_found_recordings(reply.raw)), reply.raw, reply.url)

    def search_releases(self, artist: str, title: str, tracks: int | None = None) -> Answered[MbReleasePage]:
        """Find the 25 releases that match this text best. The server's scores are useful only for their order."""
        words = {"artist": _words(artist), "release": _words(title)}
        if not any(words.values()):
            raise ValueError("a search needs an artist or a title")
        if tracks is not None:
            words["tracks"] = str(tracks)
        reply = self._search(self._library.search_releases, limit=_CANDIDATES, **words)
        return Answered(read_release_page(reply.raw), reply.raw, reply.url)

    def ask_for_known_artist(self) -> None:
        """Ask for an artist that every server has, to see whether this one answers."""
        required(open_answer(self._look_up(self._library.get_artist_by_id, Mbid(_KNOWN_ARTIST)).raw), "artist")

    def _look_up(self, method: Callable[..., Reply], mbid: Mbid, **more: object) -> Reply:
        reply = method(_checked(mbid), **more)
        self._lookups_work = True
        return reply

    def _browse(self, includes: tuple[str, ...], offset: int, **by: str) -> Answered[MbReleasePage]:
        reply: Reply = self._library.browse_releases(includes=list(includes), limit=_PAGE, offset=offset, **by)
        self._lookups_work = True
        return Answered(read_release_page(reply.raw), reply.raw, reply.url)

    def _search(self, method: Callable[..., Reply], **more: object) -> Reply:
        try:
            return method(**more)
        except LookupFault as fault:
            if self._settings.public or fault.kind is not FaultKind.UNAVAILABLE or fault.retry_after is not None:
                raise
            # A mirror without a search server fails every search. One lookup finds that out.
            if not self._lookups_work:
                self._look_up(self._library.get_artist_by_id, Mbid(_KNOWN_ARTIST))
            raise LookupFault(
                SERVICE, FaultKind.NO_CAPABILITY, f"this server answers lookups but cannot search: {fault.detail}"
            ) from fault

    def _own_library(self) -> ModuleType:
        """Load musicbrainzngs only for this client, without its rate limiter, its retries and its parser.

        Its limiter uses the wrong formula and holds its lock during the request. Its read function has no
        timeout, tries up to eight times and ignores Retry-After. Its parser drops data and leaks its own exceptions.
        """
        library = private_copy("musicbrainzngs.musicbrainz")
        library.set_useragent("Passagework", version("passagework"))  # required; the transport sends the real one
        library.set_hostname(self._settings.server.netloc, use_https=self._settings.server.scheme == "https")
        library.set_rate_limit(False)
        library.set_parser(library.mb_parser_null)
        library.VALID_BROWSE_INCLUDES["release"].extend(("recording-level-rels", "work-level-rels"))
        library._safe_read = self._read  # type: ignore[attr-defined]  # noqa: SLF001 - it offers no other place
        return library

    def _read(self, _opener: object, request: urllib.request.Request, _body: None = None) -> Reply:
        """Send the library's request, below the path of this server."""
        parts = urlsplit(request.full_url)
        path = self._settings.path.rstrip("/") + parts.path.removeprefix(_LIBRARY_PATH)
        return self._transport.fetch(urlunsplit(parts._replace(path=path)))


def _checked(mbid: Mbid) -> Mbid:
    """Refuse an invalid id before it becomes part of a path or a query: tags may contain anything."""
    if not is_mbid(mbid):
        raise LookupFault(SERVICE, FaultKind.REFUSED, "not a MusicBrainz id")
    return mbid


def _words(text: str) -> str:
    """Convert it to text that can be sent: tags may contain lone surrogates, and characters that no index has."""
    sendable = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x20\x7f]+", " ", sendable).strip()
