"""The queries of the library: one frozen class each, run with set-based statements on any connection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from passagework.domain.cut_doubts import CutsInDoubt
from passagework.domain.cutting import FileCuts
from passagework.domain.duplicates import Duplicates, LeaveOut
from passagework.domain.extensions import PassageValue
from passagework.domain.flavor.values import Flavor
from passagework.domain.forgetting import Forget, Forgettable
from passagework.domain.gains import Mono, PassageGains
from passagework.domain.given_cuts import Given
from passagework.domain.ids import Guid, Mbid, RunId
from passagework.domain.known_content import KnownContent
from passagework.domain.list_place import PassageList
from passagework.domain.parts import ANYTHING, RedoneFrom, Wanted
from passagework.domain.passage_filter import PassageFilter
from passagework.domain.redone import StaleFile
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import (
    DeferredItems,
    FailedFile,
    FileCurves,
    FileView,
    FindingsPage,
    KnownFile,
    KnownPlace,
    LibraryStatus,
    PassagePage,
    PassageView,
    RunSummary,
    RunView,
    SeenFolder,
    Settled,
    Stale,
)
from passagework.domain.waiting import WaitingFile

if TYPE_CHECKING:
    from passagework.domain.flavor.similar import (  # noqa: F401 - as above
        LibraryStamp,
        Piece,
        StoredVector,
    )
    from passagework.domain.flavor.sources import PassageFlavor  # noqa: F401 - the result of a query, named in a text
    from passagework.domain.playing import NextUp, NextWanted  # noqa: F401 - as above
    from passagework.domain.plays import Play  # noqa: F401 - as above
    from passagework.domain.sql import Parameters, SqlResult  # noqa: F401 - as above

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
class GivenAbout(Query[Mapping[bytes, Given]]):
    """What the library gives about these files, by path: a person's bounds, and the track list that one holds."""

    paths: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Plays(Query["tuple[Play, ...]"]):
    """What was played, the newest first: a page of all plays, or of those of one passage, by its guid.

    They began before ``before_ns``, or then and have passages with larger guids than ``after``.
    """

    limit: int
    before_ns: int
    after: Guid
    passage: Guid | None


@dataclass(frozen=True, slots=True)
class NextPassage(Query["NextUp"]):
    """What plays next (docs/next.md). NotFoundError for a passage that is not known."""

    wanted: "NextWanted"


@dataclass(frozen=True, slots=True)
class SheetFolders(Query[tuple[bytes, ...]]):
    """The folders at and below a root with files that were analysed with a CUE sheet beside them."""

    root: bytes


@dataclass(frozen=True, slots=True)
class SheetHashes(Query[Mapping[bytes, bytes]]):
    """The ``sheet_hash`` of those files of folders that were analysed with a CUE sheet beside them, by path."""

    folders: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class CutsOf(Query[FileCuts | None]):
    """How a file is cut: by its path or one of its places, or by the guid of a passage, or a prefix of it.

    None: the library has no analysis of such a file.
    """

    path: bytes | None = None
    passage: str | None = None


@dataclass(frozen=True, slots=True)
class KnownContents(Query[Mapping[bytes, KnownContent]]):
    """The content of those of these files whose last result was an analysis of this version or a newer one, by path.

    ``wanted`` is what this program makes. ``redo``: of a file with another stale part than its tags, none is known.
    """

    paths: Sequence[bytes]
    analysis_version: int
    wanted: Wanted | None = None
    redo: bool = False


@dataclass(frozen=True, slots=True)
class FilesLike(Query[tuple[KnownPlace, ...]]):
    """The files of the library with one of these sizes and mtimes, missing or not, whose last result is known.

    ``wanted`` is as in KnownContents. What is stale does not count: it is the same file all the same.
    """

    stamps: Sequence[tuple[int, int]]
    analysis_version: int
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True)
class FilesAt(Query[tuple[KnownPlace, ...]]):
    """The files of the library of which one of these is the path or another place, missing or not.

    ``wanted`` is as in FilesLike. ``several``: only those with several places.
    """

    paths: Sequence[bytes]
    analysis_version: int
    wanted: Wanted | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class MayJoin(Query[bool]):
    """Whether a new file may be one that is missing: of this run, or of one before that was not completed, or not here.

    ``news``: this run found a new or changed file; ``gone``: it did not find one that the library has.
    """

    news: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class AmbiguousMoves(Query[tuple[tuple[bytes, bytes], ...]]):
    """Files that a run added, each with a missing file of the same audio, where it could be another as well."""

    run: RunId


@dataclass(frozen=True, slots=True)
class KnownFolders(Query[tuple[bytes, ...]]):
    """The folders at and below ``root`` that hold files of the library, present or missing."""

    root: bytes


@dataclass(frozen=True, slots=True)
class SeenFolders(Query[dict[bytes, SeenFolder]]):
    """The folders at and below ``root`` with music in or below them, by path, as the last scan found them.

    ``only``: of these alone, and of none below them.
    """

    root: bytes
    only: tuple[bytes, ...] | None = None


@dataclass(frozen=True, slots=True)
class PresentFiles(Query[tuple[bytes, ...]]):
    """The paths of the files of these folders that are not marked as missing; with ``excluded`` also the excluded."""

    folders: Sequence[bytes]
    excluded: bool


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
    """Playable passages that need a decision by a person: proposals and doubts without a user value.

    In order of path and start, after ``after`` (exclusive), at most ``limit``.
    """

    limit: int
    after: Guid | None = None


@dataclass(frozen=True, slots=True)
class ReviewCuts(Query[tuple[CutsInDoubt, ...]]):
    """Files whose cuts need a decision by a person; those that a person has cut are left out, and those not there.

    In order of path, after ``after`` (exclusive), at most ``limit``; with ``only`` the file with this path, if at all.
    """

    limit: int
    after: bytes = b""
    only: bytes | None = None


@dataclass(frozen=True, slots=True)
class Status(Query[LibraryStatus]):
    """The library in numbers."""


@dataclass(frozen=True, slots=True)
class StaleParts(Query[Stale]):
    """What was made otherwise than is ``wanted``, in files that are present: in the library, or below ``roots``.

    For the library nothing is counted that is not counted already, unless folders have profiles; below roots its files
    are looked through once, if any of them is stale. ``redone_from``: only files that are redone from one of these.
    """

    wanted: Wanted
    roots: tuple[bytes, ...] | None = None
    redone_from: frozenset[RedoneFrom] = ANYTHING


@dataclass(frozen=True, slots=True)
class StaleFiles(Query[tuple[StaleFile, ...]]):
    """At most ``limit`` files below ``roots`` with something that was made otherwise, with ids above ``after``."""

    wanted: Wanted
    roots: tuple[bytes, ...]
    redone_from: frozenset[RedoneFrom]
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class ShowFile(Query[FileView | None]):
    """One file by its absolute path, or another place of it."""

    path: bytes


@dataclass(frozen=True, slots=True)
class ShowPassage(Query[PassageView | None]):
    """One passage by its guid, or by an unambiguous prefix of at least 6 characters."""

    guid: Guid


@dataclass(frozen=True, slots=True)
class GainsOf(Query[Mapping[Guid, PassageGains]]):
    """The gains of some passages by their guids, alone and with disc and album, for a player that sends mono so."""

    passages: Sequence[Guid]
    mono: Mono


@dataclass(frozen=True, slots=True)
class FlavorsOf(Query[Mapping[Guid, Flavor]]):
    """The flavors of some passages by their guids, as they were heard."""

    passages: Sequence[Guid]


@dataclass(frozen=True, slots=True)
class ValuesOf(Query[Mapping[Guid, tuple[PassageValue, ...]]]):
    """What extensions say of some passages by their guids."""

    passages: tuple[Guid, ...]


@dataclass(frozen=True, slots=True)
class FlavorSourcesOf(Query["Mapping[Guid, PassageFlavor]"]):
    """What each source says of the character of some passages, by their guids."""

    passages: Sequence[Guid]


@dataclass(frozen=True, slots=True)
class VectorStamp(Query["LibraryStamp"]):
    """Which vectors the library has: equal for equal ones."""


@dataclass(frozen=True, slots=True)
class StoredVectors(Query["LibraryStamp"]):
    """What was heard of all passages that can be compared, in one state of the library, whose stamp is the result.

    ``take`` is called with some of them, again and again, in the order of their row ids; and with whether nets heard
    any passage of the library. Only the embeddings of those nets that heard most passages are there. A process that
    asks through a connection of its own holds up nobody with it.
    """

    take: "Callable[[Sequence[StoredVector], bool], None]"


@dataclass(frozen=True, slots=True)
class Pieces(Query["tuple[Piece, ...]"]):
    """Passages with what it takes to tell whether two are the same piece: by row ids, or else by guids.

    In the order of their row ids or guids; those that the library does not have are left out.
    """

    rows: Sequence[int] = ()
    guids: Sequence[Guid] = ()


@dataclass(frozen=True, slots=True)
class KnownRecordings(Query[frozenset[Mbid]]):
    """Those of these recordings that are songs of the library, or were merged into one."""

    recordings: Sequence[Mbid]


@dataclass(frozen=True, slots=True)
class ListPassages(Query[tuple[PassageView, ...]]):
    """Passages in order of path and start, after ``after`` (exclusive), at most ``limit``.

    ``text`` keeps those that have words that begin with each word of it, in title, artists, album or path; case and
    accents make no difference. Without ``evidence`` each has none. ``playable`` leaves out those that cannot be played
    now; otherwise only retired ones are.
    """

    limit: int
    after: Guid | None = None
    text: str | None = None
    evidence: bool = True
    playable: bool = False


@dataclass(frozen=True, slots=True)
class PagePassages(Query[PassagePage]):
    """A page of a list: at most ``limit`` passages behind the place ``after``, the text that a page gave as its next.

    Without ``evidence`` the passages have none.
    """

    of: PassageList
    limit: int
    after: str | None = None
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class CountPassages(Query[int]):
    """How many passages match."""

    wanted: PassageFilter


@dataclass(frozen=True, slots=True)
class RunSql(Query["SqlResult"]):
    """A host's own SELECT, at most ``limit`` rows of it, within so many seconds. Only for a process of its own."""

    sql: str
    parameters: "Parameters"
    limit: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WouldForget(Query[Forgettable]):
    """What would be forgotten."""

    forget: Forget


@dataclass(frozen=True, slots=True)
class ListDuplicates(Query[tuple[Duplicates, ...]]):
    """The pieces that the library has more than once."""


@dataclass(frozen=True, slots=True)
class WorseCopies(Query[frozenset[Guid]]):
    """The passages that are left out, since a better copy of them is there."""

    leave_out: LeaveOut


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
    """The latest ``limit`` runs, newest first, before the run ``before`` (exclusive)."""

    limit: int
    before: RunId | None = None


@dataclass(frozen=True, slots=True)
class RunAt(Query[RunView | None]):
    """One run, or the one into which it is folded."""

    run: RunId


@dataclass(frozen=True, slots=True)
class Findings(Query[FindingsPage]):
    """What a run found, file by file: of the next ``limit`` files after ``after``, in order of path within a page."""

    run: RunId
    limit: int
    after: int = 0
