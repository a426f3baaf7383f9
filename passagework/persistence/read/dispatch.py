"""Run any query."""

import sqlite3
from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import snapshot
from passagework.persistence.read import (
    cuts,
    duplicates,
    files,
    findings,
    flavors,
    forgettable,
    gains,
    groups,
    known_content,
    passages,
    runs,
    services,
    sheets,
    stale,
)
from passagework.persistence.read.queries import (
    AmbiguousMoves,
    Answers,
    Curves,
    CutsOf,
    DeferredIdentification,
    FailedFiles,
    FilesAt,
    FilesLike,
    Findings,
    FlavorsOf,
    FlavorSourcesOf,
    GainsOf,
    GivenAbout,
    KnownContents,
    KnownFiles,
    KnownFolders,
    KnownRecordings,
    ListDuplicates,
    ListPassages,
    MayJoin,
    Pieces,
    PresentFiles,
    Query,
    ReviewCuts,
    ReviewList,
    RunAt,
    Runs,
    SeenFolders,
    SettledFiles,
    SheetFolders,
    SheetHashes,
    ShowFile,
    ShowPassage,
    StaleFiles,
    StaleParts,
    Status,
    StoredVectors,
    Summary,
    VectorStamp,
    WaitingFiles,
    WaitingGroups,
    WorseCopies,
    WouldForget,
)

R = TypeVar("R")

_Function = Callable[[sqlite3.Connection, Any], object]


def _late(module: str, name: str) -> _Function:
    """Return a function of a module that is imported when it is called: most commands ask for no flavor."""

    def ask(connection: sqlite3.Connection, query: Query[Any]) -> object:
        return getattr(import_module(f"passagework.persistence.read.{module}"), name)(connection, query)

    return ask


_FUNCTIONS: Final = MappingProxyType[type[Query[Any]], _Function](
    {
        Answers: services.answers,
        Curves: files.curves,
        CutsOf: cuts.cuts_of,
        FailedFiles: files.failed_files,
        Findings: findings.findings,
        FlavorsOf: flavors.flavors_of,
        FlavorSourcesOf: _late("flavor_sources", "flavor_sources_of"),
        KnownRecordings: _late("flavor_sources", "known_recordings"),
        Pieces: _late("similar", "pieces"),
        StoredVectors: _late("similar", "stored_vectors"),
        VectorStamp: _late("similar", "vector_stamp"),
        GainsOf: gains.gains_of,
        AmbiguousMoves: known_content.ambiguous_moves,
        MayJoin: known_content.may_join,
        FilesAt: known_content.files_at,
        FilesLike: known_content.files_like,
        KnownContents: known_content.known_contents,
        KnownFiles: files.known_files,
        KnownFolders: files.known_folders,
        ListDuplicates: duplicates.list_duplicates,
        ListPassages: passages.list_passages,
        PresentFiles: files.present_files,
        ReviewCuts: cuts.review_cuts,
        ReviewList: passages.review_list,
        RunAt: runs.run_at,
        Runs: runs.runs,
        SeenFolders: files.seen_folders,
        SettledFiles: files.settled_files,
        ShowFile: files.show_file,
        ShowPassage: passages.show_passage,
        StaleFiles: stale.stale_files,
        SheetFolders: sheets.sheet_folders,
        SheetHashes: sheets.sheet_hashes,
        StaleParts: stale.stale_parts,
        Status: runs.status,
        Summary: runs.summary,
        GivenAbout: cuts.given_about,
        WaitingFiles: files.waiting_files,
        WaitingGroups: groups.waiting_groups,
        WorseCopies: duplicates.worse_copies,
        WouldForget: forgettable.would_forget,
        DeferredIdentification: groups.deferred_items,
    }
)

# By name, since a dataclass with slots is created twice and ``__subclasses__`` lists both classes.
if _WITHOUT_FUNCTION := {query.__name__ for query in Query.__subclasses__()} - {query.__name__ for query in _FUNCTIONS}:
    raise TypeError(f"no function runs these queries: {_WITHOUT_FUNCTION}")


def run_query(connection: LibraryConnection, query: Query[R]) -> R:
    """Run a query in one snapshot. The number of statements does not depend on the size of the result.

    Works on the writing connection between transactions, and on read-only connections.

    Raises:
        LibraryUnavailableError: the library cannot be read at the moment.
        LibraryDamagedError: SQLite finds it damaged.

    """
    with connection.translated(), snapshot(connection):
        return cast("R", _FUNCTIONS[type(query)](connection, query))
