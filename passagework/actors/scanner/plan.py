"""What to do with the files of some folders, from what the disk says and what the library knows. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.walk import ListedFile
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.codes import UnknownCode
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId
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


@dataclass(slots=True)
class Known:
    """What the library knows of the files of some folders; what is not found on the disk stays in here."""

    settled: dict[bytes, SettledFile] = field(default_factory=dict)
    others: dict[bytes, KnownFile] = field(default_factory=dict)

    @property
    def present(self) -> tuple[bytes, ...]:
        """The files that are not marked as missing."""
        return (*self.settled, *(path for path, entry in self.others.items() if not entry.missing))


@dataclass(slots=True, kw_only=True)
class ScanPlan:
    """The consequences of some folder listings.

    ``unchanged`` counts the files that need nothing, ``failed_before`` those of them whose analysis failed earlier.
    """

    analyze: list[FileInHand] = field(default_factory=list)
    unchanged: int = 0
    failed_before: int = 0
    ignored: int = 0
    gone: tuple[bytes, ...] = ()
    back: list[bytes] = field(default_factory=list)


def plan_files(folders: Iterable[Sequence[ListedFile]], known: Known, rules: PlanRules) -> ScanPlan:
    """Compare the files of folders with the library.

    A file is unchanged when path, size and mtime are those of the library; it is then neither opened nor read.
    """
    plan = ScanPlan()
    take = known.settled.pop
    for files in folders:
        changed = []
        for file in files:
            # This is all that happens to most files of most imports.
            entry = take(file[0], None)
            if entry is not None and entry[1] == file[1] and entry[2] == file[2] and not rules.reanalyze:
                plan.unchanged += 1
            else:
                changed.append((file, entry is not None))
        if changed:
            _plan_changed(plan, changed, known, rules)
    plan.gone = known.present
    return plan


def _plan_changed(plan: ScanPlan, files: Iterable[tuple[ListedFile, bool]], known: Known, rules: PlanRules) -> None:
    """Plan the files of a folder that are new, changed, or not settled; each with whether it was settled."""
    strangers: list[ListedFile] = []
    for file, was_settled in files:
        path = file[0]
        if rules.is_own(file):
            known.others.pop(path, None)
            continue
        entry = known.others.pop(path, None)
        if was_settled:
            plan.analyze.append(_found(rules, file))
        elif entry is None:
            suffix = _suffix(path)
            if suffix in rules.extensions.audio:
                plan.analyze.append(_found(rules, file))
            elif suffix in rules.extensions.never:
                plan.ignored += 1
            else:
                strangers.append(file)
        elif not entry.stamp.same_content_as(_stamp(file)):
            plan.analyze.append(_found(rules, file))
        elif _wants_analysis(entry, rules):
            # A file with an open attempt was in work when a process died. The file may have been the cause.
            suspect = entry.state is FileState.BEGUN
            plan.analyze.append(
                replace(_found(rules, file), suspect=suspect, earlier_attempts=suspect * entry.attempts)
            )
        else:
            plan.unchanged += 1
            plan.failed_before += entry.state in {FileState.FAILED, FileState.QUARANTINED}
            if entry.missing:
                plan.back.append(path)
    audio = [file for file in strangers if rules.is_audio(file[0])]
    plan.analyze += (_found(rules, file) for file in audio)
    plan.ignored += len(strangers) - len(audio)


def _found(rules: PlanRules, file: ListedFile) -> FileInHand:
    return FileInHand(run=rules.run, path=file[0], stamp=_stamp(file))


def _stamp(file: ListedFile) -> FileStamp:
    _path, size, mtime_ns, device, inode = file
    return FileStamp(size, mtime_ns, device, inode)


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
