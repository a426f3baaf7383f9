"""The level of a file over time, measured in hops while its blocks arrive."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis import Envelope
from passagework.domain.measured import LARGEST_SAMPLE
from passagework.domain.stored_levels import steps_of

Channel = NDArray[np.float32]

Block = tuple[Channel, ...]
"""Consecutive samples of a file, one array per channel, all of the same length; full scale is 1.0."""

_HOPS_PER_SECOND: Final = 100


def hop_length(sample_rate: int) -> int:
    """Return the samples in a hop of 10 ms, rounded."""
    return max(1, round(sample_rate / _HOPS_PER_SECOND))


@dataclass(frozen=True, slots=True)
class Hops:
    """Measurements of consecutive hops, each array of shape (hops,).

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
    """Measure a block that begins on a hop; its last hop may be partial. NaN samples give a NaN peak."""
    # One channel at a time stays in the cache for all three passes.
    measured = [_measure_channel(channel, hop) for channel in block]
    return Hops(
        levels_of_energies(np.add.reduce([energies for energies, _, _ in measured]), block, hop),
        np.minimum.reduce([lows for _, lows, _ in measured]),
        np.maximum.reduce([highs for _, _, highs in measured]),
    )


def levels_of_energies(energies: NDArray[np.float32], block: Block, hop: int) -> NDArray[np.float32]:
    """Return the RMS level in dB of each hop of a block, given the sum of the squares of all its channels."""
    samples = np.full(energies.size, hop, np.float32)
    samples[-1] = (block[0].size - 1) % hop + 1
    with np.errstate(divide="ignore"):
        levels: NDArray[np.float32] = 10.0 * np.log10(energies / (len(block) * samples))
    return levels


def energies_of(channel: Channel, hop: int) -> Channel:
    """Return the sum of the squares of each hop of a channel of a block, which begins on a hop."""
    return np.concatenate([np.vecdot(view, view) for view in _by_hop(channel, hop)])


def without_invalid(block: Block) -> tuple[Block, int]:
    """Replace what is no number, or far beyond full scale, by 0, and count it over all channels.

    Only files with floating-point samples can contain it.
    """
    valid = [np.abs(channel) <= LARGEST_SAMPLE for channel in block]  # NaN fails the comparison
    kept = tuple(np.where(here, channel, np.float32(0)) for here, channel in zip(valid, block, strict=True))
    return kept, sum(here.size - int(np.count_nonzero(here)) for here in valid)


def stored_envelope(levels: NDArray[np.float32], hop: int) -> Envelope:
    """Round the levels of a file to the steps in which they are kept."""
    return Envelope(hop, steps_of(levels).tobytes())


def _measure_channel(channel: Channel, hop: int) -> tuple[Channel, Channel, Channel]:
    """Return the energy, the lowest and the highest sample of each hop."""
    views = _by_hop(channel, hop)
    energies = [np.vecdot(view, view) for view in views]
    lows = [view.min(axis=1) for view in views]
    highs = [view.max(axis=1) for view in views]
    if len(views) == 1:
        return energies[0], lows[0], highs[0]
    return np.concatenate(energies), np.concatenate(lows), np.concatenate(highs)


def _by_hop(channel: Channel, hop: int) -> list[Channel]:
    """Return its whole hops, and the one at the end that is not, as far as there are such."""
    whole = channel.size - channel.size % hop
    return [view for view in (channel[:whole].reshape(-1, hop), channel[whole:].reshape(1, -1)) if view.size]
