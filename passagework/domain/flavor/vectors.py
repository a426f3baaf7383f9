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


_VARIANCE: Final = 1.0
"""dB², added to each variance: what cannot be told apart after rounding and encoding."""

_MEANS: Final = COEFFICIENTS * (COEFFICIENTS + 1) // 2
_SIDE: Final = _MEANS + COEFFICIENTS + 1
FEATURES_VERSION: Final = 1
"""Of what :func:`features` makes of a flavor; others are not compared with these."""

FEATURES: Final = 2 * _SIDE + PATTERN + 1
"""Numbers of a passage by which :func:`distances` compares it."""


def features(flavors: Sequence[Flavor]) -> NDArray[np.float32]:
    """Return rows by which passages are compared, shape (passages, FEATURES); NaN where there is no timbre."""
    rows = np.full((len(flavors), FEATURES), np.nan, np.float32)
    places = [place for place, flavor in enumerate(flavors) if flavor.timbre is not None]
    if places:
        rows[places] = _features([flavors[place] for place in places])
    return rows


def distances(some: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far passages are from others, shape (others,) of one row, and (others, some) of several.

    NaN where it cannot be said. ``some`` and ``rows`` are from :func:`features`.
    """
    turned = np.concatenate([some[..., _SIDE : 2 * _SIDE], some[..., :_SIDE]], axis=-1)
    divergence = np.maximum(rows[:, : 2 * _SIDE] @ turned.T - 2 * COEFFICIENTS, np.float32(0.0))
    timbre = np.sqrt(divergence)
    moving = rows[:, 2 * _SIDE : -1] @ some[..., 2 * _SIDE : -1].T
    has_rhythm = rows[:, -1:] @ some[..., -1:].T
    rhythm = np.sqrt(np.maximum(2 - 2 * moving, np.float32(0.0)))
    together: NDArray[np.float32] = timbre + has_rhythm * rhythm
    return together


def _features(flavors: Sequence[Flavor]) -> NDArray[np.float32]:
    packed = np.stack([unpack(flavor.timbre or b"", _TIMBRE) for flavor in flavors]).astype(np.float64)
    mean, upper = packed[:, :COEFFICIENTS], packed[:, COEFFICIENTS:]
    covariance = np.empty((len(flavors), COEFFICIENTS, COEFFICIENTS))
    covariance[:, _UPPER[0], _UPPER[1]] = covariance[:, _UPPER[1], _UPPER[0]] = upper
    covariance += _VARIANCE * np.eye(COEFFICIENTS)
    inverse = np.linalg.inv(covariance)
    twice = np.where(_UPPER[0] == _UPPER[1], 1.0, 2.0)
    # Kullback-Leibler both ways: tr(S1 P2) + tr(S2 P1) + (m1 - m2)' (P1 + P2) (m1 - m2) - 2 d, as one product.
    turned = np.einsum("nij,nj->ni", inverse, mean)
    itself = np.sum(mean * turned, axis=1, keepdims=True)
    ones = np.ones_like(itself)
    moments = (covariance + mean[:, :, None] * mean[:, None, :])[:, _UPPER[0], _UPPER[1]]
    one = [moments, mean, ones]
    other = [inverse[:, _UPPER[0], _UPPER[1]] * twice, -2 * turned, itself]
    patterns = np.stack(
        [np.zeros(PATTERN) if flavor.rhythm is None else unpack(flavor.rhythm, PATTERN) for flavor in flavors]
    )
    has_rhythm = np.array([[flavor.rhythm is not None] for flavor in flavors])
    return np.concatenate([*one, *other, np.sqrt(np.maximum(patterns, 0)), has_rhythm], axis=1).astype(np.float32)
