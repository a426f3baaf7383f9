"""The files of a run that have not changed and are redone all the same, some at a time. Plain, no threads.

Every method raises what a query raises while the library is away (``LIBRARY_AWAY``); it can be called again then.
"""

import os
from collections.abc import Iterator
from typing import Final, assert_never

from passagework.actors.messages.scanner import Scan
from passagework.actors.pipeline import FileInHand
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.files import FileStamp
from passagework.domain.parts import RedoneFrom, Refresh, RefreshRules
from passagework.domain.progress import RefreshPlanned
from passagework.domain.views import Stale, StaleFile
from passagework.persistence.read.queries import StaleFiles, StaleParts

FILES_AT_ONCE: Final = 200

_QUICK: Final = frozenset({RedoneFrom.LIBRARY, RedoneFrom.TAGS})
"""What takes no decoding; no import is so busy that it must wait."""


class RefreshCourse:
    """Finds the files below the roots that have stale parts, as far as this run is to redo them."""

    def __init__(self, scan: Scan, library: LibraryPort, rules: RefreshRules) -> None:
        self._scan = scan
        self._library = library
        self._rules = rules
        self._redone_from: frozenset[RedoneFrom] = frozenset()
        self._after = 0

    def plan(self, *, news: bool) -> RefreshPlanned | None:
        """Decide what is redone, and say it; None if nothing is. ``news``: the run has new or changed files."""
        match self._rules.when:
            case Refresh.NOW:
                self._redone_from = frozenset(RedoneFrom)
            case Refresh.IDLE:
                self._redone_from = _QUICK if news else frozenset(RedoneFrom)
            case Refresh.NEVER:
                return None
            case _:
                assert_never(self._rules.when)
        redone = self._stale(self._redone_from)
        if not redone:
            self._redone_from = frozenset()
            return None
        put_off = self._stale(frozenset(RedoneFrom) - self._redone_from)
        idle = self._rules.when is Refresh.IDLE and self._redone_from != _QUICK
        return RefreshPlanned(self._scan.run, redone, put_off, one_at_a_time=idle)

    def next_files(self) -> list[FileInHand] | None:
        """Return some of the files; None: there are no others. Those that are not as they were stay as they are."""
        if self._rules.now is None or not self._redone_from:
            return None
        query = StaleFiles(self._rules.now, self._scan.roots, self._redone_from, self._after, FILES_AT_ONCE)
        found = self._library.query(query)
        if not found:
            return None
        self._after = found[-1].id
        return list(self._in_hand(found))

    def _stale(self, redone_from: frozenset[RedoneFrom]) -> Stale:
        if self._rules.now is None or not redone_from:
            return Stale()
        return self._library.query(StaleParts(self._rules.now, self._scan.roots, redone_from))

    def _in_hand(self, files: tuple[StaleFile, ...]) -> Iterator[FileInHand]:
        for file in files:
            # The disk may be away, and what changed was planned already, or will be by the next scan.
            try:
                there = FileStamp.of(os.stat(file.path))
            except OSError:
                continue
            if file.stamp.same_content_as(there):
                yield FileInHand(run=self._scan.run, path=file.path, stamp=there)
