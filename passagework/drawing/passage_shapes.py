"""The passages of a file: spans with names, leads as slopes, fades and loudness as lines."""

from collections.abc import Iterator
from typing import Final

from passagework.domain.units import clock_time
from passagework.domain.views import Named, PassageView
from passagework.drawing.layout import COLOURS, INK, LABELS, LEVELS, PALE_INK, SPANS, WAVEFORM, Panel, TimeScale
from passagework.drawing.shapes import Area, Paint, Point, Shape, Strokes, Text
from passagework.drawing.signal_shapes import LOWEST_LEVEL, level_y
from passagework.drawing.wording import legible, shortened, width_of

_INDENT: Final = 7.0
_HATCH_STEP: Final = 6.0
_SPAN_OPACITY: Final = 0.09
_LABEL_OPACITY: Final = 0.13
_HATCH_OPACITY: Final = 0.55


def passage_colour(index: int) -> str:
    """Return the colour of a passage by its index in the file."""
    return COLOURS[index % len(COLOURS)]


def spans(passages: tuple[PassageView, ...], scale: TimeScale) -> Iterator[Shape]:
    """Shade the passages from top to bottom, below the signal."""
    for index, passage in enumerate(passages):
        panel = SPANS.between(scale.x(passage.start), scale.x(passage.end))
        yield Area(panel.outline, Paint(passage_colour(index), _SPAN_OPACITY))


def marks(passages: tuple[PassageView, ...], scale: TimeScale) -> Iterator[Shape]:
    """Draw the parts of the passages that are above the signal."""
    for index, passage in enumerate(passages):
        colour = passage_colour(index)
        yield from _lead_shapes(passage, scale, colour)
        yield from _fade_shapes(passage, scale, colour)
        yield from _loudness_shapes(passage, scale, colour)
        yield from _label_shapes(index, passage, scale, colour)


def hatched(panel: Panel, paint: Paint) -> Strokes:
    """Hatch a rectangle from bottom left to top right."""
    height, width = panel.bottom - panel.top, panel.right - panel.left
    lines: list[tuple[Point, ...]] = []
    offset = _HATCH_STEP / 2
    while offset < width + height:
        begin, end = max(0.0, offset - height), min(offset, width)
        lines.append(((panel.left + begin, panel.top + offset - begin), (panel.left + end, panel.top + offset - end)))
        offset += _HATCH_STEP
    return Strokes(tuple(lines), paint)


def _lead_shapes(passage: PassageView, scale: TimeScale, colour: str) -> Iterator[Shape]:
    """Draw the passage as a trapezoid whose slopes are the leads, hatched where another passage may overlap."""
    start, end = scale.x(passage.start), scale.x(passage.end)
    full, leaving = scale.x(passage.start + passage.lead_in), scale.x(passage.end - passage.lead_out)
    for left, right in ((start, full), (leaving, end)):
        if right > left:
            yield hatched(WAVEFORM.between(left, right), Paint(colour, _HATCH_OPACITY))
    top, bottom = WAVEFORM.top, WAVEFORM.bottom
    yield Strokes((((start, bottom), (full, top), (leaving, top), (end, bottom)),), Paint(colour), 1.4)


def _fade_shapes(passage: PassageView, scale: TimeScale, colour: str) -> Iterator[Shape]:
    loudness = passage.loudness.integrated
    top, bottom = level_y(0.0 if loudness is None else loudness), LEVELS.bottom
    lines: list[tuple[Point, ...]] = []
    if passage.fade_in is not None:
        lines.append(((scale.x(passage.start), bottom), (scale.x(passage.start + passage.fade_in), top)))
    if passage.fade_out is not None:
        lines.append(((scale.x(passage.end - passage.fade_out), top), (scale.x(passage.end), bottom)))
    if lines:
        yield Strokes(tuple(lines), Paint(colour), 1.4, dash=4.0)


def _loudness_shapes(passage: PassageView, scale: TimeScale, colour: str) -> Iterator[Shape]:
    loudness = passage.loudness.integrated
    if loudness is None:
        return
    start, end = scale.x(passage.start), scale.x(passage.end)
    if loudness > LOWEST_LEVEL:
        yield Strokes((((start, level_y(loudness)), (end, level_y(loudness))),), INK, 1.4)
    words = f"{loudness:.1f} LUFS".replace("-", "\N{MINUS SIGN}")
    size = 11.0
    if width_of(words, size) <= end - start - 2 * _INDENT:
        yield Text((start + _INDENT, LEVELS.top + 13.0), words, size, Paint(colour))


def _label_shapes(index: int, passage: PassageView, scale: TimeScale, colour: str) -> Iterator[Shape]:
    start, end = scale.x(passage.start), scale.x(passage.end)
    yield Area(LABELS.between(start, end).outline, Paint(colour, _LABEL_OPACITY))
    yield Area(Panel(start, LABELS.top, end, LABELS.top + 3.0).outline, Paint(colour))
    room = end - start - 2 * _INDENT
    span = f"{clock_time(passage.start)} \N{EN DASH} {clock_time(passage.end)}"
    lines = (
        (f"{index + 1}  {_name(passage.title) or 'no title'}", 13.0, INK, True),
        (", ".join(filter(None, map(_name, passage.artists))), 12.0, PALE_INK, False),
        (span if width_of(span, 11.0) <= room else "", 11.0, Paint(colour), False),
    )
    for line, (words, size, paint, bold) in enumerate(lines):
        shown = shortened(legible(words), size * (1.08 if bold else 1.0), room)
        if shown:
            yield Text((start + _INDENT, LABELS.top + 18.0 + 15.0 * line), shown, size, paint, bold=bold, room=room)


def _name(named: Named) -> str:
    return named.name or named.mbid or ""
