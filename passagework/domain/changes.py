"""What a run found about a file, compared with what the library knew of it."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.ids import Guid


class Found(StrEnum):
    """What a run found about a file, in the order in which it is told.

    The first three are about its content, and exclude each other. REDONE: it was analysed again although its content is
    the same: that was asked for, it failed before, or a setting or the analysis has changed. The last two are about the
    result. WARNED: it was analysed, with warnings.
    """

    ADDED = "added"
    CHANGED = "changed"
    REDONE = "redone"
    MOVED = "moved"
    MISSING = "missing"
    BACK = "back"
    EXCLUDED = "excluded"
    INCLUDED = "included"
    FAILED = "failed"
    WARNED = "warned"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of a file that is committed. ``from_path``: where a file that was moved had been."""

    found: Found
    guid: Guid
    path: bytes
    from_path: bytes | None = None
