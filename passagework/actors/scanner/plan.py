"""What to do with the files of one folder, from what the disk says and what the library knows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.walk import DirectoryFile
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.codes import UnknownCode
from passagework.domain.ids import RunId
from passagework.domain.views import FileState, KnownFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPlan:
    """The consequences of one folder listing.

    ``unchanged`` counts the files that need nothing, ``failed_before`` those of them whose analysis failed earlier.
    ``strangers`` are files that the library does not know, of which only the content can tell whether they are audio.
    """

    analyze: tuple[FileInHand, ...] = ()
    strangers: tuple[DirectoryFile, ...] = ()
    unchanged: int = 0
    failed_before: int = 0
    ignored: int = 0
    gone: tuple[bytes, ...] = ()
    back: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """Which names claim to be audio, and which need not even be looked into. Lower-case suffixes with the dot."""

    audio: frozenset[bytes]
    never: frozenset[bytes]


def plan_folder(
    files: Sequence[DirectoryFile],
    known: Sequence[KnownFile],
    extensions: Extensions,
    *,
    run: RunId,
    retry_failed: bool,
    reanalyze: bool = False,
) -> FolderPlan:
    """Compare the files of a folder with the library.

    A file is unchanged when path, size and mtime are those of the library; it is then neither opened nor read.
    """
    library = {entry.path: entry for entry in known}
    analyze: list[FileInHand] = []
    strangers: list[DirectoryFile] = []
    back: list[bytes] = []
    unchanged = failed_before = ignored = 0
    for file in files:
        entry = library.get(file.path)
        if entry is None:
            suffix = _suffix(file.path)
            if suffix in extensions.audio:
                analyze.append(found(run, file))
            elif suffix in extensions.never:
                ignored += 1
            else:
                strangers.append(file)
            continue
        if not entry.stamp.same_content_as(file.stamp):
            analyze.append(found(run, file))
        elif _wants_analysis(entry, retry_failed=retry_failed, reanalyze=reanalyze):
            # A file with an open attempt was in work when a process died. The file may have been the cause.
            suspect = entry.state is FileState.BEGUN
            analyze.append(replace(found(run, file), suspect=suspect, earlier_attempts=suspect * entry.attempts))
        else:
            unchanged += 1
            failed_before += entry.state in {FileState.FAILED, FileState.QUARANTINED}
            if entry.missing:
                back.append(file.path)
    there = {file.path for file in files}
    gone = tuple(entry.path for entry in known if not entry.missing and entry.path not in there)
    return FolderPlan(
        analyze=tuple(analyze),
        strangers=tuple(strangers),
        unchanged=unchanged,
        failed_before=failed_before,
        ignored=ignored,
        gone=gone,
        back=tuple(back),
    )


def found(run: RunId, file: DirectoryFile) -> FileInHand:
    """Make the FileInHand of a file that may be analysed."""
    return FileInHand(run=run, path=file.path, stamp=file.stamp)


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
