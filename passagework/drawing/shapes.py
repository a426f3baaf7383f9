"""The elements of a picture: a few shapes that every format can draw in the same way."""

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
"""Distance from the left and from the top edge of the picture."""


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour, ``#rrggbb``, and its opacity from 0 to 1."""

    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon, closed automatically."""

    outline: tuple[Point, ...]
    paint: Paint


@dataclass(frozen=True, slots=True)
class Strokes:
    """Lines through points, in one style. ``dash``: length of a dash and of the gap after it, None for solid."""

    lines: tuple[tuple[Point, ...], ...]
    paint: Paint
    width: float = 1.0
    dash: float | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. ``at`` is on the baseline, at the side of the text that ``anchor`` names.

    ``content`` contains only characters that can be shown (:func:`passagework.drawing.wording.legible`). Text wider
    than ``room`` in the reader's font is cut off; only texts with the anchor "start" have a ``room``.
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

    ``title`` is the text for screen readers, made legible like every other text.
    """

    width: int
    height: int
    background: Paint
    title: str
    shapes: tuple[Shape, ...]
