"""Text on a picture: names come from tags and paths, so they may contain anything and have any length."""

import unicodedata
from typing import Final

_MOST_CHARACTERS: Final = 400
"""More characters never fit on a picture, even if many of them are combining marks without width."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, format characters, unassigned, surrogates, line and paragraph breaks."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Format characters that some scripts and emoji need."""

_MARKS_IN_A_ROW: Final = 3
"""Accents on one letter; no language needs more than two."""

_NARROW: Final = frozenset("fijlrtI|.,:;'!()[]{}/\\- \u00b7")
_BROAD: Final = frozenset("mwMW@%\u2014\u2026")

_ELLIPSIS: Final = "\u2026"
_LEAST_KEPT: Final = 3

_LATIN: Final = "\u024f"
"""The last letter of the alphabets whose widths are like those of ASCII."""


def legible(text: str) -> str:
    """Return the text in one line, with nothing in it that XML forbids, that a font cannot show or that deceives.

    Invisible characters become one space between words, and nothing at the ends. Stacks of accents
    are reduced, and text of more than 400 characters is cut.
    """
    shown: list[str] = []
    marks = 0
    for char in text[: 4 * _MOST_CHARACTERS]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_IN_A_ROW:
            hidden = unicodedata.category(char) in _INVISIBLE and char not in _JOINERS
            shown.append(" " if hidden else char)
    line = " ".join("".join(shown).split())
    return line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + _ELLIPSIS


def shortened(text: str, size: float, room: float) -> str:
    """Shorten the text with an ellipsis to about ``room`` pixels at a font size; empty if there is no space.

    Widths are estimates for the wider of the usual sans-serif fonts, because the reader's font is unknown.
    """
    if width_of(text, size) <= room:
        return text
    left = room - width_of(_ELLIPSIS, size)
    kept = 0
    for char in text:
        left -= width_of(char, size)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + _ELLIPSIS if kept >= _LEAST_KEPT else ""


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text at a font size in pixels."""
    return size * sum(map(_width, text))


def _width(char: str) -> float:
    """Return a character's share of the font size."""
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return 1.05
    if char in _NARROW:
        return 0.4
    if char in _BROAD:
        return 1.0
    if char > _LATIN:
        return 1.1
    return 0.72 if char.isupper() else 0.64
