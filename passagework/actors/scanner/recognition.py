"""What the library knows of files that were found, and of those that they may be. Plain, no threads."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.moves import MoveClaims
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.files import FileStamp
from passagework.domain.known_content import KnownContent
from passagework.domain.parts import Refresh, RefreshRules, Wanted
from passagework.domain.views import KnownPlace
from passagework.persistence.read.queries import FilesAt, FilesLike, GivenAbout, KnownContents

MOST_ALIKE = 100
"""Files of the library with the size and the mtime of one file, that are all compared with it."""


class Recognition:
    """Asks the library about files. Every method raises what a query raises while the library is away."""

    def __init__(self, library: LibraryPort, refresh: RefreshRules) -> None:
        self._library = library
        self._refresh = (refresh.now, refresh.when is Refresh.NOW)
        # What moves is the same file, also where other rules hold: what is stale of it there is redone afterwards.
        self._moved = None if refresh.now is None else Wanted(refresh.now.now)

    def contents(self, paths: Sequence[bytes]) -> Mapping[bytes, KnownContent]:
        """Return what is known of the content of files, by path."""
        return self._library.query(KnownContents(paths, ANALYSIS_VERSION, *self._refresh)) if paths else {}

    def given(self, files: Sequence[FileInHand], known_paths: Container[bytes]) -> list[FileInHand]:
        """Return the files with what the library gives about them; only those that it knows can have any."""
        paths = [file.path for file in files if file.path in known_paths]
        given = self._library.query(GivenAbout(paths)) if paths else {}
        if not given:
            return list(files)
        return [replace(file, given=given[file.path]) if file.path in given else file for file in files]

    def given_before(self, files: Sequence[FileInHand], sources: Mapping[bytes, bytes]) -> tuple[FileInHand, ...]:
        """Return the files with what the library gives about them; it knows those that move by their sources."""
        moved = [sources[file.path] for file in files if file.path in sources]
        given = self._library.query(GivenAbout(moved)) if moved else {}
        return tuple(
            file if (own := given.get(sources.get(file.path, b""))) is None else replace(file, given=own)
            for file in files
        )

    def at(self, paths: Sequence[bytes], *, several: bool = False) -> Sequence[KnownPlace]:
        """Return the files that have these paths or places; ``several``: those with other places alone."""
        query = FilesAt(paths, ANALYSIS_VERSION, self._moved, several)
        return self._library.query(query) if paths else ()

    def alike(self, files: Iterable[FileInHand]) -> "Alike":
        """Return the files of the library with the size and about the mtime of one of these."""
        stamped = [stamp for file in files for stamp in _about(file.stamp)]
        return Alike(self._library.query(FilesLike(stamped, ANALYSIS_VERSION, self._moved)) if stamped else ())


class Alike:
    """Files of the library by size and mtime.

    Thousands may have the same, and each of them is looked at on the disk for each file that has it, too. So of many
    only those count whose inode the file has; what else it may be, its audio tells.
    """

    def __init__(self, places: Iterable[KnownPlace]) -> None:
        self._by_stamp: dict[tuple[int, int], list[KnownPlace]] = {}
        self._by_inode: dict[tuple[int, int, int], list[KnownPlace]] = {}
        for place in places:
            stamp = place.stamp
            self._by_stamp.setdefault((stamp.size, stamp.mtime_ns), []).append(place)
            self._by_inode.setdefault((stamp.size, stamp.mtime_ns, stamp.inode), []).append(place)

    def of(self, stamp: FileStamp) -> list[KnownPlace]:
        """Return those that have the size and about the mtime of a file, by path."""
        about = _about(stamp)
        if sum(len(self._by_stamp.get(one, ())) for one in about) > MOST_ALIKE:
            found = (place for one in about for place in self._by_inode.get((*one, stamp.inode), ()))
        else:
            found = (place for one in about for place in self._by_stamp.get(one, ()))
        return sorted(found, key=lambda place: place.path)


def recognised(
    file: FileInHand,
    alike: Sequence[KnownPlace],
    content: KnownContent | None,
    inode: int | None,
    claims: MoveClaims,
) -> Sequence[FileInHand]:
    """Return the file if it is to be analysed now; ``content`` and ``inode`` are what is known at its path."""
    if file.suspect:
        return (file,)
    if alike and claims.keep(file, alike):
        return ()
    found = file if content is None else replace(file, known=content)
    return () if inode is not None and claims.keep_replaced(found, inode) else (found,)


def _about(stamp: FileStamp) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return size and mtime as the library may have them: see FileStamp.to_store."""
    return (stamp.size, stamp.mtime_ns), (stamp.size, stamp.mtime_ns - 1)
