"""The picture of a file: waveform and level over time, with its passages."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from passagework.domain.analysis import AudioFormat
from passagework.domain.flavor.values import Flavor
from passagework.domain.ids import Guid
from passagework.domain.units import Ticks, clock_time, ticks_from_samples
from passagework.domain.views import FileCurves, PassageView
from passagework.drawing.flavor_shapes import flavor_rows, heard_of, height_of
from passagework.drawing.layout import (
    BACKGROUND,
    FACTS_AT,
    GRID,
    HEIGHT,
    IDLE,
    INK,
    LEGEND_AT,
    LEVELS,
    PALE_INK,
    PAPER,
    TITLE_AT,
    WAVEFORM,
    WIDTH,
    Panel,
    TimeScale,
)
from passagework.drawing.passage_shapes import hatched, marks, passage_colour, spans
from passagework.drawing.shapes import Area, Paint, Picture, Point, Shape, Strokes, Text
from passagework.drawing.signal_shapes import Stretch, level_areas, level_y, waveform_areas
from passagework.drawing.time_axis import axis_ticks
from passagework.drawing.wording import legible, shortened, width_of

_SMALL: Final = 11.0
_LEVEL_OPACITY: Final = 0.5
_GRID_LEVELS: Final = (0, -20, -40, -60, -80)
NOT_HEARD: Final[Mapping[Guid, Flavor]] = MappingProxyType({})
"""Flavors that are not drawn."""

_CHANNELS: Final = {1: "mono", 2: "stereo"}


def file_picture(name: str, curves: FileCurves, flavors: Mapping[Guid, Flavor] = NOT_HEARD) -> Picture:
    """Draw a file with a name, which may contain anything: waveform, level in dB, passages, leads, fades, loudness.

    Below that the flavor of passages. 1200 x 440 pixels, and more for each row of a flavor.
    """
    duration = ticks_from_samples(curves.samples, curves.format.sample_rate)
    scale = TimeScale(duration)
    stretches = tuple(_stretches(curves.passages, scale))
    pale = tuple((left, right, Paint(paint.colour, _LEVEL_OPACITY)) for left, right, paint in stretches)
    title = legible(name)
    heard = heard_of(curves.passages, flavors)
    return Picture(
        WIDTH,
        HEIGHT + height_of(heard),
        BACKGROUND,
        title,
        (
            *_header(title, curves, duration),
            *_panels(duration, scale),
            *spans(curves.passages, scale),
            *waveform_areas(curves.waveform, curves.samples, stretches),
            *level_areas(curves.envelope, curves.samples, pale),
            *marks(curves.passages, scale),
            *_legend(),
            *flavor_rows(heard),
        ),
    )


def _stretches(passages: tuple[PassageView, ...], scale: TimeScale) -> Iterator[Stretch]:
    """Divide the axis into passages and the spans between them."""
    reached = WAVEFORM.left
    for index, passage in enumerate(passages):
        start, end = max(scale.x(passage.start), reached), scale.x(passage.end)
        if start > reached:
            yield reached, start, IDLE
        if end > start:
            yield start, end, Paint(passage_colour(index))
            reached = end
    if reached < WAVEFORM.right:
        yield reached, WAVEFORM.right, IDLE


def _header(title: str, curves: FileCurves, duration: Ticks) -> Iterator[Shape]:
    size = 18.0
    room = WAVEFORM.right - WAVEFORM.left
    yield Text(TITLE_AT, shortened(title, 1.08 * size, room), size, INK, bold=True, room=room)
    count = len(curves.passages)
    passages = f"{count} passage{'' if count == 1 else 's'}"
    facts = " \N{MIDDLE DOT} ".join((*_format_words(curves.format), clock_time(duration), passages))
    yield Text(FACTS_AT, shortened(legible(facts), 12.0, room), 12.0, PALE_INK, room=room)


def _format_words(audio: AudioFormat) -> Iterator[str]:
    yield audio.codec if audio.codec == audio.container else f"{audio.codec} in {audio.container}"
    yield f"{audio.sample_rate / 1000:g} kHz"
    yield _CHANNELS.get(audio.channels, f"{audio.channels} channels")
    if audio.bit_rate:
        yield f"{round(audio.bit_rate / 1000)} kbit/s"


def _panels(duration: Ticks, scale: TimeScale) -> Iterator[Shape]:
    """Draw the background of the curves, with scales."""
    yield Area(WAVEFORM.outline, PAPER)
    yield Area(LEVELS.outline, PAPER)
    middle = (WAVEFORM.top + WAVEFORM.bottom) / 2
    ticks = axis_ticks(duration, WAVEFORM.right - WAVEFORM.left)
    lines: list[tuple[Point, ...]] = [((WAVEFORM.left, middle), (WAVEFORM.right, middle))]
    lines += [((LEVELS.left, level_y(level)), (LEVELS.right, level_y(level))) for level in _GRID_LEVELS]
    for panel in (WAVEFORM, LEVELS):
        lines += [((scale.x(tick.at), panel.top), (scale.x(tick.at), panel.bottom)) for tick in ticks]
    yield Strokes(tuple(lines), GRID)
    for words, y in (("+1", WAVEFORM.top + 9.0), ("0", middle + 4.0), ("\N{MINUS SIGN}1", WAVEFORM.bottom - 1.0)):
        yield Text((WAVEFORM.left - 8.0, y), words, _SMALL, PALE_INK, "end")
    for level in _GRID_LEVELS:
        words = f"{level} dB".replace("-", "\N{MINUS SIGN}")
        yield Text((LEVELS.left - 8.0, level_y(level) + 4.0), words, _SMALL, PALE_INK, "end")
    for tick in ticks:
        yield Text((scale.x(tick.at), LEVELS.bottom + 17.0), tick.label, _SMALL, PALE_INK, "middle")


def _legend() -> Iterator[Shape]:
    """Draw the legend, in the colour of the first passage."""
    paint = Paint(passage_colour(0))
    x, baseline = LEGEND_AT
    middle, swatch = baseline - 4.0, 22.0
    box = Panel(x, baseline - 11.0, x + swatch, baseline + 3.0)
    for words in ("passage", "lead-in, lead-out", "fade in the recording", "loudness", "level", "outside of passages"):
        box = Panel(x, box.top, x + swatch, box.bottom)
        match words:
            case "passage":
                yield Area(box.outline, Paint(paint.colour, 0.2))
                yield Area(Panel(box.left, box.top, box.right, box.top + 3.0).outline, paint)
            case "lead-in, lead-out":
                yield hatched(box, Paint(paint.colour, 0.55))
                yield Strokes((((box.left, box.bottom), (box.right, box.top)),), paint, 1.4)
            case "fade in the recording":
                yield Strokes((((box.left, box.top), (box.right, box.bottom)),), paint, 1.4, dash=4.0)
            case "loudness":
                yield Strokes((((box.left, middle), (box.right, middle)),), INK, 1.4)
            case "level":
                yield Area(box.outline, Paint(paint.colour, _LEVEL_OPACITY))
            case _:
                yield Area(box.outline, IDLE)
        yield Text((x + swatch + 7.0, baseline), words, _SMALL, PALE_INK)
        x += swatch + 7.0 + width_of(words, _SMALL) + 16.0
