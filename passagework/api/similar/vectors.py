"""The vectors of all passages of a library, and how the distances of each to the others are spread."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.agreement import usual_distances
from passagework.domain.flavor.embeddings import EMBEDDING, embedding_distances, unit_embeddings
from passagework.domain.flavor.proximity import SAMPLE, farness, spread
from passagework.domain.flavor.similar import StoredVector, VectorsOfLibrary
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.flavor.vectors import FEATURES, distances, features

AT_ONCE: Final = 4096
"""Passages for which distances to all samples are computed at once: 8 MB of them."""

_FEWEST: Final = 20
"""Of fewer samples of its own kind, a spread says nothing; then it is that of all samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Row by row the passages that can be compared: all arrays have as many rows, in the order of ``passages``.

    ``passages``: row ids in the library, increasing. ``sound``: :func:`passagework.domain.flavor.vectors.features`.
    ``sound_spread``: mean and standard deviation of the distances to passages without a rhythm, and to those with one,
    shape (rows, 2, 2). ``embedding``: unit vectors, without columns where no passage has one; ``embedding_spread`` is
    that of their distances. ``usual``: how far apart passages usually are in each characteristic.
    """

    passages: NDArray[np.int64]
    has_rhythm: NDArray[np.uint8]
    has_embedding: NDArray[np.uint8]
    sound: NDArray[np.float32]
    sound_spread: NDArray[np.float32]
    embedding: NDArray[np.float32]
    embedding_spread: NDArray[np.float32]
    usual: Mapping[str, float]

    def row_of(self, passage: int) -> int | None:
        """Find a passage by its row id in the library; None if it cannot be compared."""
        row = int(np.searchsorted(self.passages, passage))
        return row if row < len(self.passages) and self.passages[row] == passage else None

    def farness(self, row: int) -> NDArray[np.float64]:
        """Return how far all passages are from one, 0 to 1; NaN for what cannot be compared.

        Where the nets heard both, what they heard counts as much as timbre and rhythm together.
        """
        kind = self.has_rhythm[row]
        mean, deviation = self.sound_spread[row].T
        far = farness(
            distances(self.sound[row], self.sound),
            mean[self.has_rhythm],
            deviation[self.has_rhythm],
            *np.moveaxis(self.sound_spread[:, kind], 1, 0),
        )
        if self.has_embedding[row]:
            of_nets = farness(
                embedding_distances(self.embedding[row], self.embedding),
                *self.embedding_spread[row],
                *self.embedding_spread.T,
            )
            far = np.where(self.has_embedding == 1, (far + of_nets) / 2, far)
        return far


def make_vectors(found: VectorsOfLibrary) -> Vectors:
    """Compute what is compared. The sample are those passages whose guids are the first: guids are random."""
    stored = found.vectors
    weights = Counter(one.weights for one in stored if one.embedding is not None)
    # What different nets say cannot be compared: those that heard the most passages count.
    heard_by = max(weights, key=lambda name: (weights[name], name or ""), default=None)
    embedded = [one.embedding if one.weights == heard_by else None for one in stored]
    has_embedding = np.array([one is not None for one in embedded], np.uint8)
    embedding = np.zeros((len(stored), EMBEDDING if has_embedding.any() else 0), np.float32)
    sound = np.empty((len(stored), FEATURES), np.float32)
    for part in _parts(len(stored)):
        sound[part] = _readable(stored[part])
        if embedding.size:
            embedding[part] = unit_embeddings(embedded[part])
    has_rhythm = np.array([one.rhythm is not None for one in stored], np.uint8)
    sample = np.array(sorted(range(len(stored)), key=lambda row: stored[row].guid)[:SAMPLE], np.intp)
    sample = sample[np.isfinite(sound[sample]).all(axis=1)]
    of_nets = sample[has_embedding[sample] == 1]
    return Vectors(
        passages=np.array([one.row for one in stored], np.int64),
        has_rhythm=has_rhythm,
        has_embedding=has_embedding,
        sound=sound,
        sound_spread=_sound_spread(sound, sample, has_rhythm[sample]),
        embedding=embedding,
        embedding_spread=_embedding_spread(embedding, of_nets),
        usual=usual_distances(found.sample),
    )


def _parts(count: int) -> Iterator[slice]:
    return (slice(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE))


def _readable(stored: Sequence[StoredVector]) -> NDArray[np.float32]:
    """Return the features of passages; NaN for those that are damaged, which is found out one by one."""
    flavors = [
        Flavor(level=FlavorLevel.BASIC, groups=(), seconds=0, timbre=one.timbre, rhythm=one.rhythm) for one in stored
    ]
    try:
        return features(flavors)
    except (ValueError, np.linalg.LinAlgError):
        if len(stored) > 1:
            return np.concatenate([_readable(stored[place : place + 1]) for place in range(len(stored))])
        return np.full((1, FEATURES), np.nan, np.float32)


def _sound_spread(
    sound: NDArray[np.float32], sample: NDArray[np.intp], has_rhythm: NDArray[np.uint8]
) -> NDArray[np.float32]:
    found = np.empty((len(sound), 2, 2), np.float32)
    of_kinds = [np.flatnonzero(has_rhythm == kind) for kind in (0, 1)]
    chosen = [of_kind if len(of_kind) >= _FEWEST else np.arange(len(sample)) for of_kind in of_kinds]
    for part in _parts(len(sound)):
        apart = distances(sound[sample], sound[part])
        for kind, columns in enumerate(chosen):
            found[part, kind] = spread(apart[:, columns], _itself(part, sample[columns]))
    return found


def _embedding_spread(embedding: NDArray[np.float32], sample: NDArray[np.intp]) -> NDArray[np.float32]:
    found = np.empty((len(embedding), 2), np.float32)
    for part in _parts(len(embedding)):
        apart = embedding_distances(embedding[sample], embedding[part])
        found[part] = spread(apart, _itself(part, sample))
    return found


def _itself(part: slice, sample: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mark where a passage is compared with itself."""
    itself: NDArray[np.bool_] = np.arange(part.start, part.stop)[:, None] == sample[None, :]
    return itself
