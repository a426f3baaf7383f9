"""The levels of a file in the form in which they are stored. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

STEP: Final = 0.5
LOWEST: Final = 255
"""dB per step of a stored level, and its largest value: :class:`passagework.domain.analysis.Envelope`."""


def steps_of(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Round levels in dBFS to the steps in which they are stored."""
    return np.clip(np.round(levels / -STEP), 0, LOWEST).astype(np.uint8)
