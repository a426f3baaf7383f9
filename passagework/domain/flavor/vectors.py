"""The vectors beside the groups: how they are kept, and how far passages are from one another by them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.rhythm import PATTERN
from passagework.domain.flavor.timbre import COEFFICIENTS
from passagework.domain.flavor.values import Flavor

_UPPER: Final = np.triu_indices(COEFFICIENTS)
_TIMBRE: Final = COEFFICIENTS + _UPPER[0].size


def pack(vector: NDArray[np.floating]) -> bytes:
    """Pack numbers as little-endian float16."""
    return vector.astype("<f2").tobytes()


def unpack(packed: bytes, length: int) -> NDArray[np.float32]:
    """Return so many finite numbers. Raises ValueError if there are others."""
    if len(packed) != 2 * length:
        raise ValueError(f"{length} numbers of two bytes are expected, not {len(packed)} bytes")
    vector = np.frombuffer(packed, "<f2").astype(np.float32)
    if not np.isfinite(vector).all():
        raise ValueError("a vector has what is no number")
    return vector


def pack_timbre(mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> bytes:
    """Pack mean and covariance of the timbre."""
    return pack(np.concatenate([mean, covariance[_UPPER]]))


def unpack_timbre(packed: bytes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and covariance. Raises ValueError if these are not what was packed."""
    vector = unpack(packed, _TIMBRE)
    covariance = np.zeros((COEFFICIENTS, COEFFICIENTS), np.float32)
    covariance[_UPPER] = vector[COEFFICIENTS:]
    return vector[:COEFFICIENTS], covariance + np.triu(covariance, 1).T


_VARIANCE: Final = 1.0
"""dB², added to each variance: what cannot be told apart after rounding and encoding."""

_MEANS: Final = COEFFICIENTS * (COEFFICIENTS + 1) // 2
_SIDE: Final = _MEANS + COEFFICIENTS + 2
FEATURES: Final = 2 * _SIDE + PATTERN + 1
"""Numbers of a passage by which :func:`distances` compares it."""


def features(flavors: Sequence[Flavor]) -> NDArray[np.float32]:
    """Return rows by which passages are compared, shape (passages, FEATURES); NaN where there is no timbre."""
    return np.stack([_features(flavor) for flavor in flavors]) if flavors else np.empty((0, FEATURES), np.float32)


def distances(row: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far a passage is from others, shape (others,); NaN where it cannot be said.

    ``row`` and ``rows`` are from :func:`features`.
    """
    turned = np.concatenate([row[_SIDE : 2 * _SIDE], row[:_SIDE]])
    divergence = np.maximum(rows[:, : 2 * _SIDE] @ turned - 2 * COEFFICIENTS, np.float32(0.0))
    timbre = np.sqrt(divergence)
    moving = rows[:, 2 * _SIDE : -1] @ row[2 * _SIDE : -1]
    has_rhythm = row[-1] * rows[:, -1]
    rhythm = np.sqrt(np.maximum(2 - 2 * moving, np.float32(0.0)))
    together: NDArray[np.float32] = timbre + has_rhythm * rhythm
    return together


def _features(flavor: Flavor) -> NDArray[np.float32]:
    if flavor.timbre is None:
        return np.full(FEATURES, np.nan, np.float32)
    mean, covariance = (part.astype(np.float64) for part in unpack_timbre(flavor.timbre))
    covariance += _VARIANCE * np.eye(COEFFICIENTS)
    inverse = np.linalg.inv(covariance)
    twice = np.where(_UPPER[0] == _UPPER[1], 1.0, 2.0)
    # Kullback-Leibler both ways: tr(S1 P2) + tr(S2 P1) + (m1 - m2)' (P1 + P2) (m1 - m2) - 2 d, as one product.
    itself = float(mean @ inverse @ mean)
    one = [*(covariance + np.outer(mean, mean))[_UPPER], *mean, 1.0, itself]
    other = [*(inverse[_UPPER] * twice), *(-2 * inverse @ mean), itself, 1.0]
    pattern = np.zeros(PATTERN) if flavor.rhythm is None else np.sqrt(np.maximum(unpack(flavor.rhythm, PATTERN), 0))
    return np.array([*one, *other, *pattern, float(flavor.rhythm is not None)], np.float32)
