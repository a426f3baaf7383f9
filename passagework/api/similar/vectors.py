"""The vectors of all passages of a library, and how the distances of each to the others are spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.agreement import usual_distances
from passagework.domain.flavor.distances import FEATURES, distances, features
from passagework.domain.flavor.proximity import SAMPLE, farness, spread
from passagework.domain.flavor.similar import StoredVector
from passagework.domain.flavor.values import Flavor, Groups
from passagework.domain.flavor.vectors import EMBEDDING

AT_ONCE: Final = 4096
"""Passages for which distances to all samples are computed at once: 8 MB of them."""


_IN_CACHE: Final = 1024
"""So many rows stay in the cache of a processor while their parts are compared one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Row by row the passages that can be compared: all arrays have as many rows, in the order of ``passages``.

    ``passages``: row ids in the library, increasing. ``features``: as
    :func:`passagework.domain.flavor.distances.features` makes them, with embeddings if the nets heard any passage.
    ``heard_by_nets`` is 1 where they did. ``spreads``: mean and standard deviation of the distances to others, shape
    (rows, 2).
    ``usual``: how far apart passages usually are in each characteristic.
    """

    passages: NDArray[np.int64]
    heard_by_nets: NDArray[np.uint8]
    features: NDArray[np.float32]
    spreads: NDArray[np.float32]
    usual: Mapping[str, float]

    def row_of(self, passage: int) -> int | None:
        """Find a passage by its row id in the library; None if it cannot be compared."""
        row = int(np.searchsorted(self.passages, passage))
        return row if row < len(self.passages) and self.passages[row] == passage else None

    def farness(self, row: int) -> NDArray[np.float64]:
        """Return how far all passages are from one, 0 to 1; NaN for what cannot be compared."""
        parts = (self.features[first : first + _IN_CACHE] for first in range(0, len(self.features), _IN_CACHE))
        apart = np.concatenate([distances(self.features[row], part) for part in parts])
        return farness(apart, *self.spreads[row], *self.spreads.T)


def columns_of(*, with_nets: bool) -> int:
    """Tell how many numbers a row of features has."""
    return FEATURES + EMBEDDING + 1 if with_nets else FEATURES


class VectorMaker:
    """Takes what was heard of passages, some at once and in the order of their row ids, and makes the vectors of it.

    What is heard of a passage takes ten times as much memory as its vectors.
    """

    def __init__(self) -> None:
        self._count = 0
        self._rows = np.empty((0, 0), np.float32)
        self._passages: list[int] = []
        self._drawn: list[bytes] = []
        self._by_nets: list[bool] = []

    def take(self, stored: Sequence[StoredVector], with_nets: bool) -> None:  # noqa: FBT001 - as the query calls it
        """Take some passages; ``with_nets``: some passages, of these or others, have embeddings."""
        columns = columns_of(with_nets=with_nets)
        if len(self._rows) < self._count + len(stored):
            # In place, if the system has room behind it.
            self._rows.resize((max(AT_ONCE, 2 * len(self._rows), len(stored)), columns), refcheck=False)
        part = slice(self._count, self._count + len(stored))
        self._rows[part] = _readable([one.flavor for one in stored], EMBEDDING if with_nets else 0)
        self._count = part.stop
        self._passages += [one.row for one in stored]
        self._drawn += [blake2b(one.flavor.timbre or b"", digest_size=8).digest() for one in stored]
        self._by_nets += [one.flavor.embedding is not None for one in stored]

    def sample(self) -> Sequence[int]:
        """Return the row ids of some passages: the same ones of the same music, in whatever library."""
        return [self._passages[row] for row in self._sample()]

    def made(self, characteristics: Sequence[Groups]) -> Vectors:
        """Return the vectors of all, from the characteristics of the sample."""
        rows = self._rows[: self._count]
        first = np.array(self._sample(), np.intp)
        return Vectors(
            passages=np.array(self._passages, np.int64),
            heard_by_nets=np.array(self._by_nets, np.uint8),
            features=rows,
            spreads=_spreads(rows, first[np.isfinite(rows[first]).all(axis=1)]),
            usual=usual_distances(characteristics),
        )

    def _sample(self) -> list[int]:
        return sorted(range(self._count), key=self._drawn.__getitem__)[:SAMPLE]


def _readable(flavors: Sequence[Flavor], embedding: int) -> NDArray[np.float32]:
    """Return the features of passages; NaN for those that are damaged, which is found out one by one."""
    try:
        return features(flavors, embedding)
    except (ValueError, TypeError, np.linalg.LinAlgError):
        if len(flavors) > 1:
            return np.concatenate([_readable([flavor], embedding) for flavor in flavors])
        return np.full((1, columns_of(with_nets=embedding > 0)), np.nan, np.float32)


def _spreads(rows: NDArray[np.float32], sample: NDArray[np.intp]) -> NDArray[np.float32]:
    found = np.empty((len(rows), 2), np.float32)
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        itself = np.arange(first, first + len(some))[:, None] == sample[None, :]
        found[first : first + len(some)] = spread(distances(rows[sample], some), itself)
    return found
