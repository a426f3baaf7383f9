"""Write a picture as SVG 1.1."""

from dataclasses import replace
from typing import Final, assert_never
from xml.sax.saxutils import escape

from passagework.drawing.shapes import Area, Paint, Picture, Point, Shape, Strokes, Text

_FONTS: Final = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def to_svg(picture: Picture) -> bytes:
    """Return the picture as a self-contained SVG document."""
    size = f'width="{picture.width}" height="{picture.height}"'
    view = f'viewBox="0 0 {picture.width} {picture.height}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img" font-family="{_FONTS}">',
        f"<title>{escape(picture.title)}</title>",
        f"<rect {size} {_fill(picture.background)}/>",
        *(_element(shape) for shape in picture.shapes),
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _element(shape: Shape) -> str:
    match shape:
        case Area(outline=outline, paint=paint):
            return f'<path d="{_path(outline)}Z" {_fill(paint)}/>'
        case Strokes(lines=lines, paint=paint, width=width, dash=dash):
            dashes = "" if dash is None else f' stroke-dasharray="{_number(dash)}"'
            return (
                f'<path d="{"".join(map(_path, lines))}" fill="none" stroke="{paint.colour}"'
                f'{_opacity("stroke", paint)} stroke-width="{_number(width)}" stroke-linejoin="round"{dashes}/>'
            )
        case Text():
            return _text(shape) if shape.room is None else _cut_text(shape, shape.room)
        case _:
            assert_never(shape)


def _cut_text(text: Text, room: float) -> str:
    """Put the text into a nested picture, which clips it."""
    left, baseline = text.at
    edges = (("x", left), ("y", baseline - text.size), ("width", room), ("height", 1.4 * text.size))
    frame = " ".join(f'{name}="{_number(value)}"' for name, value in edges)
    return f"<svg {frame}>{_text(replace(text, at=(0.0, text.size)))}</svg>"


def _text(text: Text) -> str:
    x, y = text.at
    weight = ' font-weight="600"' if text.bold else ""
    return (
        f'<text x="{_number(x)}" y="{_number(y)}" font-size="{_number(text.size)}" text-anchor="{text.anchor}"{weight} '
        f'{_fill(text.paint)} xml:space="preserve">{escape(text.content)}</text>'
    )


def _fill(paint: Paint) -> str:
    return f'fill="{paint.colour}"{_opacity("fill", paint)}'


def _opacity(what: str, paint: Paint) -> str:
    return "" if paint.opacity == 1 else f' {what}-opacity="{_number(paint.opacity)}"'


def _path(points: tuple[Point, ...]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """Return a number with two decimals at most: finer than any screen."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
