"""What is heard of places at which one piece may turn into the next one without a silence."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

STEP: Final = 0.1
"""Seconds between two places."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How likely each place is the middle of the change: ``likelihoods`` of places STEP apart from ``start`` seconds.

    Their mean is 1. ``contrast`` tells how much the sound before differs from the sound behind: some 0.1 within one
    piece, 0.5 to 0.8 from one piece to another.
    """

    start: float
    likelihoods: NDArray[np.float64]
    contrast: float


class Joins(Protocol):
    """Listens around a place of a file, in seconds."""

    def around(self, place: float, before: float, behind: float) -> Joining | None:
        """Return what is heard some seconds around it, or None if there is too little sound to hear anything.

        ``before`` and ``behind``: how long the pieces on both sides are, in seconds.
        """
