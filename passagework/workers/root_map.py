"""Folders that have other names on the workers: map our paths to theirs, and results back to ours."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from passagework.domain.analysis import AnalysisResult, FailedAnalysis
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp, display_path
from passagework.domain.jobs import AnalysisJob

_NOT_SEEN: Final = frozenset({FailureCode.VANISHED, FailureCode.PERMISSION_DENIED, FailureCode.NOT_REGULAR})
_ROUNDING_NS: Final = 2_000_000_000
"""FAT stores times in steps of two seconds; all other file systems are finer."""


@dataclass(frozen=True, slots=True)
class RootMap:
    """Pairs of folders, ours and theirs, without a final slash. The deepest of ours that contains a file decides."""

    pairs: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def of(cls, roots: Mapping[str, str]) -> "RootMap":
        """Create the map from the configuration."""
        pairs = ((_bare(os.fsencode(ours)), _bare(os.fsencode(theirs))) for ours, theirs in roots.items())
        return cls(tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)))

    def there(self, path: bytes) -> bytes:
        """Return the path of a file of ours there; unchanged if none of our folders contains it."""
        for ours, theirs in self.pairs:
            if path == ours or path.startswith(ours + b"/"):
                return theirs + path[len(ours) :] or b"/"
        return path

    def job_there(self, work: AnalysisJob) -> AnalysisJob:
        """Return the job with the path there. Its result names that path, so it is not encoded there."""
        return replace(work, path=self.there(work.path), finish=None)

    @staticmethod
    def result_here(work: AnalysisJob, result: AnalysisResult) -> AnalysisResult:
        """Return the result of ``work`` as if it had run here, with the device, inode and ctime of the file here."""
        here = work.stamp
        seen = here if _is_the_same(here, result.stamp) else result.stamp
        stamp = replace(seen, device=here.device, inode=here.inode, ctime_ns=here.ctime_ns)
        return replace(result, path=work.path, stamp=stamp)


def _is_the_same(here: FileStamp, there: FileStamp) -> bool:
    """Tell whether two machines see the same file; file systems may round its time differently."""
    return here.size == there.size and abs(here.mtime_ns - there.mtime_ns) <= _ROUNDING_NS


def objection_to(work: AnalysisJob, result: AnalysisResult, path_there: bytes) -> str:
    """Say that a worker does not see the file that is here; empty if it does, or if the file has changed since."""
    blind = isinstance(result, FailedAnalysis) and result.failure.code in _NOT_SEEN
    if not blind and _is_the_same(work.stamp, result.stamp):
        return ""
    try:
        here = FileStamp.of(os.stat(work.path))
    except OSError:
        return ""
    if not here.same_content_as(work.stamp):
        return ""
    seen = "does not see" if blind else "sees another file under"
    return f"it {seen} {display_path(path_there)}, which is {display_path(work.path)} here; see analysis.roots"


def _bare(folder: bytes) -> bytes:
    return folder.rstrip(b"/")
