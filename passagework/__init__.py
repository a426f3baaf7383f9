"""Passagework turns folders of music into a passage library.

Everything here is the embedding API; nothing is imported before it is asked for, so that ``import passagework`` costs
a host nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from passagework.api.importer import Importer
    from passagework.api.library import Library, WritableLibrary
    from passagework.api.run import Run
    from passagework.api.watch import Watch
    from passagework.config.settings import Settings, load_settings
    from passagework.domain.change_events import (
        FileBack,
        FileChanged,
        FileExcluded,
        FileIncluded,
        FileMissing,
        FileMoved,
        FileRetagged,
    )
    from passagework.domain.errors import PassageworkError
    from passagework.domain.following import FollowingChanged
    from passagework.domain.forgetting import Forget, Forgettable, Forgotten
    from passagework.domain.library_update import LibraryUpdate
    from passagework.domain.passage_filter import PassageFilter, PassageOrder
    from passagework.domain.progress import (
        EventsMissed,
        FileFinished,
        FileLinked,
        FileUnfinished,
        FolderSkipped,
        LibraryPaused,
        LibraryResumed,
        RefreshPlanned,
        RunFinished,
        RunStarted,
    )
    from passagework.domain.views import PassagePage
    from passagework.workers.inline_executor import InlineExecutor

__all__ = [
    "EventsMissed",
    "FileBack",
    "FileChanged",
    "FileExcluded",
    "FileFinished",
    "FileIncluded",
    "FileLinked",
    "FileMissing",
    "FileMoved",
    "FileRetagged",
    "FileUnfinished",
    "FolderSkipped",
    "FollowingChanged",
    "Forget",
    "Forgettable",
    "Forgotten",
    "Importer",
    "InlineExecutor",
    "Library",
    "LibraryPaused",
    "LibraryResumed",
    "LibraryUpdate",
    "PassageFilter",
    "PassageOrder",
    "PassagePage",
    "PassageworkError",
    "RefreshPlanned",
    "Run",
    "RunFinished",
    "RunStarted",
    "Settings",
    "Watch",
    "WritableLibrary",
    "load_settings",
]

_HOMES: Final = {
    "EventsMissed": "passagework.domain.progress",
    "FileBack": "passagework.domain.change_events",
    "FileChanged": "passagework.domain.change_events",
    "FileExcluded": "passagework.domain.change_events",
    "FileFinished": "passagework.domain.progress",
    "FileIncluded": "passagework.domain.change_events",
    "FileLinked": "passagework.domain.progress",
    "FileMissing": "passagework.domain.change_events",
    "FileMoved": "passagework.domain.change_events",
    "FileRetagged": "passagework.domain.change_events",
    "FileUnfinished": "passagework.domain.progress",
    "FolderSkipped": "passagework.domain.progress",
    "FollowingChanged": "passagework.domain.following",
    "Forget": "passagework.domain.forgetting",
    "Forgettable": "passagework.domain.forgetting",
    "Forgotten": "passagework.domain.forgetting",
    "Importer": "passagework.api.importer",
    "InlineExecutor": "passagework.workers.inline_executor",
    "Library": "passagework.api.library",
    "LibraryPaused": "passagework.domain.progress",
    "LibraryResumed": "passagework.domain.progress",
    "LibraryUpdate": "passagework.domain.library_update",
    "PassageFilter": "passagework.domain.passage_filter",
    "PassageOrder": "passagework.domain.passage_filter",
    "PassagePage": "passagework.domain.views",
    "PassageworkError": "passagework.domain.errors",
    "RefreshPlanned": "passagework.domain.progress",
    "Run": "passagework.api.run",
    "RunFinished": "passagework.domain.progress",
    "RunStarted": "passagework.domain.progress",
    "Settings": "passagework.config.settings",
    "Watch": "passagework.api.watch",
    "WritableLibrary": "passagework.api.library",
    "load_settings": "passagework.config.settings",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'passagework' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
