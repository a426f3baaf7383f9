"""The files of a run that have not changed and are redone all the same, some at a time. Plain, no threads.

Every method raises what a query raises while the library is away (``LIBRARY_AWAY``); it can be called again then.
"""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from passagework.actors.messages.scanner import Scan
from passagework.actors.pipeline import FileInHand
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.files import FileStamp
from passagework.domain.known_content import KnownContent
from passagework.domain.parts import BY_NAME, Provenance, RedoneFrom, Refresh, RefreshRules, Wanted
from passagework.domain.progress import RefreshPlanned
from passagework.domain.redone import RedoneFile, StaleFile
from passagework.domain.views import Stale
from passagework.persistence.read.queries import KnownContents, StaleFiles, StaleParts
from passagework.persistence.rows.packed import unpacked_levels

FILES_AT_ONCE: Final = 16
"""To redo so many takes about as long as a slice of the walk."""

_QUICK: Final = frozenset({RedoneFrom.LIBRARY, RedoneFrom.TAGS})
"""What takes no decoding; no import is so busy that it must wait."""


@dataclass(frozen=True, slots=True)
class RefreshStep:
    """Some files: what was redone of them from the library alone, and those that have to be read again."""

    redone: tuple[RedoneFile, ...]
    analyze: list[FileInHand]


class RefreshCourse:
    """Finds the files below the roots that have stale parts, as far as this run is to redo them."""

    def __init__(self, scan: Scan, library: LibraryPort, rules: RefreshRules) -> None:
        self._scan = scan
        self._library = library
        self._rules = rules
        self._redone_from: frozenset[RedoneFrom] = frozenset()
        self._after = 0

    def plan(self, *, news: bool) -> RefreshPlanned | None:
        """Decide what is redone, and say it; None if nothing is. ``news``: the run has new or changed files.

        A run over some folders redoes nothing: it is to be small, and one over whole roots follows. Nor does one that
        analyses all files anyway: of those that are still in work the library does not know yet that they are fresh.
        """
        if self._scan.scope.parts is not None or self._scan.reanalyze:
            return None
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

    def next_step(self) -> RefreshStep | None:
        """Redo some files, or send them on; None: there are no others. What is not as it was stays as it is."""
        if self._rules.now is None or not self._redone_from:
            return None
        query = StaleFiles(self._rules.now, self._scan.roots, self._redone_from, self._after, FILES_AT_ONCE)
        found = self._library.query(query)
        if not found:
            return None
        self._after = found[-1].id
        return self._step(found, self._rules.now)

    def _stale(self, redone_from: frozenset[RedoneFrom]) -> Stale:
        if self._rules.now is None or not redone_from:
            return Stale()
        return self._library.query(StaleParts(self._rules.now, self._scan.roots, redone_from))

    def _step(self, found: tuple[StaleFile, ...], wanted: Wanted) -> RefreshStep:
        redone, analyze = [], []
        contents = self._contents([file.path for file in found if _needs_tags_alone(file)], wanted)
        for file in found:
            if (without := _without_the_file(file, wanted.at(file.path))) is not None:
                redone.append(without)
            elif (stamp := _unchanged(file)) is not None:
                analyze.append(
                    FileInHand(
                        run=self._scan.run,
                        path=file.path,
                        stamp=stamp,
                        known=contents.get(file.path),
                        given=file.given,
                    )
                )
        return RefreshStep(tuple(redone), analyze)

    def _contents(self, paths: list[bytes], wanted: Wanted) -> Mapping[bytes, KnownContent]:
        """Return what is known of files whose tags are to be read again, whatever their bytes are."""
        known = self._library.query(KnownContents(paths, ANALYSIS_VERSION, wanted)) if paths else {}
        return {path: replace(content, content_hash=b"") for path, content in known.items()}


def _needs_tags_alone(file: StaleFile) -> bool:
    return all(BY_NAME[one.part].redone_from is RedoneFrom.TAGS for one in file.stale)


def _without_the_file(file: StaleFile, now: Provenance) -> RedoneFile | None:
    """Redo a file from what the library holds of it; None: that takes the file."""
    if file.weighted is None:
        return None
    from passagework.domain.redo import redo  # noqa: PLC0415 - loads numpy, which an import without it does not need

    try:
        return redo(file, unpacked_levels(file.weighted, file.packing), now)
    except (ValueError, zlib.error):
        # The curves cannot be read: a decode makes them anew.
        return None


def _unchanged(file: StaleFile) -> FileStamp | None:
    """Return the stamp of a file that is as the library knows it."""
    # The disk may be away. What changed was planned already, or the next scan will find it.
    try:
        there = FileStamp.of(os.stat(file.path))
    except OSError:
        return None
    return there if file.stamp.same_content_as(there) else None
