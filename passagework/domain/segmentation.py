"""Where the music in a file begins and ends: silence and passage boundaries from the level of the file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentationRules:
    """How silence separates passages. Levels in dBFS (RMS of a 10 ms hop), lengths in seconds.

    ``trim`` False keeps the whole file as one passage.
    """

    silence_level: float = -60.0
    shortest_gap: float = 3.0
    shortest_sound: float = 0.3
    shortest_passage: float = 10.0
    trim: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of samples of one file, end exclusive."""

    start: int
    end: int
