"""Where the neighbouring passage may overlap: lead-in, lead-out and fades from the level of a passage."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CueRules:
    """How quiet the edge of a passage must be to be overlapped. Levels in dB, lengths in seconds.

    A lead ends where the level first comes within ``lead_drop`` of the passage's own loudness. A ramp shorter than
    ``quick_ramp`` has no lead; no lead is longer than ``longest_lead``.
    """

    lead_drop: float = 12.0
    quick_ramp: float = 0.25
    longest_lead: float = 15.0


@dataclass(frozen=True, slots=True)
class Cues:
    """Lengths in samples from the edges of the passage; fades are None where there is none."""

    lead_in: int
    lead_out: int
    fade_in: int | None
    fade_out: int | None
