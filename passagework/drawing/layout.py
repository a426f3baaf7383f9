"""Positions and styles on the picture of a file."""

from dataclasses import dataclass
from typing import Final

from passagework.domain.units import Ticks
from passagework.drawing.shapes import Paint, Point

WIDTH: Final = 1200
HEIGHT: Final = 440

BACKGROUND: Final = Paint("#fbfaf7")
PAPER: Final = Paint("#ffffff")
INK: Final = Paint("#2c3136")
PALE_INK: Final = Paint("#6d747b")
GRID: Final = Paint("#e6e4de")
IDLE: Final = Paint("#b4b8bc")
"""The colour outside of passages."""

COLOURS: Final = ("#3d6d92", "#b27c3e", "#58876a", "#8d5c7c", "#4a8b92", "#8a7d3b")
"""The colours of passages, in turn. All are dark enough for text on the background."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def outline(self) -> tuple[Point, ...]:
        """The corners."""
        return (
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        )

    def between(self, left: float, right: float) -> "Panel":
        """Return the part from one x to another."""
        return Panel(left, self.top, right, self.bottom)


_LEFT: Final = 62.0
_RIGHT: Final = WIDTH - 26.0

LABELS: Final = Panel(_LEFT, 68.0, _RIGHT, 122.0)
WAVEFORM: Final = Panel(_LEFT, 128.0, _RIGHT, 254.0)
LEVELS: Final = Panel(_LEFT, 264.0, _RIGHT, 380.0)
SPANS: Final = Panel(_LEFT, LABELS.top, _RIGHT, LEVELS.bottom)
"""Labels, waveform and levels, with the space between them."""

TITLE_AT: Final = (_LEFT, 32.0)
FACTS_AT: Final = (_LEFT, 52.0)
LEGEND_AT: Final = (_LEFT, HEIGHT - 16.0)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Maps times to the horizontal axis."""

    duration: Ticks

    def x(self, time: float) -> float:
        """Return the distance from the left edge for a time in ticks; times outside of the file are clamped to it."""
        share = min(max(time / self.duration, 0.0), 1.0) if self.duration else 0.0
        return _LEFT + share * (_RIGHT - _LEFT)
