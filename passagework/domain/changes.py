"""What a run found about a file, compared with what the library knew of it."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.ids import Guid


class Change(StrEnum):
    """What a run found about a file. The first three are about its content, and exclude each other.

    REDONE: it was analysed again although its content is the same: that was asked for, it failed before, or a setting
    or the analysis has changed.
    """

    ADDED = "added"
    CHANGED = "changed"
    REDONE = "redone"
    MOVED = "moved"
    MISSING = "missing"
    BACK = "back"
    EXCLUDED = "excluded"
    INCLUDED = "included"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of a file that is committed. ``from_path``: where a file that was moved had been."""

    change: Change
    guid: Guid
    path: bytes
    from_path: bytes | None = None
