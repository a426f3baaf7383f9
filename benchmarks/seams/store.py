"""The library as its writer uses it: for histories that are interrupted at every call, and for damage."""

from passagework.domain.edits import Edit
from passagework.domain.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryUnavailableError,
    LibraryWalLostError,
    PassageworkError,
)
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.read.queries import KnownFiles, KnownFolders, ListPassages, Runs, ShowFile, WaitingFiles
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt, MarkMissing, StoreAnalysis, StoreFailure, StoreLinks

__all__ = [
    "BeginAttempt",
    "Edit",
    "FileStamp",
    "KnownFiles",
    "KnownFolders",
    "LibraryDamagedError",
    "LibraryError",
    "LibraryStore",
    "LibraryUnavailableError",
    "LibraryWalLostError",
    "ListPassages",
    "MarkMissing",
    "PassageworkError",
    "RunId",
    "RunState",
    "Runs",
    "ShowFile",
    "StoreAnalysis",
    "StoreFailure",
    "StoreLinks",
    "WaitingFiles",
    "WriterStatistics",
]
