"""Write a picture as PNG."""

import io
import itertools
from functools import lru_cache
from typing import Final, assert_never

from PIL import Image, ImageColor, ImageDraw, ImageFont

from passagework.drawing.shapes import Area, Paint, Picture, Point, Shape, Strokes, Text

_PIXELS: Final = 2
"""PNG pixels per pixel of the picture in each direction, so that text is crisp on high-density screens."""

_SUBPIXELS: Final = 2
"""Shapes are drawn larger by this factor and averaged, because Pillow does not antialias."""

_FONTS: Final = (
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
)
"""Regular and bold. The first font with all characters of a text is used; if there is none, Pillow's default."""

_UNKNOWN: Final = "\U0010fffd"
"""A private-use character that fonts lack: it looks like every missing character."""

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def to_png(picture: Picture) -> bytes:
    """Return the picture as a PNG file of twice its width and height."""
    factor = _PIXELS * _SUBPIXELS
    fine = Image.new("RGB", (factor * picture.width, factor * picture.height), picture.background.colour)
    pen = ImageDraw.Draw(fine, "RGBA")
    for shape in picture.shapes:
        _draw(pen, shape, factor)
    image = fine.resize((_PIXELS * picture.width, _PIXELS * picture.height), Image.Resampling.BOX)
    # Fonts are antialiased already. No shape is above a text.
    pen = ImageDraw.Draw(image, "RGBA")
    for shape in picture.shapes:
        if isinstance(shape, Text):
            _write(pen, shape)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, factor: int) -> None:
    match shape:
        case Area(outline=outline, paint=paint):
            pen.polygon(_scaled(outline, factor), fill=_colour(paint))
        case Strokes(lines=lines, paint=paint, width=width, dash=dash):
            for line in lines:
                for part in (line,) if dash is None else _dashes(line, dash):
                    pen.line(_scaled(part, factor), _colour(paint), max(1, round(width * factor)), joint="curve")
        case Text():
            pass
        case _:
            assert_never(shape)


def _write(pen: ImageDraw.ImageDraw, text: Text) -> None:
    font = _font_for(text.content, round(text.size * _PIXELS), bold=text.bold)
    (at,) = _scaled((text.at,), _PIXELS)
    anchor = {"start": "ls", "middle": "ms", "end": "rs"}[text.anchor]
    content = text.content
    while text.room is not None and pen.textlength(content, font) > text.room * _PIXELS:
        content = content[:-1]
    pen.text(at, content, _colour(text.paint), font, anchor)


def _scaled(points: tuple[Point, ...], factor: int) -> list[Point]:
    return [(x * factor, y * factor) for x, y in points]


def _colour(paint: Paint) -> tuple[int, int, int, int]:
    red, green, blue = ImageColor.getrgb(paint.colour)[:3]
    return red, green, blue, round(255 * paint.opacity)


def _dashes(line: tuple[Point, ...], dash: float) -> list[tuple[Point, ...]]:
    """Cut each segment of a line into dashes with gaps of the same length."""
    parts: list[tuple[Point, ...]] = []
    for (left, top), (right, bottom) in itertools.pairwise(line):
        length = ((right - left) ** 2 + (bottom - top) ** 2) ** 0.5
        for index in range(0, int(length / dash) + 1, 2):
            begin, end = (min(part * dash / length, 1.0) if length else 0.0 for part in (index, index + 1))
            parts.append(
                (
                    (left + begin * (right - left), top + begin * (bottom - top)),
                    (left + end * (right - left), top + end * (bottom - top)),
                )
            )
    return parts


def _font_for(content: str, size: int, *, bold: bool) -> _Font:
    fonts = [font for names in _FONTS if (font := _font(names[bold], size)) is not None]
    known = (font for font in fonts if all(_knows(font, char) for char in content))
    return next(known, None) or (fonts[0] if fonts else ImageFont.load_default(size))


@lru_cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    """Find a font of the system by name."""
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _knows(font: ImageFont.FreeTypeFont, char: str) -> bool:
    return char.isspace() or bytes(font.getmask(char)) != bytes(font.getmask(_UNKNOWN))
