"""The queries of the library: one frozen class each, run with set-based statements on any connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from passagework.domain.ids import Guid, RunId
from passagework.domain.known_content import KnownContent
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import (
    DeferredItems,
    FailedFile,
    FileCurves,
    FileView,
    KnownFile,
    KnownPlace,
    LibraryStatus,
    PassageView,
    RunSummary,
    RunView,
    Settled,
)
from passagework.domain.waiting import WaitingFile

R_co = TypeVar("R_co", covariant=True)


class Query(Generic[R_co]):
    """A query whose result has type ``R_co``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SettledFiles(Query[Settled]):
    """The files of these folders (not of their subfolders) that need no work as long as they do not change.

    They were analysed, by this version of the analysis or a newer one, and are neither missing nor in work.
    """

    folders: Sequence[bytes]
    analysis_version: int


@dataclass(frozen=True, slots=True)
class KnownFiles(Query[tuple[KnownFile, ...]]):
    """All files of these folders (not of their subfolders), present and missing, by path."""

    folders: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class KnownContents(Query[Mapping[bytes, KnownContent]]):
    """The content of those of these files whose last result was an analysis of this version or a newer one, by path."""

    paths: Sequence[bytes]
    analysis_version: int


@dataclass(frozen=True, slots=True)
class FilesLike(Query[tuple[KnownPlace, ...]]):
    """The files of the library with one of these sizes and mtimes, missing or not, whose last result is known."""

    stamps: Sequence[tuple[int, int]]
    analysis_version: int


@dataclass(frozen=True, slots=True)
class KnownFolders(Query[tuple[bytes, ...]]):
    """The folders at and below ``root`` that hold files of the library, present or missing."""

    root: bytes


@dataclass(frozen=True, slots=True)
class WaitingFiles(Query[tuple[WaitingFile, ...]]):
    """At most ``limit`` files that have passages waiting for the linker, oldest first."""

    limit: int


@dataclass(frozen=True, slots=True)
class WaitingGroups(Query[tuple[tuple[WaitingFile, ...], ...]]):
    """Files that may make an album (folder, disc and album tag are the same) and have passages that wait.

    A passage waits if it has no decision or a provisional one, and no later time was set. Groups that a person asked
    for come first, then those of the oldest files. All passages of a group are returned; those with ``due`` wait. The
    result has at most ``limit`` passages; a larger group is cut to its first ``limit``, waiting ones first.
    """

    limit: int
    now_ns: int


@dataclass(frozen=True, slots=True)
class DeferredIdentification(Query[tuple[DeferredItems, ...]]):
    """Passages that wait because a service could not be asked, counted by reason, largest count first."""


@dataclass(frozen=True, slots=True)
class Answers(Query[tuple[StoredAnswer, ...]]):
    """The answers of services under these keys that have not expired at ``now_ns``, in any order."""

    keys: tuple[str, ...]
    now_ns: int


@dataclass(frozen=True, slots=True)
class ReviewList(Query[tuple[PassageView, ...]]):
    """Passages that need a decision by a person: proposals and doubts without a user value.

    In order of path and start, after ``after`` (exclusive), at most ``limit``.
    """

    limit: int
    after: Guid | None = None


@dataclass(frozen=True, slots=True)
class Status(Query[LibraryStatus]):
    """The library in numbers."""


@dataclass(frozen=True, slots=True)
class ShowFile(Query[FileView | None]):
    """One file by its absolute path."""

    path: bytes


@dataclass(frozen=True, slots=True)
class ShowPassage(Query[PassageView | None]):
    """One passage by its guid, or by an unambiguous prefix of at least 6 characters."""

    guid: Guid


@dataclass(frozen=True, slots=True)
class ListPassages(Query[tuple[PassageView, ...]]):
    """Passages in order of path and start, after ``after`` (exclusive), at most ``limit``.

    ``text`` keeps those that have words that begin with each word of it, in title, artists, album or path; case and
    accents make no difference. Without ``evidence`` each has none.
    """

    limit: int
    after: Guid | None = None
    text: str | None = None
    evidence: bool = True


@dataclass(frozen=True, slots=True)
class FailedFiles(Query[tuple[FailedFile, ...]]):
    """At most ``limit`` present files whose analysis failed, by path after ``after`` (exclusive); none of them new."""

    limit: int
    after: bytes = b""


@dataclass(frozen=True, slots=True)
class Curves(Query[FileCurves | None]):
    """The curves of one file."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Summary(Query[RunSummary | None]):
    """What one run left in the library; None for an unknown run."""

    run: RunId


@dataclass(frozen=True, slots=True)
class Runs(Query[tuple[RunView, ...]]):
    """The latest ``limit`` runs, newest first."""

    limit: int
