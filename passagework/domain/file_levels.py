"""The levels of a file as its cuts and its cues take them, and how loud it is and its noise: found once for both."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.noise_floor import Blocks, Floor, noise_floor, programme_level
from passagework.domain.stored_levels import LOWEST, STEP

_POWERS: Final = np.append(10.0 ** (np.arange(LOWEST, dtype=np.float64) * -STEP / 10.0), 0.0)
"""That of each stored level; digital silence has none."""


@dataclass(frozen=True, slots=True)
class FileLevels:
    """The level of every ``hop`` samples of a file after K-weighting; the last hop may be partial.

    ``levels`` in dB, where digital silence counts as -127.5 dB, since levels are subtracted; ``powers`` as ratios to
    full scale. ``programme``: the level of the file as a whole in dB, None if it is silent; ``blocks`` are None then,
    too. ``floor``: its noise, None if none was found.
    """

    hop: int
    sample_rate: int
    levels: NDArray[np.float32]
    powers: NDArray[np.float64]
    programme: float | None
    blocks: Blocks | None
    floor: Floor | None

    @classmethod
    def of(cls, steps: NDArray[np.uint8], hop: int, sample_rate: int) -> "FileLevels":
        """Take the levels as they are stored: so other rules need no decode."""
        levels, powers, per_second = steps * np.float32(-STEP), _POWERS[steps], sample_rate / hop
        programme = programme_level(powers, per_second)
        blocks = None if programme is None else Blocks.of(levels, per_second)
        floor = None if programme is None or blocks is None else noise_floor(levels, blocks, programme)
        return cls(hop, sample_rate, levels, powers, programme, blocks, floor)

    @property
    def per_second(self) -> float:
        """The hops in a second."""
        return self.sample_rate / self.hop
