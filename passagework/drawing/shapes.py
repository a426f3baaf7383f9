"""What a picture is made of: few shapes that every writer can put down in the same way."""

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
"""Distance from the left and from the top edge of the picture."""


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour, ``#rrggbb``, and how much of it covers what lies below: 1 hides it."""

    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon. It closes by itself."""

    outline: tuple[Point, ...]
    paint: Paint


@dataclass(frozen=True, slots=True)
class Strokes:
    """Lines through points, all drawn alike. ``dash``: length of a dash and of the gap after it, None for solid."""

    lines: tuple[tuple[Point, ...], ...]
    paint: Paint
    width: float = 1.0
    dash: float | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. ``at`` is on the baseline, at the side of the text that ``anchor`` names.

    ``content`` is free of characters that cannot be shown (:func:`passagework.drawing.wording.legible`). What takes
    more than ``room`` in the font of the reader is cut off there; only texts with the anchor "start" have one.
    """

    at: Point
    content: str
    size: float
    paint: Paint
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    room: float | None = None


Shape = Area | Strokes | Text


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes on a background, the first at the bottom. Lengths are in pixels of an ordinary screen.

    ``title`` is what a screen reader says, as legible as every other text.
    """

    width: int
    height: int
    background: Paint
    title: str
    shapes: tuple[Shape, ...]
