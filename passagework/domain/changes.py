"""What a run found about a file, compared with what the library knew of it."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.ids import Guid


class Found(StrEnum):
    """What a run found about a file, in the order in which it is told.

    The first four are about its content, and exclude each other. RETAGGED: its bytes are others and its audio is not.
    REDONE: it was analysed again, or its tags were read again, although its content is the same: that was asked for, it
    failed before, or a setting or the analysis has changed. PLACED: it is at another path as well; UNPLACED: no more at
    such a path. The last two are about the result. WARNED: it was analysed, with warnings.
    """

    ADDED = "added"
    CHANGED = "changed"
    RETAGGED = "retagged"
    REDONE = "redone"
    MOVED = "moved"
    PLACED = "placed"
    UNPLACED = "unplaced"
    MISSING = "missing"
    BACK = "back"
    EXCLUDED = "excluded"
    INCLUDED = "included"
    FAILED = "failed"
    WARNED = "warned"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The file of a result that is committed. ``added``: this run has found it for the first time."""

    guid: Guid
    added: bool


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of a file that is committed. ``from_path``: where a file that was moved had been."""

    found: Found
    guid: Guid
    path: bytes
    from_path: bytes | None = None
