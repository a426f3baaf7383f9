"""Files that appeared, and may be files of the library that were elsewhere. Plain, no threads.

Two files may have swapped their names, and folders are seen in any order. So files that may have been moved are kept
until the walk ends, and then all are decided at once; what is decided depends on no order.

There are two kinds of evidence:

- Device, inode, size and mtime are those of a file that is no longer where the library has it. That is a move, and
  nothing is read. Where times have whole seconds only, or the name has another suffix, the file is read to be sure.
- Size and mtime alone are those of one file that is gone: it was moved to another file system, or its numbers are of no
  use. The content decides. If several files could be meant, none is: then they are new.
"""

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.numbers import FileNumbers
from passagework.domain.files import FileStamp, storable_time
from passagework.domain.known_content import KnownContent
from passagework.domain.moves import FileMove, FilePlace, path_of_lost
from passagework.domain.views import KnownPlace

_SECOND_NS: Final = 1_000_000_000

_Identity = tuple[int, int, int, int]
_Pair = tuple[FileInHand, KnownPlace]


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions at the end of a walk.

    ``analyze`` are files to be read: some with the content of a file that they may be, whose path is in ``undecided``.
    """

    moves: tuple[FileMove, ...] = ()
    analyze: tuple[FileInHand, ...] = ()
    places: tuple[FilePlace, ...] = ()
    undecided: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class _Claims:
    """Files of the library that are gone from their places, by path, and the files that may be one of them."""

    places: dict[bytes, KnownPlace] = field(default_factory=dict)
    files: dict[bytes, FileInHand] = field(default_factory=dict)


class MoveClaims:
    """Collects the files of one walk that may have been moved. To keep one twice changes nothing."""

    def __init__(self, numbers: FileNumbers) -> None:
        self._numbers = numbers
        self._by_inode: dict[_Identity, _Claims] = {}
        self._by_content: dict[bytes, _Claims] = {}
        self._replaced: dict[bytes, FileInHand] = {}

    def __bool__(self) -> bool:
        """Tell whether any file is kept."""
        return bool(self._by_inode or self._by_content or self._replaced)

    def has(self, stamp: FileStamp) -> bool:
        """Tell whether a file with this stamp is kept, which was elsewhere before."""
        return _identity(stamp) in self._by_inode

    def keep_replaced(self, file: FileInHand, known_inode: int) -> bool:
        """Keep a file if another one is known at its path, which may turn up elsewhere; tell whether it is kept."""
        is_other = file.stamp.inode != known_inode and not self._numbers.is_made_up(file.stamp.device)
        if is_other:
            self._replaced[file.path] = file
        return is_other

    def keep(self, file: FileInHand, alike: Sequence[KnownPlace]) -> bool:
        """Keep a file if it may be one of ``alike``, which have its size and about its mtime; tell whether it may."""
        looks = [(place, _look(place)) for place in alike if place.path != file.path]
        elsewhere = [(place, now) for place, now in looks if not isinstance(now, OSError)]
        stamp = file.stamp
        if not self._numbers.is_made_up(stamp.device):
            same = [
                place
                for place, now in elsewhere
                if _identity(place.stamp) == _identity(stamp) and (now is None or not _has_inode(now, stamp))
            ]
            if same:
                claims = self._by_inode.setdefault(_identity(stamp), _Claims())
                claims.places.update((place.path, place) for place in same)
                claims.files[file.path] = file
                return True
        # A file that has the size and the mtime of what is known at its path is no copy that is gone from elsewhere.
        is_itself = any(place.path == file.path for place in alike)
        gone = [
            place
            for place, now in elsewhere
            if not is_itself
            and place.content is not None
            and (_is_surely_gone(place, self._numbers) if now is None else self._is_replaced(place, now))
        ]
        if len(gone) == 1:
            claims = self._by_content.setdefault(gone[0].path, _Claims())
            claims.places[gone[0].path] = gone[0]
            claims.files[file.path] = file
            return True
        return False

    def _is_replaced(self, place: KnownPlace, now: os.stat_result) -> bool:
        # A file that was written again is still the same.
        is_other = now.st_ino != place.stamp.inode and not self._numbers.is_made_up(now.st_dev)
        return is_other and not _has_stamp(now, place.stamp)

    def decide(
        self,
        is_due: Callable[[KnownPlace], bool],
        elsewhere: Container[bytes],
        also: Iterable[FileMove],
        displaced: Mapping[bytes, KnownPlace],
    ) -> Decided:
        """Decide about all files that were kept.

        ``is_due`` tells whether a file is analysed in any case, where it is now. ``elsewhere`` are paths of files of
        the library that are known to be at other places, ``also`` moves that are decided already. ``displaced`` are
        files at whose path another one has a place.
        """
        pairs, new = self._pairs(elsewhere)
        to_read = [pair for pair in pairs if not _is_sure(*pair)]
        # A file leaves its place at once if another one is there: so the result of that one cannot be stored with it.
        there = {file.path for file in (*self._replaced.values(), *new, *(file for file, _ in pairs))}
        there.update(displaced)
        moves = [_move(file, place) for file, place in pairs if _is_sure(file, place)]
        moves += (loss(place) for _, place in to_read if place.path in there)
        moves += also
        free = {move.source for move in moves}
        moves += (loss(place) for path, place in displaced.items() if path not in free)
        free.update(displaced)
        due = (file for file, place in pairs if _is_sure(file, place) and is_due(place))
        readers = (replace(file, known=_content_of(place, file.path, free)) for file, place in to_read)
        others = (replace(file, known=None) if file.path in free else file for file in (*self._replaced.values(), *new))
        return Decided(
            moves=tuple(sorted(moves, key=lambda move: move.target)),
            analyze=tuple(sorted((*readers, *due, *others), key=lambda file: file.path)),
            undecided=frozenset(place.path for _, place in to_read),
        )

    def _pairs(self, elsewhere: Container[bytes]) -> tuple[list[_Pair], list[FileInHand]]:
        """Pair files with what they are or may be; return what is left of the files, which are new."""
        pairs: list[_Pair] = []
        new: list[FileInHand] = []
        for claims in self._by_inode.values():
            paired, rest = _paired(claims, elsewhere)
            pairs += paired
            new += rest
        taken = {place.path for _, place in pairs}
        for source, claims in self._by_content.items():
            if source in taken or source in elsewhere or len(claims.files) > 1:
                new += claims.files.values()
            else:
                pairs += ((file, claims.places[source]) for file in claims.files.values())
        return pairs, new


def _paired(claims: _Claims, elsewhere: Container[bytes]) -> tuple[list[_Pair], list[FileInHand]]:
    """Pair files with places of one inode, those of one name first; return what is left of the files.

    A place where an import found the file, and could not read it, is none beside those of which more is known.
    """
    files = {file.path: file for file in sorted(claims.files.values(), key=lambda file: file.path)}
    places = {path: place for path, place in sorted(claims.places.items()) if path not in elsewhere}
    places = {path: place for path, place in places.items() if place.analysis_version is not None} or places
    pairs: list[_Pair] = []
    for path in tuple(files):
        name = os.path.basename(path)
        if (source := next((one for one in places if os.path.basename(one) == name), None)) is not None:
            pairs.append((files.pop(path), places.pop(source)))
    rest = list(zip(files, places, strict=False))
    pairs += ((files.pop(path), places[source]) for path, source in rest)
    return pairs, list(files.values())


def loss(place: KnownPlace) -> FileMove:
    """Return what becomes of a file whose path another one has."""
    target = path_of_lost(place.path, place.guid)
    return FileMove(guid=place.guid, source=place.path, target=target, stamp=place.stamp, lost=True)


def _content_of(place: KnownPlace, path: bytes, free: Container[bytes]) -> KnownContent | None:
    """Return the content to compare a file with; with another suffix, whose warnings may be others, its audio alone."""
    if (content := place.content) is None:
        return None
    if suffix_of(path) != suffix_of(place.path):
        content = replace(content, content_hash=b"")
    return replace(content, path=path_of_lost(place.path, place.guid)) if place.path in free else content


def _is_sure(file: FileInHand, place: KnownPlace) -> bool:
    """Tell whether nothing need be read. What failed is read again if it is not sure, as any new file."""
    is_same_inode = _identity(file.stamp) == _identity(place.stamp)
    is_coarse = file.stamp.mtime_ns % _SECOND_NS == 0
    return is_same_inode and not is_coarse and suffix_of(file.path) == suffix_of(place.path)


def _move(file: FileInHand, place: KnownPlace) -> FileMove:
    return FileMove(guid=place.guid, source=place.path, target=file.path, stamp=file.stamp)


def _identity(stamp: FileStamp) -> _Identity:
    return stamp.device, stamp.inode, stamp.size, stamp.mtime_ns


def suffix_of(path: bytes) -> bytes:
    """Return the suffix of a name in lower case, also of one that was lost (``path_of_lost``)."""
    return os.path.splitext(path.partition(b"//")[0])[1].lower()


def _look(place: KnownPlace) -> os.stat_result | OSError | None:
    """Look at what is where the library has a file: None if nothing is, an error if that cannot be told."""
    try:
        return os.stat(place.path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return error


def _has_inode(now: os.stat_result, stamp: FileStamp) -> bool:
    return (now.st_dev, now.st_ino) == (stamp.device, stamp.inode)


def _has_stamp(now: os.stat_result, stamp: FileStamp) -> bool:
    # A nanosecond: see FileStamp.to_store.
    return now.st_size == stamp.size and storable_time(now.st_mtime_ns) - stamp.mtime_ns in {0, 1}


def _is_surely_gone(place: KnownPlace, numbers: FileNumbers) -> bool:
    """Tell whether a file is gone from a file system that is there, and not with a disk that is not mounted now.

    The nearest folder that is left must be on the device that had the file. Where devices have other numbers each time,
    the folder of the file must be there, and must not be empty.
    """
    above = os.path.dirname(os.path.realpath(place.path))
    while True:
        try:
            device = os.stat(above).st_dev
        except (FileNotFoundError, NotADirectoryError):
            above = os.path.dirname(above)
        except OSError:
            return False
        else:
            break
    if device == place.stamp.device:
        return True
    is_its_folder = above == os.path.dirname(os.path.realpath(place.path))
    return is_its_folder and numbers.is_made_up(device) and _holds_something(above)


def _holds_something(folder: bytes) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
