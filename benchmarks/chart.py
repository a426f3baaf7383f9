"""Draws a chart as SVG: a box with scales of one's own, ticks, points and curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

GREY = "#999999"


@dataclass
class Chart:
    """A chart in the making. ``across`` and ``up`` give the part of the box, 0 to 1, for a value."""

    title: str
    size: tuple[int, int]
    box: tuple[int, int, int, int]
    across: Callable[[float], float]
    up: Callable[[float], float]
    lines: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        return self.box[0] + self.box[2] * self.across(value)

    def y(self, value: float) -> float:
        return self.box[1] + self.box[3] * (1 - self.up(value))

    def text(self, x: float, y: float, words: str, how: str = "") -> None:
        self.lines.append(f'<text x="{x:.1f}" y="{y:.1f}" {how}>{words}</text>')

    def centred(self, x: float, y: float, words: str, how: str = "") -> None:
        self.text(x, y, words, f'text-anchor="middle" {how}')

    def path(self, points: Sequence[tuple[float, float]], colour: str, how: str = "") -> None:
        """Draw through points that are in the units of the picture."""
        d = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.lines.append(f'<path d="M{d}" fill="none" stroke="{colour}" {how}/>')

    def below(self, value: float, words: str) -> None:
        """Write at the axis to the right."""
        self.centred(self.x(value), self.box[1] + self.box[3] + 18, words)

    def beside(self, value: float, words: str) -> None:
        """Write at the axis upwards."""
        self.text(self.box[0] - 6, self.y(value) + 4, words, 'text-anchor="end"')

    def svg(self) -> str:
        (width, height), (left, top, wide, high) = self.size, self.box
        how = f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" role="img"'
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" {how}><title>{self.title}</title>',
                f'<rect width="{width}" height="{height}" fill="white"/>',
                f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="{GREY}"/>',
                *self.lines,
                "</svg>\n",
            )
        )
