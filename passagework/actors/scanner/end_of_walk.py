"""Decides at the end of a walk which files were moved, and which have several places. Plain, no threads.

Which paths are places of one file comes first (places.py): what was moved is decided among the rest (moves.py).
"""

import itertools
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.absent import Judged, Look, is_below
from passagework.actors.scanner.course import FILES_AT_ONCE, Course
from passagework.actors.scanner.moves import Decided, MoveClaims, suffix_of
from passagework.actors.scanner.places import (
    Ground,
    Identity,
    Name,
    PlaceClaims,
    Places,
    decide_groups,
    decide_unlisted,
)
from passagework.actors.scanner.plan import PlanRules, may_be_audio, wants_analysis
from passagework.actors.scanner.recognition import Recognition, recognised
from passagework.actors.scanner.walk import takes
from passagework.domain.views import KnownPlace


class EndOfWalk:
    """``claims`` and ``places`` are what the course kept; ``look`` gives a fresh look at what is not there."""

    def __init__(
        self,
        course: Course,
        kept: tuple[MoveClaims, PlaceClaims],
        known: Recognition,
        rules: PlanRules,
        look: Callable[[], Look],
    ) -> None:
        self._course = course
        self._claims, self._places = kept
        self._known = known
        self._rules = rules
        self._look = look

    def decide(self, unlisted: Collection[bytes]) -> Decided:
        """Decide about all that was kept. ``unlisted`` are paths of the library that are gone or left out."""
        claims, places = self._claims, self._places
        found = Places()
        alone: list[FileInHand] = []
        identities = iter(sorted(places.groups, key=lambda identity: min(places.groups[identity])))
        while some := tuple(itertools.islice(identities, FILES_AT_ONCE)):
            ground = self._ground(some, unlisted)
            decide_groups(places, some, ground, found)
            alone += self._alone(found, ground)
        ground = self._ground((), unlisted)
        absent = sorted(unlisted)
        for first in range(0, len(absent), FILES_AT_ONCE):
            rows = self._known.at(absent[first : first + FILES_AT_ONCE], several=True)
            decide_unlisted(places, rows, ground, found)
        displaced = {path: row for path, row in found.displaced.items() if path not in found.settled}
        decided = claims.decide(lambda place: wants_analysis(place, self._rules), found.settled, found.moves, displaced)
        analyze = sorted((*decided.analyze, *alone, *found.analyze), key=lambda file: file.path)
        stored = {place.path: place for place in found.places}
        sources = {move.target: move.source for move in decided.moves}
        return replace(decided, analyze=self._known.given_before(analyze, sources), places=tuple(stored.values()))

    def _alone(self, found: Places, ground: Ground) -> Iterator[FileInHand]:
        """Yield the files of decided groups that are to be analysed now; keep those that may have been moved."""
        files, found.alone = found.alone, []
        if self._rules.reanalyze:
            yield from files
            return
        left = {move.source for move in found.moves}
        for file in files:
            alike = [row for row in ground.like(file.stamp) if row.path not in found.settled - {file.path}]
            row = ground.at.get(file.path)
            if row is None or row.path != file.path or row.path in left or row.path not in found.settled:
                yield from recognised(file, alike, None, None, self._claims)
            else:
                yield from recognised(file, alike, row.content, row.stamp.inode, self._claims)

    def _ground(self, identities: Sequence[Identity], unlisted: Collection[bytes]) -> Ground:
        """Ask for what the library knows of these files."""
        course, claims, places = self._course, self._claims, self._places
        groups = {identity: places.groups[identity] for identity in identities}
        targets = dict(self._targets(groups))
        rows = self._known.at(sorted({*targets.values(), *(path for names in groups.values() for path in names)}))
        alike = self._known.alike(name.file for names in groups.values() for name in names.values())
        look = self._look()
        return Ground(
            at={path: row for row in rows for path in row.places} | {row.path: row for row in rows},
            like=alike.of,
            targets=targets,
            unlisted=unlisted,
            counts=self._counts,
            is_alias=lambda path: course.name_of(path) not in {None, path},
            is_held=lambda path: look.of_files([path]) == Judged(),
            is_found=lambda row: places.has(row.stamp) or claims.has(row.stamp),
            reanalyze=self._rules.reanalyze,
        )

    def _targets(self, groups: Mapping[Identity, Mapping[bytes, Name]]) -> Iterator[tuple[Identity, bytes]]:
        """Yield under which path the walk has listed what links lead to."""
        for identity, names in groups.items():
            if all(name.is_link for name in names.values()):
                path = self._course.name_of(os.path.realpath(next(iter(names))))
                if path is not None and self._is_listed(path):
                    yield identity, path

    def _is_listed(self, path: bytes) -> bool:
        root = next((root for root in self._course.roots if is_below(path, (root,))), None)
        if root is None or not takes(path, root, self._course.rules) or not may_be_audio(path, self._rules.extensions):
            return False
        return suffix_of(path) in self._rules.extensions.audio or self._rules.is_audio(path)

    def _counts(self, path: bytes, row: KnownPlace) -> bool:
        """Return whether a path of the library that this scan did not list is one of its file yet."""
        root = next((root for root in self._course.roots if is_below(path, (root,))), None)
        if root is None:
            return row.present
        return takes(path, root, self._course.rules) and self._course.name_of(path) in {None, path}
