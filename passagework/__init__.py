"""Passagework turns folders of music into a passage library.

Everything here is the embedding API, which docs/api.md describes name by name. Nothing is imported before it is asked
for, so that ``import passagework`` costs a host nothing.
"""

import sys
from importlib import import_module
from typing import Final

_HOMES: Final[dict[str, tuple[str, ...]]] = {
    "passagework.actors.runtime.port": ("NobodyThereError",),
    "passagework.actors.session.session": ("RunUnderWayError",),
    "passagework.api.async_importer": ("AsyncImporter", "AsyncRun", "AsyncWatch"),
    "passagework.api.async_library": ("AsyncLibrary", "AsyncWritableLibrary"),
    "passagework.api.event_stream": ("EventStream",),
    "passagework.api.importer": ("Importer",),
    "passagework.api.library": ("Library",),
    "passagework.api.listeners": ("Listener",),
    "passagework.api.run": (
        "Run",
        "RunFailedError",
    ),
    "passagework.api.watch": ("Watch",),
    "passagework.api.writable_library": ("WritableLibrary",),
    "passagework.config.settings": (
        "Settings",
        "load_settings",
    ),
    "passagework.domain.backups": (
        "Backup",
        "BackupProgress",
    ),
    "passagework.domain.change_events": (
        "FileAdded",
        "FileBack",
        "FileChanged",
        "FileExcluded",
        "FileFailed",
        "FileIncluded",
        "FileMissing",
        "FileMoved",
        "FileRetagged",
    ),
    "passagework.domain.changes": ("Found",),
    "passagework.domain.checkup": ("LibraryCheckup",),
    "passagework.domain.compaction": (
        "Compactable",
        "Compacted",
    ),
    "passagework.domain.cut_doubts": (
        "CutDoubt",
        "CutsInDoubt",
    ),
    "passagework.domain.duplicates": (
        "Duplicates",
        "Sameness",
    ),
    "passagework.domain.edits": (
        "EditError",
        "Edited",
        "UserValues",
    ),
    "passagework.domain.errors": (
        "ConfigError",
        "ExecutorError",
        "ExecutorExtraMissingError",
        "ExecutorFactoryError",
        "ForeignLogError",
        "ImporterClosedError",
        "ImporterForkedError",
        "LibraryBusyError",
        "LibraryDamagedError",
        "LibraryDoorError",
        "LibraryError",
        "LibraryMarkedError",
        "LibraryNeedsSpaceError",
        "LibraryTooNewError",
        "LibraryUnavailableError",
        "LibraryWalLostError",
        "NoRootsError",
        "NoThreadError",
        "NotFoundError",
        "NothingToFollowError",
        "OutputFileError",
        "PassageworkError",
        "SideFileError",
        "UnavailableKind",
        "WatchFailedError",
        "WatchFolderMissingError",
        "WatchUnderWayError",
    ),
    "passagework.domain.exit_codes": ("ExitCode",),
    "passagework.domain.extensions": ("PassageValue",),
    "passagework.domain.failures": (
        "Failure",
        "FailureCode",
        "Retry",
    ),
    "passagework.domain.files": ("display_path",),
    "passagework.domain.flavor.similar": (
        "NotComparableError",
        "Similar",
    ),
    "passagework.domain.flavor.sources": (
        "FlavorSource",
        "PassageDistance",
        "PassageFlavor",
    ),
    "passagework.domain.flavor.values": ("Flavor",),
    "passagework.domain.following": (
        "FollowWay",
        "FollowingChanged",
        "WatchFailed",
        "WatchOverflow",
    ),
    "passagework.domain.forgetting": (
        "Forget",
        "Forgettable",
        "Forgotten",
    ),
    "passagework.domain.gains": ("PassageGains",),
    "passagework.domain.ids": (
        "Guid",
        "Mbid",
        "RunId",
    ),
    "passagework.domain.library_update": (
        "LibraryUpdate",
        "UpdateStage",
    ),
    "passagework.domain.links": ("LinkState",),
    "passagework.domain.passage_filter": ("FilterError", "PassageFilter", "PassageOrder"),
    "passagework.domain.playable": ("NotPlayable",),
    "passagework.domain.playing": ("Crossfade", "Explanation", "Factor", "FactorKind", "NextError", "NextUp"),
    "passagework.domain.plays": ("Play", "PlayError"),
    "passagework.domain.progress": (
        "Event",
        "EventsMissed",
        "FileFinished",
        "FileLinked",
        "FileUnfinished",
        "FolderSkipped",
        "ImporterPaused",
        "ImporterResumed",
        "LibraryPaused",
        "LibraryResumed",
        "Phase",
        "Progress",
        "RefreshPlanned",
        "RunFailed",
        "RunFinished",
        "RunReport",
        "RunStarted",
        "ScanProblem",
        "ScanProblemCode",
    ),
    "passagework.domain.undo": (
        "UndoRefusedError",
        "Undone",
    ),
    "passagework.domain.units": (
        "TICKS_PER_SECOND",
        "Ticks",
        "clock_time",
        "samples_from_ticks",
        "seconds",
        "ticks_from_samples",
    ),
    "passagework.domain.user_events": (
        "FilesForgotten",
        "RunUndone",
        "ValuesSet",
    ),
    "passagework.domain.views": (
        "FailedFile",
        "FileCurves",
        "FileState",
        "FileView",
        "Finding",
        "LibraryStatus",
        "PassagePage",
        "PassageView",
        "RunState",
        "RunSummary",
        "RunView",
        "Stale",
    ),
    "passagework.domain.writer_statistics": ("Writer",),
    "passagework.workers.executor": ("AnalysisExecutor",),
    "passagework.workers.inline_executor": ("InlineExecutor",),
}
"""The public names, by the modules that have them. ``__init__.pyi`` tells type checkers the same."""

_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - type checkers read __init__.pyi


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name == "__path__" or name not in _HOME_OF:
        raise AttributeError(f"module 'passagework' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """List the public names, too, which are not here before they are asked for."""
    return sorted({*vars(sys.modules[__name__]), *__all__})
