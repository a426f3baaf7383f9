"""The results of queries: frozen dataclasses for players, reports and the command line."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.analysis import AudioFormat, Damage, Envelope, Waveform
from passagework.domain.changes import Found
from passagework.domain.codes import UnknownCode
from passagework.domain.edits import UserValue
from passagework.domain.evidence import Statement
from passagework.domain.failures import Failure, WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource
from passagework.domain.ids import Guid, Mbid, RunId
from passagework.domain.known_content import KnownContent
from passagework.domain.links import CandidateRow, Doubt, LinkState
from passagework.domain.measured import Loudness, PassageMeasures
from passagework.domain.parts import PartName, RedoneFrom, StaleReason
from passagework.domain.playable import NotPlayable
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import NamedBy
from passagework.domain.units import Ticks
from passagework.domain.writer_statistics import WriterStatistics


class FileState(StrEnum):
    """Where a file stands in analysis.

    BEGUN is durable before work starts: a file that is still BEGUN when a run opens was in work when the process died.
    """

    PENDING = "pending"
    BEGUN = "begun"
    ANALYSED = "analysed"
    FAILED = "failed"
    QUARANTINED = "quarantined"


class RunState(StrEnum):
    """How a run ended. CRASHED is written by the next run that opens the library."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the library knows of a file, for the scanner to decide whether to analyse it.

    ``attempts`` counts those made alone since the last result: only they are evidence against the file.
    """

    path: bytes
    stamp: FileStamp
    state: FileState | UnknownCode
    attempts: int
    transient: bool
    analysis_version: int | None
    missing: bool
    excluded: bool = False
    is_place: bool = False
    """It is another place of a file, of which all else is said."""


SeenFolder = tuple[bytes, int, int, bool]
"""A folder as a scan found it: path, device and inode as signed numbers, and whether a file system begins there."""


SettledFile = tuple[bytes, int, int, int, int, int | None, bytes | None]
"""Path, size, mtime in nanoseconds, device, inode, ctime in nanoseconds (None: unknown), and None.

A row of the library, as the walk lists an unchanged file, so that the two are compared as a whole. Device and inode are
signed, as the library has them.
"""


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A file of the library, for the scanner to tell whether one that appeared is this one, moved, or its other place.

    ``content`` None: its last result was a failure. ``places`` are those beside ``path``. ``present``: it is neither
    missing nor excluded. ``analysis_version`` None: it was never analysed. ``transient``: it failed for now.
    """

    guid: Guid
    path: bytes
    stamp: FileStamp
    content: KnownContent | None
    state: FileState | UnknownCode
    transient: bool
    analysis_version: int | None
    places: tuple[bytes, ...] = ()
    present: bool = True


@dataclass(frozen=True, slots=True)
class Settled:
    """Files that need no work as long as they do not change, by path.

    ``others`` are the folders that hold files of another kind as well. ``places`` are those of ``files`` that are other
    places of a file, which has its stamp.
    """

    files: dict[bytes, SettledFile]
    others: frozenset[bytes]
    places: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """The name to show for a song, artist, work or album.

    ``set_by_user``: a person set it. If not, and without an ``mbid``, it comes from the text of the tags, or, with
    ``from_file_name``, from the names of the file and its folders.
    """

    name: str | None
    mbid: Mbid | None
    set_by_user: bool = False
    from_file_name: bool = False


@dataclass(frozen=True, slots=True)
class DeferredItems:
    """A number of passages deferred for one reason; ``reason`` begins with a stable code.

    ``until_ns``: none of them is asked about before. It may be past; then the next import continues with them.
    """

    passages: int
    reason: str
    until_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageView(PassageMeasures):
    """A passage with its links. Names fall back to the tags where no entity is linked (``mbid`` None).

    A title that a person set takes precedence; ``own`` are the user values of the passage and of its songs, artists,
    works and album. From ``reason`` on: why it is in its state, and its candidates, best first.
    ``works`` and ``composers`` are those of all songs, in the order of the songs; a file that is not linked has the
    composers of its tags, and no works. Passages with the same ``album_group`` are of one album: its MBID, or for one
    that only tags or paths name, what its files in one folder have in common. ``gapless_with_next``: the sound goes on
    in the next passage of the file, or in the next file of the disc.
    """

    guid: Guid
    path: bytes
    stored_fingerprint: str | bytes | None
    link_state: LinkState | UnknownCode
    title: Named
    artists: tuple[Named, ...]
    album: Named
    medium: int | None
    track: int | None
    works: tuple[Named, ...] = ()
    composers: tuple[Named, ...] = ()
    evidence: tuple[Statement, ...] = ()
    own: tuple[UserValue, ...] = ()
    reason: str | None = None
    confidence: float | None = None
    weights: str | None = None
    doubts: frozenset[Doubt | UnknownCode] = frozenset()
    candidates: tuple[CandidateRow, ...] = ()
    retry_ns: int | None = None
    album_group: str | None = None
    not_playable_because: tuple[NotPlayable, ...] = ()
    gapless_with_next: bool = False

    @property
    def playable(self) -> bool:
        """Whether it can be played now: ``not_playable_because`` is empty."""
        return not self.not_playable_because

    @property
    def fingerprint(self) -> str | None:
        """The Chromaprint fingerprint in the form that AcoustID takes, None if there is none that can be read.

        Unpacked when it is asked for: most are not.
        """
        if not isinstance(self.stored_fingerprint, bytes):
            return self.stored_fingerprint
        from passagework.domain.packed_fingerprint import unpack_fingerprint  # noqa: PLC0415 - loads numpy

        try:
            return unpack_fingerprint(self.stored_fingerprint)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class PassagePage:
    """Some passages of a list, in its order. ``next``: where the page behind it begins; None: this is the last one.

    ``next`` is a text that a host may keep, and pass on: it stays valid, whatever is written to the library.
    """

    passages: tuple[PassageView, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class DoubtfulGap:
    """A stretch in which a file was not cut, although there may be a gap (``WarningCode.GAPS_UNCERTAIN``)."""

    start: Ticks
    end: Ticks

    @property
    def middle(self) -> Ticks:
        """Where to cut it, if it is one."""
        return Ticks((self.start + self.end) // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRelease:
    """The release that a file was found to hold, and what suggested it: its number of ``tracks``.

    ``score`` is how well its track list fits the file, from 0 to 1. Where it is not ``matched``, the sound has cut.
    """

    release: Mbid
    title: str
    artist: str | None
    date: str | None
    named_by: NamedBy | UnknownCode
    tracks: int
    score: float | None
    matched: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of the library. Audio values are None while it has not been analysed."""

    guid: Guid
    path: bytes
    stamp: FileStamp
    state: FileState | UnknownCode
    missing: bool
    excluded: bool
    failure: Failure | None
    warnings: tuple[WarningCode | UnknownCode, ...]
    attempts: int
    format: AudioFormat | None
    duration: Ticks | None
    samples: int | None
    content_hash: bytes | None
    audio_hash: bytes | None
    loudness: Loudness | None
    damage: Damage | None
    tags: Tags
    passages: tuple[PassageView, ...]
    places: tuple[bytes, ...] = ()
    """The other places where it is, in order: links to it, and second names of its folder."""
    doubtful_gaps: tuple[DoubtfulGap, ...] = ()
    cut_by: CutSource | UnknownCode | None = None
    """What gave the bounds of its passages; None: the sound."""
    held: HeldRelease | None = None
    """The release with whose track list the file was compared."""


@dataclass(frozen=True, slots=True)
class FileCurves:
    """The curves of a file, and its passages."""

    format: AudioFormat
    samples: int
    envelope: Envelope
    waveform: Waveform
    passages: tuple[PassageView, ...]


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A line of the report: one file, one code, one reason. ``new``: it did not fail this way before this run."""

    path: bytes
    failure: Failure
    new: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """One run as the library knows it. Times are nanoseconds since the epoch.

    ``accounts`` are the statistics of its writes; None while it runs, if it changed nothing, and for runs of earlier
    versions. ``undone_ns``: when the run was undone; its results are no longer in the library.

    ``found`` counts the files that it found something about, so far; ``has_findings``: the library has them by name.
    ``changed``: whether it changed anything in the library; None while it runs. ``folded``: how many earlier runs it
    stands for as well, the first of which began at ``folded_since_ns``; none of them changed anything.
    """

    id: RunId
    guid: Guid
    state: RunState | UnknownCode
    started_ns: int
    ended_ns: int | None
    config_hash: str
    roots: tuple[bytes, ...]
    files_seen: int | None
    files_unchanged: int | None
    accounts: WriterStatistics | None = None
    undone_ns: int | None = None
    found: tuple[tuple[Found | UnknownCode, int], ...] = ()
    has_findings: bool = True
    changed: bool | None = None
    folded: int = 0
    folded_since_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run found about one file, by the path that the file had at the end of that run.

    ``from_path``: where a file that was moved had been. ``failure`` is None for a file that was analysed or not worked
    on; ``warnings`` are those of the analysis. ``placed`` and ``unplaced`` are the other paths at which it is, or is no
    more, since that run.
    """

    guid: Guid
    path: bytes
    found: tuple[Found | UnknownCode, ...]
    from_path: bytes | None
    failure: Failure | None
    warnings: tuple[WarningCode | UnknownCode, ...]
    placed: tuple[bytes, ...] = ()
    unplaced: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Some findings of a run, by path. ``last``: after which file the next page begins; None: this page is empty."""

    findings: tuple[Finding, ...]
    last: int | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run left in the library; every number is counted there, except those of the scan.

    ``audio`` is the total decoded length of the files that this run analysed. ``tags_read`` counts those whose audio
    the library knew, so that only their tags were read.
    """

    run: RunView
    analysed: int
    failed: tuple[FailedFile, ...]
    missing: int
    passages: int
    audio: Ticks
    link_states: tuple[tuple[LinkState | UnknownCode, int], ...]
    warnings: tuple[tuple[WarningCode | UnknownCode, int], ...]
    excluded: int = 0
    tags_read: int = 0


@dataclass(frozen=True, slots=True)
class StaleItem:
    """Files of which one part is stale for one reason; ``settings`` are those that have other values now."""

    part: PartName
    reason: StaleReason
    settings: tuple[str, ...]
    files: int
    audio: Ticks


@dataclass(frozen=True, slots=True)
class StaleWork:
    """How many files are redone from what, and their length. A file is counted once, by the dearest of its parts."""

    redone_from: RedoneFrom
    files: int
    audio: Ticks


@dataclass(frozen=True, slots=True)
class Stale:
    """What of a library was made by older versions or with other settings.

    A file with several such parts is in several ``items``, and in one line of ``work``. ``seconds``: how long files
    with these hours took to analyse in earlier runs, None if there was none.
    """

    items: tuple[StaleItem, ...] = ()
    work: tuple[StaleWork, ...] = ()
    seconds: float | None = None

    def __bool__(self) -> bool:
        """Return whether anything is stale."""
        return bool(self.items)

    @property
    def files(self) -> int:
        """The number of files."""
        return sum(work.files for work in self.work)


NOTHING_STALE: Final = Stale()


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """The library in numbers. ``rows`` counts every table by name. ``put_off`` waits for a service."""

    guid: Guid
    schema_version: int
    file_states: tuple[tuple[FileState | UnknownCode, int], ...]
    missing: int
    audio: Ticks
    passages: int
    link_states: tuple[tuple[LinkState | UnknownCode, int], ...]
    rows: tuple[tuple[str, int], ...]
    bytes: int
    last_run: RunView | None
    put_off: tuple[DeferredItems, ...] = ()
    excluded: int = 0
