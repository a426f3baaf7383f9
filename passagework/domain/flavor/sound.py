"""What descriptions of the musical character are made from: bands and pitches over time, in slots."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BANDS: Final = 40
HIGHEST: Final = 8_000.0
"""Hz: the end of the last band."""

FRAMES: Final = 8
"""Frames in a slot."""

PITCHES: Final = 36
"""Pitches of an octave, each a third of a semitone; every third one, from the first on, is a note: C, C sharp ..."""

FRAMES_PER_SECOND: Final = 22_050 / 512
"""About: what a sample rate makes of it is up to one part in 300 different."""

WINDOW: Final = 256
"""Slots in a window, about 48 s: what needs a stretch of music is found out about each one."""

SHORTEST: Final = 32
"""Slots, about 6 s. What is left at the end is a window of its own if it is so long, otherwise it has no opinion."""

FLOOR: Final = 60.0
"""dB below the level of the passage. What is quieter counts as so quiet: encoders leave it out as they like."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Slots of one passage in a row, beginning on a window.

    ``bands``: shape (slots * FRAMES, BANDS), dB above ``FLOOR``, 0 or more. ``heard``: shape (slots * FRAMES,), whether
    a frame is no silence. ``levels``: shape (slots,), dB relative to the level of the passage. ``pitches``: shape
    (slots, PITCHES), shares that sum to 1, or 0 where none is heard. ``rate``: frames in a second.
    """

    bands: Array
    heard: NDArray[np.bool_]
    levels: Array
    pitches: Array
    rate: float

    @property
    def slots(self) -> int:
        """How many there are."""
        return self.levels.size

    def windows(self) -> list["Sound"]:
        """Cut into windows, without what is too short at the end."""
        starts = range(0, self.slots - SHORTEST + 1, WINDOW)
        return [self.part(start, min(start + WINDOW, self.slots)) for start in starts]

    def part(self, start: int, end: int) -> "Sound":
        """Give the slots from ``start`` to before ``end``."""
        frames = slice(start * FRAMES, end * FRAMES)
        return Sound(self.bands[frames], self.heard[frames], self.levels[start:end], self.pitches[start:end], self.rate)

    @property
    def seconds(self) -> float:
        """How much of it is no silence."""
        return float(np.count_nonzero(self.heard)) / self.rate
