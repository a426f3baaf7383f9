"""The vectors beside the groups: how they are kept."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.rhythm import CHANGES, PATTERN
from passagework.domain.flavor.timbre import COEFFICIENTS

_UPPER: Final = np.triu_indices(COEFFICIENTS)
_TIMBRE: Final = COEFFICIENTS + _UPPER[0].size

EMBEDDING: Final = 400
"""Numbers of an embedding: those of both nets."""


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


def pack_rhythm(pattern: NDArray[np.float64], changes: NDArray[np.float64]) -> bytes:
    """Pack a pattern of the rhythm and how much the sound changes (:mod:`passagework.domain.flavor.rhythm`)."""
    return pack(np.concatenate([pattern, changes]))


def unpack_rhythm(packed: bytes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return pattern and changes. Raises ValueError if these are not what was packed."""
    vector = unpack(packed, PATTERN + CHANGES)
    if (vector < 0).any() or not vector[:PATTERN].any():
        raise ValueError("a rhythm has shares that are none")
    return vector[:PATTERN], vector[PATTERN:]
