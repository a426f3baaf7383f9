"""Find what is alike: the nearest passages, without those that nobody wants to hear next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from passagework.api.similar.vector_file import default_vector_folder, read_vectors, write_vectors
from passagework.api.similar.vectors import VectorMaker, Vectors
from passagework.domain.flavor.agreement import agreement
from passagework.domain.flavor.centroid import centroid
from passagework.domain.flavor.similar import (
    LibraryStamp,
    NotComparableError,
    Once,
    Piece,
    Similar,
    Wanted,
)
from passagework.domain.ids import Guid
from passagework.domain.search_words import folded_name, search_words
from passagework.domain.views import Named
from passagework.persistence.read.queries import Pieces, Query, StoredVectors, VectorStamp
from passagework.persistence.read.reader import LibraryReader

R = TypeVar("R")

_FIRST: Final = 32
"""So many of the nearest are looked at first, and then always four times as many."""

_MOST_AT_ONCE: Final = 500


class _Asks(Protocol):
    def query(self, query: Query[R]) -> R:
        """Run a query."""


class SimilarSearch:
    """Searches one library; keeps its vectors mapped as long as they are those of the library. Thread-safe."""

    def __init__(self, source: _Asks, folder: Path | None = None) -> None:
        self._source = source
        self._folder = folder
        self._lock = Lock()
        self._kept: tuple[str, Vectors] | None = None

    def similar(self, seeds: Sequence[Guid], wanted: Wanted, played: Sequence[Guid]) -> tuple[Similar, ...]:
        """Find the passages that are most like these, the most alike first.

        Raises NotComparableError for a seed without vectors.
        """
        stamp = self._source.query(VectorStamp())
        with self._lock:
            vectors = self._vectors(stamp)
        of_seeds = self._source.query(Pieces(guids=seeds))
        far = _farness(vectors, of_seeds)
        by_nets = all(vectors.heard_by_nets[row] for row in _rows(vectors, of_seeds))
        groups = centroid((seed.groups, seed.seconds or 0.0) for seed in of_seeds)
        rules = _Rules(wanted)
        for seed in of_seeds:
            rules.note(seed)
        for piece in self._source.query(Pieces(guids=played)) if played else ():
            rules.note_piece(piece)
        found: list[Similar] = []
        rows = dict[int, int]()
        for some in _nearest(vectors, far):
            rows.update(zip(vectors.passages[some].tolist(), some.tolist(), strict=True))
            for piece in self._source.query(Pieces(rows=vectors.passages[some].tolist())):
                if len(found) < wanted.count and rules.permit(piece):
                    rules.note(piece)
                    row = rows[piece.row]
                    found.append(
                        Similar(
                            passage=piece.view,
                            proximity=float(1 - far[row]),
                            by_nets=by_nets and bool(vectors.heard_by_nets[row]),
                            agreement=agreement(groups, piece.groups, vectors.usual),
                        )
                    )
            if len(found) == wanted.count:
                break
        return tuple(found)

    def _vectors(self, stamp: LibraryStamp) -> Vectors:
        """Return the vectors of the library: those in memory, those of the file, or new ones."""
        if self._kept is not None and self._kept[0] == stamp.key:
            return self._kept[1]
        folder = self._folder or default_vector_folder()
        vectors = read_vectors(folder, stamp)
        if vectors is None:
            stamp, vectors = _made_beside(stamp.path)
            try:
                write_vectors(folder, stamp, vectors)
            except OSError:
                # Without a file the next process computes them again.
                pass
            else:
                vectors = read_vectors(folder, stamp) or vectors
        self._kept = stamp.key, vectors
        return vectors


def _made_beside(library: Path) -> tuple[LibraryStamp, Vectors]:
    """Make the vectors from a connection of their own, so that nobody who writes waits for it."""
    maker = VectorMaker()
    reader = LibraryReader(library)
    try:
        stamp = reader.query(StoredVectors(maker.take))
        sample = reader.query(Pieces(rows=maker.sample()))
    finally:
        reader.close()
    return stamp, maker.made([piece.groups for piece in sample])


def _rows(vectors: Vectors, seeds: Sequence[Piece]) -> Iterator[int]:
    for seed in seeds:
        row = vectors.row_of(seed.row)
        if row is None:
            raise NotComparableError(
                f"nothing was heard of the passage {seed.view.guid} that could be compared: it is too short or too"
                " quiet, flavor.level was off when it was imported, or another version heard it; the next import of its"
                " folder makes up for the last two"
            )
        yield row


def _farness(vectors: Vectors, seeds: Sequence[Piece]) -> NDArray[np.float64]:
    """Return how far each passage is from all seeds: the mean."""
    far: NDArray[np.float64] = np.mean([vectors.farness(row) for row in _rows(vectors, seeds)], axis=0)
    return far


def _nearest(vectors: Vectors, far: NDArray[np.float64]) -> Iterator[NDArray[np.intp]]:
    """Give rows, the nearest first, some at once; of equally near ones those that were there first.

    Many may be equally near: those that are so far away that nothing is further, or that sound the same.
    """
    finite = int(np.isfinite(far).sum())
    done, size = 0, min(_FIRST, finite)
    while done < finite:
        # All that are as near as the last one belong together, or some would be left out and others come twice.
        nearest = np.flatnonzero(far <= np.partition(far, size - 1)[size - 1])
        ordered = nearest[np.lexsort((vectors.passages[nearest], far[nearest]))]
        for first in range(done, len(ordered), _MOST_AT_ONCE):
            yield ordered[first : first + _MOST_AT_ONCE]
        done = len(ordered)
        size = min(4 * done, finite)


@dataclass(slots=True)
class _Rules:
    """What is not wanted, by all that names it; grows with what was found."""

    wanted: Wanted
    guids: set[Guid] = field(default_factory=set)
    pieces: set[str] = field(default_factory=set)
    artists: set[str] = field(default_factory=set)
    albums: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.artists |= {folded_name(name) for name in self.wanted.not_artists}
        self.albums |= {folded_name(name) for name in self.wanted.not_albums}

    def note(self, piece: Piece) -> None:
        """Note a passage that is there already: neither it nor another copy of it is wanted."""
        self.note_piece(piece)
        match self.wanted.once:
            case Once.ARTIST:
                self.artists |= _artists(piece)
            case Once.ALBUM:
                self.albums |= _albums(piece)
            case None:
                pass

    def note_piece(self, piece: Piece) -> None:
        """Note a passage of which no copy is wanted."""
        self.guids.add(piece.view.guid)
        self.pieces |= _names(piece)

    def permit(self, piece: Piece) -> bool:
        """Tell whether a passage is wanted."""
        return (
            piece.view.playable
            and piece.view.guid not in self.guids
            and self.pieces.isdisjoint(_names(piece))
            and self.artists.isdisjoint(_artists(piece))
            and self.albums.isdisjoint(_albums(piece))
        )


def _names(piece: Piece) -> set[str]:
    """Name a piece by its recordings, its sound, and its title with its artists: copies have one of these in common."""
    names = {*piece.recordings, *piece.sounds}
    title, artists = search_words(piece.view.title.name), search_words(*(one.name for one in piece.view.artists))
    if title and artists:
        names.add(f"{title} by {artists}")
    return names


def _artists(piece: Piece) -> set[str]:
    return _all_names(piece.view.artists)


def _albums(piece: Piece) -> set[str]:
    of_group = {piece.view.album_group} if piece.view.album_group is not None else set()
    return _all_names((piece.view.album,)) | of_group


def _all_names(named: Sequence[Named]) -> set[str]:
    return {folded_name(name) for one in named for name in (one.name, one.mbid) if name}
