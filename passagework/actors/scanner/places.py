"""Paths that may be places of one file: hard links, symbolic links, second names of a folder. Plain, no threads.

The places of a file come in any order: a link before its target, the smallest path last. So files that may have several
are kept until the walk ends, and then all are decided at once. A file is known by its best place: a real name before a
symbolic link, then the smallest path. If that is another one than before, the file moves.

Files are one if device and inode are, where these numbers are of use; otherwise links are that lead to one path.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from stat import S_ISLNK

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.moves import loss, suffix_of
from passagework.actors.scanner.numbers import FileNumbers
from passagework.domain.files import FileStamp
from passagework.domain.known_content import KnownContent
from passagework.domain.moves import FileMove, FilePlace
from passagework.domain.views import KnownPlace

Identity = tuple[int, int] | bytes
"""Device and inode, or the path that links lead to."""


@dataclass(frozen=True, slots=True)
class Name:
    """A path that the walk listed. ``is_wanted``: if it is a file of its own, it is to be analysed."""

    file: FileInHand
    is_link: bool
    is_wanted: bool


class PlaceClaims:
    """Collects the files of one walk that may have several places."""

    def __init__(self, numbers: FileNumbers) -> None:
        self._numbers = numbers
        self.groups: dict[Identity, dict[bytes, Name]] = {}

    def __bool__(self) -> bool:
        """Tell whether any file is kept."""
        return bool(self.groups)

    def has(self, stamp: FileStamp) -> bool:
        """Tell whether the file with this stamp is kept; where numbers are of no use, that is not known."""
        return (stamp.device, stamp.inode) in self.groups

    def keep(self, file: FileInHand, *, is_known_place: bool = False, is_wanted: bool = True) -> bool:
        """Keep a file if it is a link, or has several, or is another place of a file; tell whether it is kept."""
        try:
            status = os.lstat(file.path)
        except OSError:
            return False
        is_link = S_ISLNK(status.st_mode)
        is_made_up = self._numbers.is_made_up(file.stamp.device)
        if is_link or is_known_place or (status.st_nlink > 1 and not is_made_up):
            self._keep(file, is_link=is_link, is_wanted=is_wanted)
            return True
        return False

    def keep_if_elsewhere(self, file: FileInHand, alike: Iterable[KnownPlace]) -> bool:
        """Keep a file if it is one that the library has at another path, which is there, too; tell whether it is."""
        own = self._identity(file)
        is_elsewhere = any(
            path != file.path and self.identity_at(path) == own for one in alike for path in (one.path, *one.places)
        )
        if is_elsewhere:
            self._keep(file, is_link=False, is_wanted=True)
        return is_elsewhere

    def identity_at(self, path: bytes) -> Identity | None:
        """Return what the file at a path is known by; None if there is none."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        if self._numbers.is_made_up(status.st_dev):
            return os.path.realpath(path)
        return status.st_dev, status.st_ino

    def _keep(self, file: FileInHand, *, is_link: bool, is_wanted: bool) -> None:
        self.groups.setdefault(self._identity(file), {})[file.path] = Name(file, is_link, is_wanted)

    def _identity(self, file: FileInHand) -> Identity:
        stamp = file.stamp
        return os.path.realpath(file.path) if self._numbers.is_made_up(stamp.device) else (stamp.device, stamp.inode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What decides where a file is, beside what the walk listed.

    ``at`` are the files of the library by path and other places, ``like`` gives those with a size and mtime, both for
    the paths in question. ``targets`` are the paths under which the walk listed what links alone lead to.
    ``unlisted`` are paths that the walk should have listed, and did not. ``counts`` tells whether a path of the library
    that the walk did not list counts as a place; ``is_alias`` whether it is in a folder that the walk listed under
    another path; ``is_held`` whether it is behind a guard. ``is_found`` tells whether the walk listed a file of the
    library at a path that was none of its own.
    """

    at: Mapping[bytes, KnownPlace]
    like: Callable[[FileStamp], Iterable[KnownPlace]]
    targets: Mapping[Identity, bytes]
    unlisted: Collection[bytes]
    counts: Callable[[bytes, KnownPlace], bool]
    is_alias: Callable[[bytes], bool]
    is_held: Callable[[bytes], bool]
    is_found: Callable[[KnownPlace], bool]
    reanalyze: bool = False


@dataclass(slots=True)
class Places:
    """What is decided. ``alone`` are files that have one place now, or whose best place is theirs.

    ``analyze`` are files that move to where they are analysed. ``settled`` are the paths of files of the library about
    which all is decided, ``taken`` all paths that belong to a group. ``displaced`` are files of the library at
    whose path another one is, and that the walk has found elsewhere.
    """

    moves: list[FileMove] = field(default_factory=list)
    places: list[FilePlace] = field(default_factory=list)
    alone: list[FileInHand] = field(default_factory=list)
    analyze: list[FileInHand] = field(default_factory=list)
    settled: set[bytes] = field(default_factory=set)
    taken: set[bytes] = field(default_factory=set)
    displaced: dict[bytes, KnownPlace] = field(default_factory=dict)


def decide_groups(claims: PlaceClaims, identities: Iterable[Identity], ground: Ground, found: Places) -> None:
    """Decide which of the paths that were kept are places of one file, and which is its path."""
    for identity in identities:
        _Group(claims, ground, identity, claims.groups[identity]).decide(found)


def decide_unlisted(claims: PlaceClaims, rows: Iterable[KnownPlace], ground: Ground, found: Places) -> None:
    """Decide about files with several places that are gone from some of them, once all groups are decided."""
    for row in rows:
        if row.path in ground.unlisted and row.path not in found.settled:
            _leave(row, claims, ground, found)
        for path in row.places:
            if path not in ground.unlisted or path in found.taken or ground.is_alias(path):
                continue
            # A link leads nowhere while the disk of its file is away, or of that place of it to which it leads.
            leads_through = tuple(_leads_through(path))
            if not (leads_through and any(map(ground.is_held, (row.path, *leads_through)))):
                found.places.append(FilePlace(path, None, row.stamp))


def _leads_through(link: bytes) -> Iterator[bytes]:
    """Yield the paths to which a link leads, one after the other, whether anything is at the last of them or not."""
    passed: set[bytes] = set()
    while os.path.islink(link) and link not in passed:
        passed.add(link)
        link = os.path.normpath(os.path.join(os.path.dirname(link), os.readlink(link)))
        yield link


def _leave(row: KnownPlace, claims: PlaceClaims, ground: Ground, found: Places) -> None:
    """Move a file that is not at its path to the best of its other places that are left."""
    left = [
        path
        for path in row.places
        if path not in ground.unlisted
        and path not in found.taken
        and (ground.is_held(path) or _is_at(row, claims, path))
    ]
    if not left:
        return
    best = min(left, key=lambda path: (os.path.islink(path), path))
    found.moves.append(FileMove(guid=row.guid, source=row.path, target=best, stamp=row.stamp))
    found.settled.add(row.path)
    found.taken.add(best)
    if ground.is_alias(row.path) and claims.identity_at(row.path) == claims.identity_at(best):
        found.places.append(FilePlace(row.path, best, row.stamp))


def _is_at(row: KnownPlace, claims: PlaceClaims, path: bytes) -> bool:
    """Tell whether a file is at a place of it, unchanged or changed."""
    if _is_number_at(row, claims, path):
        return True
    try:
        return row.stamp.same_content_as(FileStamp.of(os.stat(path)))
    except OSError:
        return False


def _is_number_at(row: KnownPlace, claims: PlaceClaims, path: bytes) -> bool:
    identity = claims.identity_at(path)
    return isinstance(identity, tuple) and identity[1] == row.stamp.inode


class _Group:
    """The paths of one file."""

    def __init__(self, claims: PlaceClaims, ground: Ground, identity: Identity, names: Mapping[bytes, Name]) -> None:
        self._claims, self._ground, self._identity, self._names = claims, ground, identity, names
        self._stamp = next(iter(names.values())).file.stamp
        self._target = ground.targets.get(identity)
        self._rows = self._find_rows()
        self._paths = {path: name.is_link for path, name in names.items()}
        self._paths.update(self._other_paths())
        self.best = min(self._paths, key=lambda path: (self._paths[path], path))

    def decide(self, found: Places) -> None:
        """Decide about them."""
        others = set(self._paths) - {self.best}
        found.taken.update(others, (self.best,))
        # What the links lead to is listed, so all else about it is decided where it is.
        is_led_to = self._target is not None
        free = [row for row in self._rows if row.path not in found.settled and self._is_it(row)]
        owner = None if is_led_to else min(free, key=self._rank, default=None)
        for row in self._rows:
            if row is owner or row.path not in others:
                continue
            if not self._has_number(row) and self._ground.is_found(row):
                found.displaced[row.path] = row
            else:
                found.moves.append(loss(row))
                found.settled.add(row.path)
        known: Sequence[bytes] = ()
        path = self.best
        if owner is not None:
            known = owner.places
            found.settled.add(owner.path)
            if owner.path not in self._paths and self._ground.is_alias(owner.path) and self._is_there(owner.path):
                others.add(owner.path)
            self._decide_owned(owner, found)
        elif is_led_to:
            there = self._ground.at.get(self.best)
            if there is not None and self._is_same(there):
                # Links may lead to any of several places of a file.
                known, path = there.places, there.path
        else:
            found.alone.append(self._names[self.best].file)
            if self.best in self._ground.at and self._ground.at[self.best].path != self.best:
                found.places.append(FilePlace(self.best, None, self._stamp))
        found.places += (FilePlace(other, path, self._stamp) for other in sorted(others) if other not in known)

    def _decide_owned(self, owner: KnownPlace, found: Places) -> None:
        best, paths = self.best, {owner.path, *owner.places}
        wanted = [
            name.file
            for path, name in sorted(self._names.items())
            if name.is_wanted and (path in paths or not owner.stamp.same_content_as(self._stamp))
        ]
        if owner.path == best:
            if wanted:
                found.alone.append(self._names[best].file if best in self._names else replace(wanted[0], path=best))
            return
        # Warnings may be others under another suffix.
        is_renamed = suffix_of(owner.path) != suffix_of(best)
        if is_renamed and not wanted:
            wanted = [min(self._names.values(), key=lambda name: name.file.path).file]
        stamp = owner.stamp if wanted else self._stamp
        found.moves.append(FileMove(guid=owner.guid, source=owner.path, target=best, stamp=stamp))
        if wanted:
            found.analyze.append(replace(wanted[0], path=best, known=self._content(owner, renamed=is_renamed)))

    def _content(self, owner: KnownPlace, *, renamed: bool) -> KnownContent | None:
        if owner.content is None or self._ground.reanalyze or any(name.file.suspect for name in self._names.values()):
            return None
        content = replace(owner.content, path=self.best)
        return replace(content, content_hash=b"") if renamed else content

    def _find_rows(self) -> list[KnownPlace]:
        """Return the files of the library that these paths may be, by path."""
        at = self._ground.at
        rows = {at[path].path: at[path] for path in self._names if path in at}
        if self._target is not None and self._target in at:
            rows[at[self._target].path] = at[self._target]
        alike = self._ground.like(self._stamp)
        rows.update((row.path, row) for row in alike if any(map(self._is_there, (row.path, *row.places))))
        return [rows[path] for path in sorted(rows)]

    def _other_paths(self) -> Iterator[tuple[bytes, bool]]:
        """Yield the paths that the walk lists, or listed before, and whether they are links."""
        if self._target is not None:
            yield self._target, False
            return
        for row in self._rows:
            for path in (row.path, *row.places):
                is_new = path not in self._names and path not in self._ground.unlisted
                if is_new and self._is_there(path) and self._ground.counts(path, row):
                    yield path, os.path.islink(path)

    def _is_it(self, row: KnownPlace) -> bool:
        """Tell whether a file of the library is this one: it is there, or was when it was last looked at."""
        if row.path in self._names:
            # Another file may be there now, while the one that was is at another place of it, or has moved.
            is_elsewhere = not self._has_number(row) and (
                any(_is_number_at(row, self._claims, path) for path in row.places) or self._ground.is_found(row)
            )
            return not is_elsewhere and (self._is_same(row) or row.path == self.best)
        return self._is_there(row.path) or self._is_same(row)

    def _is_same(self, row: KnownPlace) -> bool:
        return self._has_number(row) or row.stamp.same_content_as(self._stamp)

    def _has_number(self, row: KnownPlace) -> bool:
        return isinstance(self._identity, tuple) and row.stamp.inode == self._identity[1]

    def _rank(self, row: KnownPlace) -> tuple[bool, bool, bool, bool, bytes]:
        # What is at a path now goes before what was there, though it may have the same size and mtime.
        is_other = not self._has_number(row)
        return is_other, not self._is_same(row), row.path != self.best, row.path not in self._paths, row.path

    def _is_there(self, path: bytes) -> bool:
        return self._claims.identity_at(path) == self._identity
