"""Requests to AcoustID and MusicBrainz. Equal requests have equal keys; answers are stored under them."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from passagework.domain.ids import Guid, Mbid

SEARCHED_AT_ONCE: Final = 100
"""Ids in one search: as many as a page of results holds, so all results are on one page."""


@dataclass(frozen=True, slots=True)
class AskAcoustid:
    """Ask for recordings by fingerprint.

    ``encoded`` is the fingerprint of the passage, or, with a ``shift``, of one that begins that many seconds later
    (earlier if negative). ``seconds`` is the length to send with it; ``wider`` permits larger differences of length.
    Passages with equal fingerprints ask the same.
    """

    encoded: str
    seconds: int
    passage: Guid = field(compare=False)
    shift: int = 0
    wider: bool = False

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        digest = blake2b(self.encoded.encode(), digest_size=16).hexdigest()
        return f"acoustid:{digest}:{self.seconds}:{self.shift:+d}:{'wide' if self.wider else 'near'}"


@dataclass(frozen=True, slots=True)
class LookUpRelease:
    """Ask for a release with its media, tracks, recordings, works and composers."""

    mbid: Mbid

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return f"release:{self.mbid}"


@dataclass(frozen=True, slots=True)
class BrowseGroup:
    """Ask which releases a release group has; their tracks are not asked for."""

    mbid: Mbid

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return f"releases-of-group:{self.mbid}"


@dataclass(frozen=True, slots=True)
class BrowseRecording:
    """Ask for the releases of a recording, each as complete as in a lookup."""

    mbid: Mbid

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return f"releases-of-recording:{self.mbid}"


@dataclass(frozen=True, slots=True)
class LookUpRecording:
    """Ask for a recording with its artists and works; a merged id leads to what it was merged into."""

    mbid: Mbid

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return f"recording:{self.mbid}"


@dataclass(frozen=True, slots=True)
class SearchedRecording:
    """One id of a search for recordings: its part of the answer is stored separately."""

    mbid: Mbid

    @property
    def key(self) -> str:
        """Return the key of this part of the answer."""
        return f"searched-recording:{self.mbid}"


@dataclass(frozen=True, slots=True)
class SearchRecordings:
    """Ask for up to a hundred recordings at once, without works. Merged ids are not found this way."""

    mbids: tuple[Mbid, ...]

    @property
    def parts(self) -> tuple[SearchedRecording, ...]:
        """Return the parts of the answer: each a recording, or NothingFound."""
        return tuple(map(SearchedRecording, self.mbids))

    @property
    def key(self) -> str:
        """Return the key of the request; the answer is stored under the keys of its parts."""
        return f"search-recordings:{','.join(sorted(self.mbids))}"


@dataclass(frozen=True, slots=True)
class SearchReleases:
    """Ask for releases by text: artist and title as printed, and the number of passages as a hint, if it is one."""

    artist: str | None
    title: str
    tracks: int | None

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        tracks = "" if self.tracks is None else self.tracks
        return f"search-releases:{tracks}:{self.artist or ''}\N{UNIT SEPARATOR}{self.title}"


@dataclass(frozen=True, slots=True)
class SearchTitle:
    """Ask for recordings by text: the artist and the title as printed."""

    artist: str
    title: str

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return f"search-title:{self.artist}\N{UNIT SEPARATOR}{self.title}"


Lookup = AskAcoustid | LookUpRelease | BrowseGroup | BrowseRecording | LookUpRecording | SearchReleases | SearchTitle
"""What is asked and answered as one."""

Request = Lookup | SearchRecordings

Question = Lookup | SearchedRecording
"""What has one answer: every request, except that a search for many recordings has one answer for each."""


def questions_of(request: Request) -> tuple[Question, ...]:
    """Return the questions of a request."""
    return request.parts if isinstance(request, SearchRecordings) else (request,)
