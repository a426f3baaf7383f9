"""Passagework turns folders of music into a passage library.

Everything here is the embedding API; nothing is imported before it is asked for, so that ``import passagework`` costs
a host nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from passagework.audio.workers.inline_executor import InlineExecutor
    from passagework.config.settings import Settings, load_settings
    from passagework.domain.errors import PassageworkError
    from passagework.importer import Importer
    from passagework.library import Library, WritableLibrary
    from passagework.run import Run

__all__ = [
    "Importer",
    "InlineExecutor",
    "Library",
    "PassageworkError",
    "Run",
    "Settings",
    "WritableLibrary",
    "load_settings",
]

_HOMES: Final = {
    "Importer": "passagework.importer",
    "InlineExecutor": "passagework.audio.workers.inline_executor",
    "Library": "passagework.library",
    "PassageworkError": "passagework.domain.errors",
    "Run": "passagework.run",
    "Settings": "passagework.config.settings",
    "WritableLibrary": "passagework.library",
    "load_settings": "passagework.config.settings",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'passagework' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
