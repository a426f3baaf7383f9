"""Run any query."""

from collections.abc import Callable
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
    CountPassages,
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
    NextPassage,
    PagePassages,
    Pieces,
    Plays,
    PresentFiles,
    Query,
    ReviewCuts,
    ReviewList,
    RunAt,
    Runs,
    RunSql,
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
    ValuesOf,
    VectorStamp,
    WaitingFiles,
    WaitingGroups,
    WorseCopies,
    WouldForget,
)

R = TypeVar("R")

_Function = Callable[[LibraryConnection, Any], object]


def _of_flavor(connection: LibraryConnection, query: Query[Any]) -> object:
    """Run a query of what is compared; most commands have none, so what it takes is imported here."""
    from passagework.persistence.read import flavor_sources, similar  # noqa: PLC0415 - as said above

    functions: dict[type[Query[Any]], _Function] = {
        FlavorSourcesOf: flavor_sources.flavor_sources_of,
        KnownRecordings: flavor_sources.known_recordings,
        Pieces: similar.pieces,
        StoredVectors: similar.stored_vectors,
        VectorStamp: similar.vector_stamp,
    }
    return functions[type(query)](connection, query)


def _of_lists(connection: LibraryConnection, query: Query[Any]) -> object:
    """Run a query of a host about many passages; most commands have none, so what it takes is imported here."""
    from passagework.persistence.read import matching, pages, sql  # noqa: PLC0415 - as said above

    functions: dict[type[Query[Any]], _Function] = {
        CountPassages: matching.count_matching,
        PagePassages: pages.page_rows,
        RunSql: sql.run_sql,
    }
    return functions[type(query)](connection, query)


def _values_of(connection: LibraryConnection, query: Any) -> object:  # noqa: ANN401 - as the other functions
    from passagework.persistence.read.passage_values import values_of  # noqa: PLC0415 - few ask for them

    return values_of(connection, query)


def _plays(connection: LibraryConnection, query: Any) -> object:  # noqa: ANN401 - as the other functions
    from passagework.persistence.read.plays import plays  # noqa: PLC0415 - few ask for them

    return plays(connection, query)


def _next_passage(connection: LibraryConnection, query: Any) -> object:  # noqa: ANN401 - as the other functions
    from passagework.persistence.read.playing.choose import next_passage  # noqa: PLC0415 - needs numpy

    return next_passage(connection, query)


_FUNCTIONS: Final = MappingProxyType[type[Query[Any]], _Function](
    {
        Answers: services.answers,
        CountPassages: _of_lists,
        Curves: files.curves,
        CutsOf: cuts.cuts_of,
        FailedFiles: files.failed_files,
        Findings: findings.findings,
        FlavorsOf: flavors.flavors_of,
        ValuesOf: _values_of,
        FlavorSourcesOf: _of_flavor,
        KnownRecordings: _of_flavor,
        Pieces: _of_flavor,
        StoredVectors: _of_flavor,
        VectorStamp: _of_flavor,
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
        NextPassage: _next_passage,
        Plays: _plays,
        PagePassages: _of_lists,
        PresentFiles: files.present_files,
        ReviewCuts: cuts.review_cuts,
        ReviewList: passages.review_list,
        RunAt: runs.run_at,
        Runs: runs.runs,
        RunSql: _of_lists,
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


def _page_of(rows: Any) -> object:  # noqa: ANN401 - what the query of this kind gives
    from passagework.persistence.read.pages import page_of  # noqa: PLC0415 - as _of_lists

    return page_of(rows)


_FINISH: Final = MappingProxyType[type[Query[Any]], Callable[[Any], object]]({PagePassages: _page_of})
"""What makes the result of what a function returns: plain rows, where they are to travel between processes."""


def run_query(connection: LibraryConnection, query: Query[R]) -> R:
    """Run a query in one snapshot. The number of statements does not depend on the size of the result.

    Works on the writing connection between transactions, and on read-only connections.

    Raises:
        LibraryUnavailableError: the library cannot be read at the moment.
        LibraryDamagedError: SQLite finds it damaged.

    """
    return finished(query, fetch(connection, query))


def fetch(connection: LibraryConnection, query: Query[Any]) -> object:
    """Read what a query needs, as :func:`run_query`; :func:`finished` makes the result of it, in any process."""
    with connection.translated(), snapshot(connection):
        return _FUNCTIONS[type(query)](connection, query)


def finished(query: Query[R], fetched: object) -> R:
    """Return the result of a query."""
    finish = _FINISH.get(type(query))
    return cast("R", fetched if finish is None else finish(fetched))
