"""Whether the two channels of a file cancel each other in the mono sum of which fingerprints are made."""

import math
from typing import Final

import numpy as np

from passagework.audio.measure.envelope import Block, Channel

_EVERY: Final = 61
"""One sample of so many is enough to tell, and costs less than 1 % of an analysis."""

_CANCELLED: Final = 100.0
"""The difference of the channels has so much more energy than their sum (20 dB). Stereo that is merely wide has less
than 6 dB."""


class PhaseMeter:
    """Adds up the energy of the sum and of the difference of two channels."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._difference = 0.0

    def add(self, block: Block) -> None:
        """Measure the next block; what has not two channels has no phase."""
        if len(block) != 2:  # noqa: PLR2004 - left and right
            return
        left, right = (channel[::_EVERY] for channel in block)
        with np.errstate(over="ignore", invalid="ignore"):
            both = _energies(left, right)
            if not all(map(math.isfinite, both)):
                # Blocks may have samples that are no numbers, or far beyond full scale.
                both = _energies(*(np.nan_to_num(channel, posinf=0.0, neginf=0.0) for channel in (left, right)))
        self._sum += both[0]
        self._difference += both[1]

    @property
    def cancels(self) -> bool:
        """Whether hardly anything is left of the sum, as where one channel was connected the wrong way round."""
        return self._difference > _CANCELLED * self._sum


def _energies(left: Channel, right: Channel) -> tuple[float, float]:
    """Return the energy of the sum and of the difference."""
    together, apart = left + right, left - right
    return float(np.vecdot(together, together)), float(np.vecdot(apart, apart))
