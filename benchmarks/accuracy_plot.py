"""Draws how often tracks were right against how sure the decision was."""

import math
from collections.abc import Sequence

from accuracy_score import Bin
from chart import GREY, Chart

TICKS = (0.1, 0.5, 0.8, 0.95, 0.99, 0.999)
LOWEST, HIGHEST = -2.8, 7.2
"""Log-odds at the ends of both axes: about 0.06 and 0.9993."""

MARK, BAND = "#1b6ca8", "#dcebf5"


def draw(bins: Sequence[Bin], title: str) -> str:
    """Draw a reliability diagram, both axes in log-odds; bars are 95 % intervals, numbers count tracks."""
    left, top, side = box = 64, 40, 380
    chart = Chart(title, (480, 480), (*box, side), _part, _part)
    accept, right, bottom = chart.x(0.95), left + side, top + side
    wide = right - accept
    chart.lines.append(f'<rect x="{accept:.1f}" y="{top}" width="{wide:.1f}" height="{side}" fill="{BAND}"/>')
    chart.text(accept + 4, top + 14, "accept", f'fill="{GREY}"')
    chart.path([(left, bottom), (right, top)], GREY, 'stroke-dasharray="4 4"')
    for tick in TICKS:
        chart.below(tick, f"{tick:g}")
        chart.beside(tick, f"{tick:g}")
    middle = top + side / 2
    chart.centred(left + side / 2, bottom + 36, "confidence of the decision")
    chart.centred(16, middle, "share right", f'transform="rotate(-90 16 {middle})"')
    chart.text(left, 24, title, 'font-size="14"')
    for one in bins:
        low, high = one.right.interval()
        x = chart.x(one.mean)
        chart.path([(x, chart.y(low)), (x, chart.y(high))], MARK, 'stroke-width="2"')
        y = chart.y(one.right.hits / one.right.of)
        chart.lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{MARK}"/>')
        chart.centred(x, chart.y(low) + 14, f"{one.right.hits}/{one.right.of}")
    return chart.svg()


def _part(share: float) -> float:
    odds = math.log(share / (1 - share)) if 0.0 < share < 1.0 else math.copysign(math.inf, share - 0.5)
    return (min(HIGHEST, max(LOWEST, odds)) - LOWEST) / (HIGHEST - LOWEST)
