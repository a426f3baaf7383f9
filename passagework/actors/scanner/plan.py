"""What to do with the files of some folders, from what the disk says and what the library knows. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.walk import ListedFile
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.codes import UnknownCode
from passagework.domain.files import FileStamp, storable_time
from passagework.domain.ids import RunId
from passagework.domain.music_names import is_leftover
from passagework.domain.views import FileState, KnownFile, SettledFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """Which names claim to be audio, and which need not even be looked into. Lower-case suffixes with the dot."""

    audio: frozenset[bytes]
    never: frozenset[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """How to plan. ``is_own`` says whether a file belongs to the library itself.

    ``is_audio`` looks into a file whose name says nothing.
    """

    run: RunId
    extensions: Extensions
    is_own: Callable[[ListedFile], bool]
    is_audio: Callable[[bytes], bool]
    retry_failed: bool = False
    reanalyze: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the library knows of the files of some folders."""

    settled: Mapping[bytes, SettledFile] = field(default_factory=dict)
    others: Mapping[bytes, KnownFile] = field(default_factory=dict)

    def present(self) -> Iterator[bytes]:
        """Yield the files that are not marked as missing or excluded."""
        yield from self.settled
        yield from (path for path, entry in self.others.items() if not entry.missing and not entry.excluded)

    def excluded(self) -> Iterator[bytes]:
        """Yield the files that are marked as excluded."""
        yield from (path for path, entry in self.others.items() if entry.excluded)


@dataclass(slots=True, kw_only=True)
class ScanPlan:
    """The consequences of some folder listings.

    ``unchanged`` counts the files that need nothing, ``failed_before`` those of them whose analysis failed earlier.
    ``gone`` are present files of the library that were not listed, ``still_excluded`` excluded ones; ``by_name`` were
    listed, and their names are no longer those of music.
    """

    analyze: list[FileInHand] = field(default_factory=list)
    unchanged: int = 0
    failed_before: int = 0
    ignored: int = 0
    gone: tuple[bytes, ...] = ()
    still_excluded: tuple[bytes, ...] = ()
    by_name: list[bytes] = field(default_factory=list)
    back: list[bytes] = field(default_factory=list)


def plan_files(folders: Sequence[Sequence[ListedFile]], known: Known, rules: PlanRules) -> ScanPlan:
    """Compare the files of folders with the library. What is to be analysed of a folder is in order of name.

    A file is unchanged when path, size and mtime are those of the library; it is then neither opened nor read.
    """
    plan = ScanPlan()
    unsettled: Mapping[bytes, SettledFile] = {}
    settled = (unsettled if rules.reanalyze else known.settled).get
    for files in folders:
        # This is all that happens to most files of most imports.
        changed = [
            file for file in files if (entry := settled(file[0])) is None or entry[1] != file[1] or entry[2] != file[2]
        ]
        plan.unchanged += len(files) - len(changed)
        if changed:
            changed.sort()
            _plan_changed(plan, changed, known, rules)
    if known.others or plan.analyze or plan.unchanged != len(known.settled):
        listed = {file[0] for files in folders for file in files}
        plan.gone = tuple(path for path in known.present() if path not in listed)
        plan.still_excluded = tuple(path for path in known.excluded() if path not in listed)
    return plan


def _plan_changed(plan: ScanPlan, files: Iterable[ListedFile], known: Known, rules: PlanRules) -> None:
    """Plan the files of a folder that are new, changed, or not settled."""
    strangers: list[ListedFile] = []
    for file in files:
        path = file[0]
        entry = known.others.get(path)
        if rules.is_own(file):
            continue
        if _is_never_music(path, rules):
            plan.ignored += 1
            if path in known.settled or (entry is not None and not entry.excluded):
                plan.by_name.append(path)
        elif (settled := known.settled.get(path)) is not None:
            if rules.reanalyze or settled[1:3] != (file[1], storable_time(file[2])):
                plan.analyze.append(_found(rules, file))
            else:
                plan.unchanged += 1
        elif entry is not None:
            _plan_known(plan, file, entry, rules)
        elif _suffix(path) in rules.extensions.audio:
            plan.analyze.append(_found(rules, file))
        else:
            strangers.append(file)
    audio = [file for file in strangers if rules.is_audio(file[0])]
    plan.analyze += (_found(rules, file) for file in audio)
    plan.ignored += len(strangers) - len(audio)


def _plan_known(plan: ScanPlan, file: ListedFile, entry: KnownFile, rules: PlanRules) -> None:
    """Plan a file that the library knows, and that is not settled."""
    if not entry.stamp.same_content_as(_stamp(file)):
        plan.analyze.append(_found(rules, file))
    elif _wants_analysis(entry, rules):
        # A file with an open attempt was in work when a process died. The file may have been the cause.
        suspect = entry.state is FileState.BEGUN
        plan.analyze.append(replace(_found(rules, file), suspect=suspect, earlier_attempts=suspect * entry.attempts))
    else:
        plan.unchanged += 1
        plan.failed_before += entry.state in {FileState.FAILED, FileState.QUARANTINED}
        if entry.missing or entry.excluded:
            plan.back.append(entry.path)


def _is_never_music(path: bytes, rules: PlanRules) -> bool:
    return _suffix(path) in rules.extensions.never or is_leftover(path[path.rfind(b"/") + 1 :])


def _found(rules: PlanRules, file: ListedFile) -> FileInHand:
    return FileInHand(run=rules.run, path=file[0], stamp=_stamp(file))


def _stamp(file: ListedFile) -> FileStamp:
    _path, size, mtime_ns, device, inode = file
    return FileStamp(size, storable_time(mtime_ns), device, inode)


def _wants_analysis(entry: KnownFile, rules: PlanRules) -> bool:
    match entry.state:
        case FileState.PENDING | FileState.BEGUN:
            return True
        case FileState.ANALYSED:
            return rules.reanalyze or entry.analysis_version is None or entry.analysis_version < ANALYSIS_VERSION
        case FileState.FAILED:
            return entry.transient or rules.retry_failed or rules.reanalyze
        # A newer Passagework knows what became of the file; its state is no reason to begin again.
        case FileState.QUARANTINED | UnknownCode():
            return rules.retry_failed


def _suffix(path: bytes) -> bytes:
    name = path.rpartition(b"/")[2]
    stem, dot, suffix = name.rpartition(b".")
    return dot + suffix.lower() if stem and dot else b""
