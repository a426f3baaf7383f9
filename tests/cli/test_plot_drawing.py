"""The drawing of a file without a library: geometry, edges and hostile text."""

import io
import unicodedata
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from passagework.domain.analysis import AudioFormat, Envelope, Waveform
from passagework.domain.ids import Guid
from passagework.domain.links import LinkState
from passagework.domain.measured import Loudness
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from passagework.domain.views import FileCurves, Named, PassageView
from passagework.drawing.file_picture import file_picture
from passagework.drawing.layout import HEIGHT, IDLE, LEVELS, WAVEFORM, WIDTH
from passagework.drawing.png import to_png
from passagework.drawing.shapes import Area, Paint, Picture, Strokes, Text
from passagework.drawing.signal_shapes import level_y
from passagework.drawing.svg import to_svg
from passagework.drawing.time_axis import axis_ticks
from passagework.drawing.wording import legible, shortened, width_of
from tests.support.effort import examples

RATE = 44_100
HOP = 441
ARABIC_PHRASE = "\ufdfd"
"""One character, as broad as ten."""


def ticks(seconds):
    return Ticks(round(seconds * TICKS_PER_SECOND))


def passage(start, end, *, loudness=-20.0, title="Title", artists=("Artist",), **lengths):
    """Make a passage; ``lengths`` are lead_in, lead_out, fade_in and fade_out in seconds."""
    found = {"lead_in": 0, "lead_out": 0, "fade_in": None, "fade_out": None} | lengths
    return PassageView(
        guid=Guid("guid"),
        path=b"/file",
        start=ticks(start),
        end=ticks(end),
        **{name: None if length is None else ticks(length) for name, length in found.items()},
        loudness=Loudness(loudness, None, None, None),
        stored_fingerprint=None,
        link_state=LinkState.UNIDENTIFIED,
        title=Named(title, None),
        artists=tuple(Named(artist, None) for artist in artists),
        album=Named(None, None),
        medium=None,
        track=None,
    )


def curves(seconds, *passages, level=40, peak=64):
    """Make the curves of a file of one level (half-dB steps below full scale) and one peak (127 = full scale)."""
    hops = max(1, round(seconds * 100))
    hops_per_point = -(-hops // 2048)
    points = -(-hops // hops_per_point)
    return FileCurves(
        AudioFormat("flac", "flac", RATE, 2, 900_000),
        round(seconds * RATE),
        Envelope(HOP, bytes([level]) * hops),
        Waveform(hops_per_point * HOP, np.tile(np.array([-peak, peak], np.int8), points).tobytes()),
        passages,
    )


def x_of(second, seconds):
    return pytest.approx(WAVEFORM.left + (WAVEFORM.right - WAVEFORM.left) * second / seconds, abs=0.01)


def shapes(kind, *arguments):
    return [shape for shape in file_picture("name", curves(*arguments)).shapes if isinstance(shape, kind)]


def solid_lines(*arguments):
    return [strokes.lines[0] for strokes in shapes(Strokes, *arguments) if strokes.dash is None]


def test_leads_are_the_slopes_of_a_trapezoid():
    (slopes,) = (line for line in solid_lines(20, passage(2, 18, lead_in=3, lead_out=5)) if len(line) == 4)
    bottom, top = WAVEFORM.bottom, WAVEFORM.top
    assert slopes == ((x_of(2, 20), bottom), (x_of(5, 20), top), (x_of(13, 20), top), (x_of(18, 20), bottom))


def test_lead_zones_are_hatched_and_passages_without_leads_are_not():
    def hatched(*passages):
        return [
            strokes
            for strokes in shapes(Strokes, 20, *passages)
            if len(strokes.lines) > 3 and strokes.paint.opacity < 1 and strokes.lines[0][0][1] <= WAVEFORM.bottom
        ]

    assert len(hatched(passage(2, 18))) == 0
    both = hatched(passage(2, 18, lead_in=3, lead_out=5))
    edges = [
        (min(x for line in zone.lines for x, _ in line), max(x for line in zone.lines for x, _ in line))
        for zone in both
    ]
    assert edges == [(x_of(2, 20), x_of(5, 20)), (x_of(13, 20), x_of(18, 20))]


def test_fades_are_dashed_up_to_the_loudness():
    dashed = [s for s in shapes(Strokes, 20, passage(2, 18, fade_in=4, fade_out=6, loudness=-30.0)) if s.dash]
    assert dashed[0].lines == (
        ((x_of(2, 20), LEVELS.bottom), (x_of(6, 20), level_y(-30.0))),
        ((x_of(12, 20), level_y(-30.0)), (x_of(18, 20), LEVELS.bottom)),
    )


def test_loudness_is_a_line_from_start_to_end():
    flat = [line for line in solid_lines(20, passage(2, 18, loudness=-30.0)) if line[0][1] == level_y(-30.0)]
    assert flat == [((x_of(2, 20), level_y(-30.0)), (x_of(18, 20), level_y(-30.0)))]


def test_the_level_is_drawn_where_the_grid_says():
    areas = [area for area in shapes(Area, 20) if area.paint.colour == IDLE.colour and area.paint.opacity < 1]
    assert min(y for _, y in areas[0].outline) == pytest.approx(level_y(-20.0))


def test_the_waveform_fills_half_its_panel_at_half_of_full_scale():
    waveform = next(area for area in shapes(Area, 20) if area.paint == IDLE)
    heights = [y for _, y in waveform.outline]
    assert max(heights) - min(heights) == pytest.approx((WAVEFORM.bottom - WAVEFORM.top) * 64 / 127)


def test_a_signal_is_drawn_to_the_very_ends_of_its_passage():
    waveform = next(area for area in shapes(Area, 20, passage(2, 18)) if area.paint == Paint("#3d6d92"))
    assert (waveform.outline[0][0], max(x for x, _ in waveform.outline)) == (x_of(2, 20), x_of(18, 20))


@pytest.mark.parametrize("seconds", [0.001, 0.05, 1.0, 3_600.0, 36_000.0])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_files_of_every_length_are_drawn_inside_the_picture(seconds, count):
    passages = [passage(seconds * n / count, seconds * (n + 1) / count, loudness=None) for n in range(count)]
    picture = file_picture("name", curves(seconds, *passages))
    points = [p for s in picture.shapes if isinstance(s, Area) for p in s.outline]
    points += [p for s in picture.shapes if isinstance(s, Strokes) for line in s.lines for p in line]
    points += [s.at for s in picture.shapes if isinstance(s, Text)]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    ET.fromstring(to_svg(picture))


def test_names_of_neighbours_do_not_touch():
    picture = file_picture("name", curves(60, *(passage(n, n + 1, title="A long title " * 9) for n in range(0, 60, 3))))
    for text in picture.shapes:
        if isinstance(text, Text) and text.room is not None:
            assert width_of(text.content, text.size) <= text.room + 1


@pytest.mark.slow
@examples(40)
@given(st.text(), st.text(st.characters()), st.text())
def test_any_name_gives_a_picture_that_can_be_read(name, title, artist):
    picture = file_picture(name, curves(10, passage(0, 10, title=title, artists=(artist, ""))))
    root = ET.fromstring(to_svg(picture))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "rect", "path", "text"}


@given(st.text(st.characters(exclude_categories=())))
def test_legible_text_is_one_short_line_without_anything_hidden(text):
    line = legible(text)
    line.encode()
    assert len(line) <= 400
    assert line == line.strip()
    assert all(unicodedata.category(char) not in {"Cc", "Cs", "Cn", "Zl", "Zp"} for char in line)
    assert not set(line) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_legible_text_keeps_what_is_written_and_takes_piles_of_accents_down():
    assert (
        legible("Bj\u00f6rk \u2013 \u97f3\u697d \U0001f469\u200d\U0001f3a4")
        == "Bj\u00f6rk \u2013 \u97f3\u697d \U0001f469\u200d\U0001f3a4"
    )
    assert legible("a\nb\tc\x00") == "a b c"
    assert legible("z" + "\u0301" * 50 + "!") == "z" + "\u0301" * 3 + "!"


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"])), st.floats(5, 20), st.floats(0, 500))
def test_shortened_text_fits_or_is_left_out(text, size, room):
    short = shortened(text, size, room)
    assert width_of(short, size) <= room
    assert short in {text, ""} or (short.endswith("\u2026") and text.startswith(short[:-1]))


@given(st.integers(1, 400 * 3600 * TICKS_PER_SECOND))
def test_the_time_axis_has_few_evenly_spaced_ticks(duration):
    found = axis_ticks(Ticks(duration), 1112.0)
    times = [tick.at for tick in found]
    assert times[0] == 0
    assert times[-1] <= duration
    assert len(found) <= 13
    assert len({tick.label for tick in found}) == len(found)
    steps = np.diff(times)
    assert steps.size == 0 or steps.max() - steps.min() <= 1


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.012, ["0:00.000", "0:00.001", "0:00.002"]),
        (0.5, ["0:00.00", "0:00.05", "0:00.10"]),
        (5.0, ["0:00.0", "0:00.5", "0:01.0"]),
        (215.0, ["0:00", "0:30", "1:00"]),
        (3_600.0, ["0:00:00", "0:05:00", "0:10:00"]),
        (36_000.0, ["0:00:00", "1:00:00", "2:00:00"]),
    ],
)
def test_the_time_axis_counts_as_people_do(seconds, labels):
    assert [tick.label for tick in axis_ticks(ticks(seconds), 1112.0)][:3] == labels


def test_text_that_is_broader_than_its_room_is_cut_in_both_formats():
    text = Text((10.0, 30.0), ARABIC_PHRASE + "W" * 200, 20.0, Paint("#000000"), room=50.0)
    picture = Picture(400, 60, Paint("#ffffff"), "title", (text,))
    (frame,) = ET.fromstring(to_svg(picture)).findall("{http://www.w3.org/2000/svg}svg")
    assert frame.get("width") == "50"
    with Image.open(io.BytesIO(to_png(picture))) as image:
        right = Image.eval(image.convert("L"), lambda value: 255 - value).getbbox()
    assert right is None or right[2] <= 2 * (10 + 50) + 2


def test_dashes_leave_gaps():
    line = Strokes((((0.0, 10.0), (100.0, 10.0)),), Paint("#000000"), 4.0, dash=10.0)
    picture = Picture(100, 20, Paint("#ffffff"), "title", (line,))
    with Image.open(io.BytesIO(to_png(picture))) as image:
        row = [image.getpixel((2 * x, 20))[0] for x in (5, 15, 25, 35)]
    assert row == [0, 255, 0, 255]
    assert b'stroke-dasharray="10"' in to_svg(picture)
