"""How far passages are from one another by what was heard of them, for thousands at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor import tempo
from passagework.domain.flavor.keys import NOTES
from passagework.domain.flavor.rhythm import CHANGES, PATTERN
from passagework.domain.flavor.sound import Array
from passagework.domain.flavor.timbre import COEFFICIENTS, NAMES
from passagework.domain.flavor.values import Flavor
from passagework.domain.flavor.vectors import unpack, unpack_rhythm, unpack_timbre

_VARIANCE: Final = 1.0
"""dB², added to each variance: what rounding and encoders leave of it."""

_ROUNDING: Final = 0.001
"""By so much shares may sum to something else than 1."""

_OF_TIMBRE: Final = 1 / 2.8
"""What a unit of the distance of timbres counts: the reciprocal of its standard deviation in music."""

_UPPER: Final = np.triu_indices(COEFFICIENTS)
_SIDE: Final = _UPPER[0].size + COEFFICIENTS + 2


@dataclass(frozen=True, slots=True)
class _Part:
    """Numbers of which the Euclidean distance is taken.

    ``size``: how many. ``counts``: what a unit of the distance counts, the importance of the part divided by the
    standard deviation of the distance in music. ``typical``: its mean, which stands in where a passage lacks the part.
    """

    size: int
    counts: float
    typical: float


_PARTS: Final = (
    _Part(PATTERN, 0.5 / 0.068, 0.31),
    _Part(CHANGES, 0.35 / 1.2, 2.3),
    _Part(len(NOTES), 0.5 / 0.1, 0.27),
    _Part(len(NAMES), 0.2 / 0.23, 0.93),
    _Part(tempo.BINS, 0.1 / 0.36, 1.1),
)
"""Pattern and changes of the rhythm, pitches, codewords of the timbre, tempos. Shares are compared by their roots
(Hellinger)."""

_OF_EMBEDDING: Final = 1 / 0.12, 0.4
"""What a unit counts and what is typical, as of a part."""

FEATURES: Final = 2 * _SIDE + sum(part.size + 1 for part in _PARTS)
"""Numbers of a passage by which it is compared, without its embedding, which comes behind."""

COMPARED: Final = ("pitch", "timbre", "tempo")
"""The characteristics that count in the distance."""

FEATURES_VERSION: Final = 1
"""Of what :func:`features` and :func:`distances` make of a flavor; what others made is not compared with it."""

_MEAN: Final = np.array((51.0, 7.0, 9.0, 2.0, 1.0, 0.0, 1.0, 0.0, 1.0, *[0.0] * (COEFFICIENTS - 9)))
"""dB, the mean timbre of music: subtracted, so that products in single precision lose less."""


def features(flavors: Sequence[Flavor], embedding: int = 0) -> Array:
    """Return rows by which passages are compared, shape (passages, FEATURES), or (passages, FEATURES + embedding + 1).

    ``embedding``: so many numbers have the embeddings that are compared; 0 leaves them out. A row is NaN where there is
    no timbre. Raises ValueError if vectors are not what was packed.
    """
    parts = _parts(embedding)
    rows = np.zeros((len(flavors), 2 * _SIDE + sum(part.size + 1 for part in parts)), np.float32)
    timbres = [unpack_timbre(flavor.timbre) for flavor in flavors if flavor.timbre is not None]
    has_timbre = [flavor.timbre is not None for flavor in flavors]
    if timbres:
        means, covariances = zip(*timbres, strict=True)
        rows[has_timbre, : 2 * _SIDE] = _timbres(np.stack(means), np.stack(covariances))
    for row, flavor in zip(rows, flavors, strict=True):
        if flavor.timbre is None:
            row[:] = np.nan
            continue
        for (part, numbers, length), vector in zip(_places(parts), _vectors(flavor, embedding), strict=False):
            if vector is not None:
                if vector.size != part.size:
                    raise ValueError(f"{part.size} numbers are expected, not {vector.size}")
                row[numbers] = vector
                row[length] = np.vdot(row[numbers], row[numbers])
    return rows


def distances(some: Array, rows: Array) -> Array:
    """Return how far passages are from others: shape (others,) of one row, (others, some) of several.

    NaN where it cannot be said. ``some`` and ``rows`` are from :func:`features`. What matters is which are nearer, best
    judged by how near each is to others (mutual proximity). Timbre is compared by the root of the symmetric
    Kullback-Leibler divergence of Gaussians (Mandel and Ellis 2005).
    """
    turned = np.concatenate([some[..., _SIDE : 2 * _SIDE], some[..., :_SIDE]], axis=-1)
    found = _root(rows[:, : 2 * _SIDE] @ turned.T - 2 * COEFFICIENTS) * np.float32(_OF_TIMBRE)
    for part, numbers, length in _places(_parts(some.shape[-1] - FEATURES - 1)):
        ours, theirs = some[..., length], rows[:, length]
        if some.ndim > 1:
            theirs = theirs[:, None]
        both = (theirs > 0) & (ours > 0)
        apart = _root(theirs + ours - 2 * (rows[:, numbers] @ some[..., numbers].T))
        found += np.where(both, apart, np.float32(part.typical)) * np.float32(part.counts)
    return found


def _root(squares: Array) -> Array:
    roots: Array = np.sqrt(np.maximum(squares, np.float32(0.0)))
    return roots


def _parts(embedding: int) -> tuple[_Part, ...]:
    return (*_PARTS, _Part(embedding, *_OF_EMBEDDING)) if embedding > 0 else _PARTS


def _places(parts: tuple[_Part, ...]) -> Iterator[tuple[_Part, slice, int]]:
    """Give for each part where its numbers are in a row, and their squared length: 0 where they are lacking."""
    start = 2 * _SIDE
    for part in parts:
        yield part, slice(start, start + part.size), start + part.size
        start += part.size + 1


def _vectors(flavor: Flavor, embedding: int) -> Iterator[NDArray[np.float64] | None]:
    """Give the numbers of each part, None where they are lacking."""
    if flavor.rhythm is None:
        yield from (None, None)
    else:
        pattern, changes = unpack_rhythm(flavor.rhythm)
        means, squares = np.split(changes.astype(np.float64), 2)
        yield np.sqrt(pattern / pattern.sum(dtype=np.float64))
        yield np.log1p(np.concatenate([means, np.sqrt(squares)]))
    groups = dict(flavor.groups)
    for name in COMPARED:
        members = groups.get(name)
        yield None if members is None else _roots([share for _, share in members])
    if embedding > 0:
        vector = None if flavor.embedding is None else unpack(flavor.embedding, embedding).astype(np.float64)
        yield None if vector is None or not vector.any() else vector / np.linalg.norm(vector)


def _roots(shares: Sequence[float]) -> NDArray[np.float64]:
    if not abs(sum(shares) - 1) <= _ROUNDING or min(shares) < 0:
        raise ValueError("shares do not sum to 1")
    return np.sqrt(shares)


def _timbres(means: NDArray[np.float32], covariances: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return two sides of numbers, so that the divergence is the product of each with the other of another passage.

    Both ways it is tr(S1 P2) + tr(S2 P1) + (m1 - m2)' (P1 + P2) (m1 - m2) - 2 d, where P is the inverse of S. Shapes
    (passages, d), (passages, d, d), and the result (passages, 2 sides).
    """
    values, axes = np.linalg.eigh(covariances.astype(np.float64) + _VARIANCE * np.eye(COEFFICIENTS))
    # After rounding it may be no covariance.
    values = np.maximum(values, _VARIANCE)[:, None, :]
    spread, inverse = (axes * values) @ axes.swapaxes(1, 2), (axes / values) @ axes.swapaxes(1, 2)
    centre = means - _MEAN
    turned = np.einsum("nij,nj->ni", inverse, centre)
    half = np.sum(centre * turned, axis=1, keepdims=True) / 2
    twice = np.where(_UPPER[0] == _UPPER[1], 1.0, 2.0)
    ones = np.ones_like(half)
    moments = (spread + centre[:, :, None] * centre[:, None, :])[:, _UPPER[0], _UPPER[1]]
    one = [moments, centre, ones / 2, half]
    other = [inverse[:, _UPPER[0], _UPPER[1]] * twice, -2 * turned, 2 * half, ones]
    return np.concatenate([*one, *other], axis=1)
