"""The level of a file over time, measured in short hops as its blocks arrive."""

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis import Envelope

Block = NDArray[np.float32]
"""Consecutive samples of a file, shape (channels, samples), C-contiguous; full scale is 1.0."""

_HOPS_PER_SECOND: Final = 100

_STEP: Final = 0.5
_LOWEST: Final = 255
"""dB per step of a stored level, and its largest value: :class:`passagework.domain.analysis.Envelope`."""


def hop_length(sample_rate: int) -> int:
    """Give the samples in a hop of 10 ms, rounded."""
    return max(1, round(sample_rate / _HOPS_PER_SECOND))


@dataclass(frozen=True, slots=True)
class Hops:
    """What was measured of consecutive hops, each array of shape (hops,).

    ``levels``: RMS over the samples of all channels in dBFS, -inf for digital silence. ``lows`` and ``highs``: lowest
    and highest sample of all channels.
    """

    levels: NDArray[np.float32]
    lows: NDArray[np.float32]
    highs: NDArray[np.float32]

    @property
    def peaks(self) -> NDArray[np.float32]:
        """The largest magnitude of a sample in each hop."""
        return np.maximum(self.highs, -self.lows)


def measure_hops(block: Block, hop: int) -> Hops:
    """Measure a block that begins on a hop; its last hop may be partial.

    NaN and infinity, which only files of floating point samples can hold, are set to 0 in the block itself.
    """
    powers = np.concatenate([np.vecdot(part, part).mean(axis=0) / part.shape[2] for part in _by_hop(block, hop)])
    if not np.isfinite(powers).all():
        np.nan_to_num(block, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return measure_hops(block, hop)
    with np.errstate(divide="ignore"):
        levels = 10.0 * np.log10(powers)
    return Hops(
        levels,
        np.concatenate([part.min(axis=2).min(axis=0) for part in _by_hop(block, hop)]),
        np.concatenate([part.max(axis=2).max(axis=0) for part in _by_hop(block, hop)]),
    )


def _by_hop(block: Block, hop: int) -> list[Block]:
    """View the whole hops, then the partial one, each with the shape (channels, hops, samples)."""
    channels, samples = block.shape
    whole = samples - samples % hop
    views = [block[:, :whole].reshape(channels, -1, hop), block[:, whole:].reshape(channels, 1, -1)]
    return [view for view in views if view.size]


def stored_envelope(levels: NDArray[np.float32], hop: int) -> Envelope:
    """Pack the levels of a file for the library."""
    steps = np.clip(np.round(levels / -_STEP), 0, _LOWEST)
    return Envelope(hop, zlib.compress(steps.astype(np.uint8).tobytes()))
