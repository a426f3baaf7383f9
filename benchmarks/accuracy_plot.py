"""Draws how often tracks were right against how sure the decision was, as SVG."""

import math
from collections.abc import Iterator, Sequence

from accuracy_score import Bin

SIZE, LEFT, TOP, SIDE = 480, 64, 40, 380
TICKS = (0.1, 0.5, 0.8, 0.95, 0.99, 0.999)
LOWEST, HIGHEST = -2.8, 7.2
"""Log-odds at the ends of both axes: about 0.06 and 0.9993."""

INK, GREY, MARK, BAND = "#222222", "#999999", "#1b6ca8", "#dcebf5"


def draw(bins: Sequence[Bin], title: str) -> str:
    """Draw a reliability diagram, both axes in log-odds; bars are 95 % intervals, numbers count tracks."""
    return "\n".join((*_frame(title), *(line for one in bins for line in _point(one)), "</svg>")) + "\n"


def _across(share: float) -> float:
    return LEFT + SIDE * (_log_odds(share) - LOWEST) / (HIGHEST - LOWEST)


def _up(share: float) -> float:
    return TOP + SIDE * (1 - (_log_odds(share) - LOWEST) / (HIGHEST - LOWEST))


def _log_odds(share: float) -> float:
    if share <= 0.0:
        return LOWEST
    if share >= 1.0:
        return HIGHEST
    return min(HIGHEST, max(LOWEST, math.log(share / (1 - share))))


def _frame(title: str) -> Iterator[str]:
    right, bottom = LEFT + SIDE, TOP + SIDE
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" font-family="sans-serif" font-size="12" '
        f'fill="{INK}" role="img"><title>{title}</title>'
    )
    yield f'<rect width="{SIZE}" height="{SIZE}" fill="white"/>'
    accept = _across(0.95)
    yield f'<rect x="{accept:.1f}" y="{TOP}" width="{right - accept:.1f}" height="{SIDE}" fill="{BAND}"/>'
    yield f'<text x="{accept + 4:.1f}" y="{TOP + 14}" fill="{GREY}">accept</text>'
    yield f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="{GREY}"/>'
    yield f'<path d="M{LEFT} {bottom}L{right} {TOP}" stroke="{GREY}" stroke-dasharray="4 4"/>'
    for tick in TICKS:
        yield f'<text x="{_across(tick):.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>'
        yield f'<text x="{LEFT - 6}" y="{_up(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{LEFT + SIDE / 2}" y="{bottom + 36}" text-anchor="middle">confidence of the decision</text>'
    middle = TOP + SIDE / 2
    yield f'<text transform="rotate(-90 16 {middle})" x="16" y="{middle}" text-anchor="middle">share right</text>'
    yield f'<text x="{LEFT}" y="24" font-size="14">{title}</text>'


def _point(one: Bin) -> Iterator[str]:
    low, high = one.right.interval()
    x, y = _across(one.mean), _up(one.right.hits / one.right.of)
    yield f'<path d="M{x:.1f} {_up(low):.1f}V{_up(high):.1f}" stroke="{MARK}" stroke-width="2"/>'
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{MARK}"/>'
    yield f'<text x="{x:.1f}" y="{_up(low) + 14:.1f}" text-anchor="middle">{one.right.hits}/{one.right.of}</text>'
