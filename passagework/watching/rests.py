"""Files that are written, or may be: looked at again until their size and mtime rest. Plain, no threads."""

import os
from collections.abc import Callable
from typing import Final

from passagework.domain.scan_scope import RestRule, UnfinishedFile

MOST_FILES: Final = 20_000
"""More files do not wait at a time. A run leaves them out for as long as they were changed a moment ago."""

Look = Callable[[bytes], tuple[int, int] | None]
"""Gives size and mtime in nanoseconds of a file; None: it is not there."""


def look_at(path: bytes) -> tuple[int, int] | None:
    """Give size and mtime of a file; None if it cannot be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class Rests:
    """The files that wait until they rest. None costs more than a look every ``rest_seconds``."""

    def __init__(self, rest_seconds: float, look: Look = look_at) -> None:
        self._rest_seconds = rest_seconds
        self._look = look
        self._waiting: dict[bytes, tuple[int, int, float]] = {}
        self._rested: dict[bytes, tuple[int, int] | None] = {}
        self._next_look: float | None = None

    @property
    def next_look(self) -> float | None:
        """When files are looked at next, on the monotonic clock; None: none waits."""
        return self._next_look

    def written(self, path: bytes, now: float) -> bool:
        """Wait for a file that was written; False if it is gone, or too many wait."""
        seen = self._look(path)
        return seen is not None and self.hold(UnfinishedFile(path, *seen), now)

    def hold(self, file: UnfinishedFile, now: float) -> bool:
        """Wait for a file; False if too many wait."""
        before = self._waiting.get(file.path)
        if before is None and len(self._waiting) >= MOST_FILES:
            return False
        if before is None or before[:2] != (file.size, file.mtime_ns):
            self._waiting[file.path] = (file.size, file.mtime_ns, now)
            self._rested.pop(file.path, None)
        if self._next_look is None:
            self._next_look = now + self._rest_seconds
        return True

    def moved_in(self, path: bytes) -> None:
        """Note that a file got its name by a move: whoever wrote it under another name has ended."""
        if len(self._rested) < MOST_FILES:
            self._rested[path] = None
            self._waiting.pop(path, None)

    def look(self, now: float) -> list[bytes]:
        """Look at all files that wait; return the folders of those that rest, or are gone."""
        folders = []
        for path, (size, mtime_ns, since) in list(self._waiting.items()):
            seen = self._look(path)
            if seen is not None and seen != (size, mtime_ns):
                self._waiting[path] = (*seen, now)
            elif seen is None or now - since >= self._rest_seconds:
                del self._waiting[path]
                if seen is not None:
                    self._rested[path] = seen
                folders.append(path[: path.rfind(b"/")] or b"/")
        self._next_look = now + self._rest_seconds if self._waiting else None
        return folders

    def rule(self, now_ns: int, young_seconds: float) -> RestRule:
        """Return the rule for a run that begins now, and forget what has rested: the run takes it.

        What was last changed within ``young_seconds`` may still be written.
        """
        rested, self._rested = self._rested, {}
        return RestRule(now_ns - round(young_seconds * 1e9), rested)
