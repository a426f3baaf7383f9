"""Which folders a run looks at, if not all of its roots, and which files it leaves for later."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ScanPart:
    """A folder at or below a root. ``below``: with all folders below it, so that what is gone there is noticed."""

    folder: bytes
    below: bool


@dataclass(frozen=True, slots=True)
class UnfinishedFile:
    """A file that may still be written: a run has left it out. ``mtime_ns`` as the file system gives it."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class RestRule:
    """When a new or changed file is taken to be complete.

    One that was last changed before ``before_ns`` is; and so is one that was seen to rest, with the size and mtime
    that ``rested`` has, or with any if it has None: a name under which a complete file was moved in.
    """

    before_ns: int
    rested: Mapping[bytes, tuple[int, int] | None] = field(default_factory=dict)

    def holds_back(self, path: bytes, size: int, mtime_ns: int) -> bool:
        """Return whether a file may still be written."""
        if mtime_ns < self.before_ns:
            return False
        if path not in self.rested:
            return True
        seen = self.rested[path]
        return seen is not None and seen != (size, mtime_ns)


@dataclass(frozen=True, slots=True)
class ScanScope:
    """What a run looks at: ``parts`` (None: the roots, whole; empty: nothing, so it only links) and its rest rule.

    Outside of its parts a run changes nothing.
    """

    parts: tuple[ScanPart, ...] | None = None
    rest: RestRule | None = None


WHOLE = ScanScope()
"""All roots, with every file in them."""
