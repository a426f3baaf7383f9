"""How many blocks of a passage are how loud: what the loudness of an album can be computed from exactly.

The relative gate of an album depends on all of its passages, so it follows neither from their loudness nor from their
lengths: the mean of these is up to 2.4 LU wrong. From counts in steps of 0.1 LU it is within 0.03 LU of what a meter
says of the passages as one file (docs/loudness.md).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.loudness import ABSOLUTE_GATE, INTEGRATED_GATE
from passagework.domain.packed_curves import deflate, inflate

STEP: Final = 0.1
"""LU. The first count is of the blocks up to one step above the absolute gate."""

Counts = NDArray[np.int64]


def distribution(momentary: NDArray[np.float64]) -> bytes | None:
    """Count the blocks above the absolute gate; None if there is none.

    ``momentary`` is that of :func:`passagework.domain.loudness.integrated_loudness`. The result has the counts up to
    the loudest step, as integers of 32 bits: the lowest bytes of all, then the next ones, packed as curves are.
    """
    audible = momentary[np.isfinite(momentary) & (momentary > ABSOLUTE_GATE)]
    if audible.size == 0:
        return None
    counts = np.bincount(((audible - ABSOLUTE_GATE) / STEP).astype(np.int64))
    return deflate(np.ascontiguousarray(counts.astype("<u4").view(np.uint8).reshape(-1, 4).T).ravel())


def loudness_together(parts: Iterable[tuple[bytes, float]]) -> float | None:
    """Return the loudness in LUFS of several passages, gated as one programme; None if there is none.

    Each is given by its distribution, and by how much louder it is played than it was measured, in dB. Their order
    does not matter. Raises ValueError for a distribution that cannot be read.
    """
    pooled: defaultdict[float, Counts] = defaultdict(lambda: np.zeros(0, np.int64))
    for packed, louder in parts:
        counts = _counts(packed)
        short, long = sorted((counts, pooled[louder]), key=len)
        total = long.copy()
        total[: short.size] += short
        pooled[louder] = total
    if not pooled:
        return None
    levels = np.concatenate(
        [ABSOLUTE_GATE + louder + STEP * (np.arange(counts.size) + 0.5) for louder, counts in pooled.items()]
    )
    counts = np.concatenate(list(pooled.values()))
    # The loudest block is never below the mean, so the relative gate leaves something.
    passed = levels > _mean(levels, counts) + INTEGRATED_GATE
    return _mean(levels[passed], counts[passed])


def can_be_read(packed: bytes) -> bool:
    """Tell whether it is a distribution."""
    try:
        _counts(packed)
    except ValueError:
        return False
    return True


def _counts(packed: bytes) -> Counts:
    planes = np.frombuffer(inflate(packed), np.uint8).reshape(4, -1)
    counts = np.ascontiguousarray(planes.T).view("<u4").ravel().astype(np.int64)
    if not counts.any():
        raise ValueError("a distribution without a block")
    return counts


def _mean(levels: NDArray[np.float64], counts: Counts) -> float:
    return float(10.0 * np.log10(np.average(10.0 ** (levels / 10.0), weights=counts)))
