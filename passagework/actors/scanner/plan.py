"""What to do with the files of one folder, from what the disk says and what the library knows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from passagework.actors.scanner.walk import DirectoryFile
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.codes import UnknownCode
from passagework.domain.views import FileState, KnownFile


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to analyse, with what earlier attempts left behind."""

    file: DirectoryFile
    attempts: int
    suspect: bool


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """The consequences of one folder listing.

    ``unchanged`` counts the files that need nothing, ``failed_before`` those of them whose analysis failed earlier.
    ``strangers`` are files that the library does not know, of which only the content can tell whether they are audio.
    """

    analyze: tuple[PlannedFile, ...]
    strangers: tuple[DirectoryFile, ...]
    unchanged: int
    failed_before: int
    ignored: int
    gone: tuple[bytes, ...]
    back: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Extensions:
    """Which names claim to be audio, and which need not even be looked into. Lower-case suffixes with the dot."""

    audio: frozenset[bytes]
    never: frozenset[bytes]


def plan_folder(
    files: Sequence[DirectoryFile],
    known: Sequence[KnownFile],
    extensions: Extensions,
    *,
    retry_failed: bool,
    reanalyze: bool = False,
) -> FolderPlan:
    """Compare the files of a folder with the library.

    A file is unchanged when path, size and mtime are those of the library; it is then neither opened nor read.
    """
    library = {entry.path: entry for entry in known}
    analyze: list[PlannedFile] = []
    strangers: list[DirectoryFile] = []
    back: list[bytes] = []
    unchanged = failed_before = ignored = 0
    for file in files:
        entry = library.get(file.path)
        if entry is None:
            suffix = _suffix(file.path)
            if suffix in extensions.audio:
                analyze.append(PlannedFile(file, 0, suspect=False))
            elif suffix in extensions.never:
                ignored += 1
            else:
                strangers.append(file)
            continue
        if not entry.stamp.same_content_as(file.stamp):
            analyze.append(PlannedFile(file, 0, suspect=False))
        elif _wants_analysis(entry, retry_failed=retry_failed, reanalyze=reanalyze):
            suspect = entry.state is FileState.BEGUN
            analyze.append(PlannedFile(file, entry.attempts if suspect else 0, suspect))
        else:
            unchanged += 1
            failed_before += entry.state in {FileState.FAILED, FileState.QUARANTINED}
            if entry.missing:
                back.append(file.path)
    there = {file.path for file in files}
    gone = tuple(entry.path for entry in known if not entry.missing and entry.path not in there)
    return FolderPlan(tuple(analyze), tuple(strangers), unchanged, failed_before, ignored, gone, tuple(back))


def _wants_analysis(entry: KnownFile, *, retry_failed: bool, reanalyze: bool) -> bool:
    match entry.state:
        case FileState.PENDING | FileState.BEGUN:
            return True
        case FileState.ANALYSED:
            return reanalyze or entry.analysis_version is None or entry.analysis_version < ANALYSIS_VERSION
        case FileState.FAILED:
            return entry.transient or retry_failed or reanalyze
        # A newer Passagework knows what became of the file; its state is no reason to begin again.
        case FileState.QUARANTINED | UnknownCode():
            return retry_failed


def _suffix(path: bytes) -> bytes:
    name = path.rpartition(b"/")[2]
    stem, dot, suffix = name.rpartition(b".")
    return dot + suffix.lower() if stem and dot else b""
