"""How far passages are from one another by what was heard of them, for thousands at once."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.rhythm import CHANGES, PATTERN
from passagework.domain.flavor.sound import Array
from passagework.domain.flavor.timbre import COEFFICIENTS
from passagework.domain.flavor.values import Flavor
from passagework.domain.flavor.vectors import unpack, unpack_rhythm, unpack_timbre

_VARIANCE: Final = 1.0
"""dB², added to each variance: what is left of it by rounding and encoders."""

_UPPER: Final = np.triu_indices(COEFFICIENTS)
_SIDE: Final = _UPPER[0].size + COEFFICIENTS + 2
_NOTES: Final = 12

_TIMBRE: Final = slice(0, 2 * _SIDE)
_PATTERN: Final = slice(_TIMBRE.stop, _TIMBRE.stop + PATTERN)
_CHANGES: Final = slice(_PATTERN.stop, _PATTERN.stop + CHANGES)
_PITCH: Final = slice(_CHANGES.stop, _CHANGES.stop + _NOTES)
_HAS_RHYTHM, _HAS_PITCH, _HAS_EMBEDDING = range(_PITCH.stop, _PITCH.stop + 3)

FEATURES: Final = _PITCH.stop + 3
"""Numbers of a passage by which it is compared, without its embedding, which comes behind."""

_OF_TIMBRE, _OF_PATTERN, _OF_CHANGES, _OF_PITCH, _OF_EMBEDDING = 1 / 2.5, 0.5 / 0.068, 0.5 / 1.2, 0.5 / 0.1, 1.0 / 0.1
"""What a unit of each distance counts: the reciprocal of its standard deviation in music, the others half of the timbre
(docs/flavor.md)."""

_TYPICAL_RHYTHM: Final = 0.31 * _OF_PATTERN + 2.26 * _OF_CHANGES
_TYPICAL_PITCH: Final = 0.27 * _OF_PITCH
_TYPICAL_EMBEDDING: Final = 0.4 * _OF_EMBEDDING
"""Means of the distances between pieces, as they count: they stand in for what cannot be compared."""

_LIKE_CENTRE: Final = np.array((51.0, 7.0, 9.0, 2.0, 1.0, 0.0, 1.0, 0.0, 1.0, *[0.0] * (COEFFICIENTS - 9)), np.float64)
"""dB, the mean timbre of music: subtracted, so that products in single precision lose less."""


def features(flavors: Sequence[Flavor], embedding: int = 0) -> Array:
    """Return rows by which passages are compared, shape (passages, FEATURES + embedding).

    ``embedding``: so many numbers have the embeddings that are compared; 0 leaves them out. A row is NaN where there is
    no timbre. Raises ValueError if vectors are not what was packed.
    """
    rows = np.zeros((len(flavors), FEATURES + embedding), np.float32)
    for row, flavor in zip(rows, flavors, strict=True):
        _fill(row, flavor, embedding)
    return rows


def distances(row: Array, rows: Array) -> Array:
    """Return how far a passage is from others, shape (others,); NaN where it cannot be said.

    ``row`` and ``rows`` are from :func:`features`. What matters is which are nearer, best judged by how near each is to
    others (mutual proximity). Timbre is compared by the root of the symmetric Kullback-Leibler divergence of
    Gaussians (Mandel and Ellis 2005).
    """
    turned = np.concatenate([row[_SIDE : 2 * _SIDE], row[:_SIDE]])
    timbre = _root(rows[:, _TIMBRE] @ turned - 2 * COEFFICIENTS) * np.float32(_OF_TIMBRE)
    pattern = _root(2 - 2 * (rows[:, _PATTERN] @ row[_PATTERN])) * np.float32(_OF_PATTERN)
    changes = _euclidean(row[_CHANGES], rows[:, _CHANGES]) * np.float32(_OF_CHANGES)
    pitch = _root(2 - 2 * (rows[:, _PITCH] @ row[_PITCH])) * np.float32(_OF_PITCH)
    parts = [
        (_HAS_RHYTHM, pattern + changes, _TYPICAL_RHYTHM),
        (_HAS_PITCH, pitch, _TYPICAL_PITCH),
    ]
    if row.size > FEATURES:
        meant = _root(2 - 2 * (rows[:, FEATURES:] @ row[FEATURES:])) * np.float32(_OF_EMBEDDING)
        parts.append((_HAS_EMBEDDING, meant, _TYPICAL_EMBEDDING))
    for has, part, typical in parts:
        timbre += np.where(rows[:, has] * row[has] > 0, part, np.float32(typical))
    return timbre


def _root(squares: Array) -> Array:
    roots: Array = np.sqrt(np.maximum(squares, np.float32(0.0)))
    return roots


def _euclidean(one: Array, others: Array) -> Array:
    return _root(((others - one) ** 2).sum(axis=1))


def _fill(row: Array, flavor: Flavor, embedding: int) -> None:
    if flavor.timbre is None:
        row[:] = np.nan
        return
    row[_TIMBRE] = _timbre(*unpack_timbre(flavor.timbre))
    if flavor.rhythm is not None:
        pattern, changes = unpack_rhythm(flavor.rhythm)
        row[_PATTERN] = np.sqrt(pattern / pattern.sum())
        means, squares = np.split(changes, 2)
        row[_CHANGES] = np.log1p(np.concatenate([means, np.sqrt(squares)]))
        row[_HAS_RHYTHM] = 1.0
    if (notes := dict(flavor.groups).get("pitch")) is not None:
        row[_PITCH] = np.sqrt([share for _, share in notes])
        row[_HAS_PITCH] = 1.0
    if embedding and flavor.embedding is not None:
        vector = unpack(flavor.embedding, embedding)
        row[FEATURES:] = vector / max(float(np.linalg.norm(vector)), 1e-6)
        row[_HAS_EMBEDDING] = 1.0


def _timbre(mean: NDArray[np.float32], covariance: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return two sides of numbers, so that the divergence is the product of each with the other of another.

    Both ways it is tr(S1 P2) + tr(S2 P1) + (m1 - m2)' (P1 + P2) (m1 - m2) - 2 d, where P is the inverse of S.
    """
    spread = covariance.astype(np.float64) + _VARIANCE * np.eye(COEFFICIENTS)
    # Rounding may have left a covariance that is none.
    values, axes = np.linalg.eigh(spread)
    values = np.maximum(values, _VARIANCE / 2)
    spread, inverse = (axes * values) @ axes.T, (axes / values) @ axes.T
    centre = mean - _LIKE_CENTRE
    itself = float(centre @ inverse @ centre)
    twice = np.where(_UPPER[0] == _UPPER[1], 1.0, 2.0)
    one = [*(spread + np.outer(centre, centre))[_UPPER], *centre, 1.0, itself]
    other = [*(inverse[_UPPER] * twice), *(-2 * inverse @ centre), itself, 1.0]
    return np.array([*one, *other])
