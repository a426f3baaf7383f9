"""What to do with the files of some folders, from what the disk says and what the library knows. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.numbers import Numbers
from passagework.actors.scanner.walk import ListedFile
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.codes import UnknownCode
from passagework.domain.files import FileStamp, storable_time
from passagework.domain.ids import RunId
from passagework.domain.music_names import is_leftover, is_sheet
from passagework.domain.views import FileState, KnownFile, KnownPlace, SettledFile

_UNSIGNED: Final = 1 << 64
"""The library keeps devices and inodes as signed numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """Which names claim to be audio, and which need not even be looked into. Lower-case suffixes with the dot."""

    audio: frozenset[bytes]
    never: frozenset[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """How to plan. ``is_own`` says whether a file belongs to the library itself.

    ``is_audio`` looks into a file whose name says nothing. ``numbers_of`` says whether inode numbers are of use where a
    file is.
    """

    run: RunId
    extensions: Extensions
    is_own: Callable[[ListedFile], bool]
    is_audio: Callable[[bytes], bool]
    numbers_of: Callable[[ListedFile], Numbers]
    retry_failed: bool = False
    reanalyze: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the library knows of the files of some folders."""

    settled: Mapping[bytes, SettledFile] = field(default_factory=dict)
    others: Mapping[bytes, KnownFile] = field(default_factory=dict)
    places: frozenset[bytes] = frozenset()
    """Those of ``settled`` that are other places of a file."""

    def __contains__(self, path: object) -> bool:
        """Return whether the library knows a file, or a place of one, at this path."""
        return path in self.settled or path in self.others

    def is_place(self, path: bytes) -> bool:
        """Return whether a path is known as another place of a file."""
        return path in self.places or (path in self.others and self.others[path].is_place)

    def inode_of(self, path: bytes) -> int | None:
        """Return the inode that a file had when the library last looked at it; None if it does not know the file."""
        if (settled := self.settled.get(path)) is not None:
            return settled[4] % _UNSIGNED
        entry = self.others.get(path)
        return None if entry is None else entry.stamp.inode

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
    ``sheets`` are CUE sheets. ``gone`` are present files of the library that were not listed, ``still_excluded``
    excluded ones; ``by_name`` were listed, and their names are no longer those of music. ``restamped`` are unchanged
    files whose device, inode or ctime the library does not know as they are now; ``first_stamped`` are those of them
    whose ctime it did not know at all.
    """

    analyze: list[FileInHand] = field(default_factory=list)
    unchanged: int = 0
    failed_before: int = 0
    ignored: int = 0
    sheets: list[bytes] = field(default_factory=list)
    gone: tuple[bytes, ...] = ()
    still_excluded: tuple[bytes, ...] = ()
    by_name: list[bytes] = field(default_factory=list)
    back: list[bytes] = field(default_factory=list)
    restamped: list[tuple[bytes, FileStamp]] = field(default_factory=list)
    first_stamped: list[FileInHand] = field(default_factory=list)


def plan_files(folders: Sequence[Sequence[ListedFile]], known: Known, rules: PlanRules) -> ScanPlan:
    """Compare the files of folders with the library. What is to be analysed of a folder is in order of name.

    A file is unchanged when path, size and mtime are those of the library; it is then neither opened nor read. Another
    inode or ctime is a suspicion: the file is read and its content compared (``FileInHand.known``).
    """
    plan = ScanPlan()
    unsettled: Mapping[bytes, SettledFile] = {}
    settled = (unsettled if rules.reanalyze else known.settled).get
    for files in folders:
        # This is all that happens to most files of most imports.
        changed = [file for file in files if settled(file[0]) != file]
        plan.unchanged += len(files) - len(changed)
        if changed:
            changed.sort()
            _plan_changed(plan, changed, known, rules)
    if known.places:
        # Each file counts once.
        others = (file for files in folders for file in files if file[0] in known.places)
        plan.unchanged -= sum(settled(file[0]) == file for file in others)
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
        if not may_be_audio(path, rules.extensions):
            plan.ignored += 1
            if is_sheet(path):
                plan.sheets.append(path)
            if path in known.settled or (entry is not None and not entry.excluded):
                plan.by_name.append(path)
        elif (settled := known.settled.get(path)) is not None:
            _plan_settled(plan, file, settled, rules)
        elif entry is not None:
            _plan_known(plan, file, entry, rules)
        elif _suffix(path) in rules.extensions.audio:
            plan.analyze.append(found(rules, file))
        else:
            strangers.append(file)
    audio = [file for file in strangers if rules.is_audio(file[0])]
    plan.analyze += (found(rules, file) for file in audio)
    plan.ignored += len(strangers) - len(audio)


def _plan_settled(plan: ScanPlan, file: ListedFile, settled: SettledFile, rules: PlanRules) -> None:
    """Plan a file that was analysed, and of which something is not as the library has it."""
    stamp = _stamp(file)
    size, mtime_ns, device, inode, ctime_ns = settled[1:6]
    known = FileStamp(size, mtime_ns, device % _UNSIGNED, inode % _UNSIGNED, ctime_ns)
    if rules.reanalyze or not known.same_content_as(stamp):
        plan.analyze.append(found(rules, file))
        return
    # There are three cases: numbers that are of no use change nothing; a suspicion that they raise is looked into; and
    # where they raise none, or all of them are others, they are stored as they are now.
    numbers = rules.numbers_of(file)
    if numbers is Numbers.STABLE and known.is_suspicious(stamp):
        plan.analyze.append(found(rules, file))
        return
    plan.unchanged += 1
    if known.ctime_ns is None:
        plan.first_stamped.append(found(rules, file))
    if numbers is not Numbers.UNSTABLE and (known != stamp or known.ctime_ns != stamp.ctime_ns):
        plan.restamped.append((file[0], stamp))


def _is_doubtful(file: ListedFile, entry: KnownFile, rules: PlanRules) -> bool:
    """Tell whether a file that is back may be another one of the same size and time."""
    is_analysed = entry.state is FileState.ANALYSED
    return is_analysed and entry.stamp.is_suspicious(_stamp(file)) and rules.numbers_of(file) is Numbers.STABLE


def _plan_known(plan: ScanPlan, file: ListedFile, entry: KnownFile, rules: PlanRules) -> None:
    """Plan a file that the library knows, and that is not settled."""
    if not entry.stamp.same_content_as(_stamp(file)) or _is_doubtful(file, entry, rules):
        plan.analyze.append(found(rules, file))
    elif wants_analysis(entry, rules):
        # A file with an open attempt was in work when a process died. The file may have been the cause.
        suspect = entry.state is FileState.BEGUN
        plan.analyze.append(replace(found(rules, file), suspect=suspect, earlier_attempts=suspect * entry.attempts))
    elif entry.is_place:
        # Once its file was gone, a path was no place of it any more. What is here is found out again.
        if entry.missing or entry.excluded:
            plan.analyze.append(found(rules, file))
    else:
        plan.unchanged += 1
        plan.failed_before += entry.state in {FileState.FAILED, FileState.QUARANTINED}
        if entry.missing or entry.excluded:
            plan.back.append(entry.path)


def may_be_audio(path: bytes, extensions: Extensions) -> bool:
    """Return whether a file of this name may be music, as far as its name tells."""
    return _suffix(path) not in extensions.never and not is_leftover(path[path.rfind(b"/") + 1 :])


def found(rules: PlanRules, file: ListedFile) -> FileInHand:
    """Return a file as it goes on its way."""
    return FileInHand(run=rules.run, path=file[0], stamp=_stamp(file))


def _stamp(file: ListedFile) -> FileStamp:
    _path, size, mtime_ns, device, inode, ctime_ns, _ = file
    return FileStamp(size, storable_time(mtime_ns), device, inode, storable_time(ctime_ns))


def wants_analysis(entry: KnownFile | KnownPlace, rules: PlanRules) -> bool:
    """Tell whether a file is to be analysed although it has not changed."""
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
