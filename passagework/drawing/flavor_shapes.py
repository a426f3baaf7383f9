"""The flavor of passages below their curves: for each a row of bars, a bar for each share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from passagework.domain.flavor.values import Flavor, Groups
from passagework.domain.flavor.words import in_words
from passagework.domain.ids import Guid
from passagework.domain.views import PassageView
from passagework.drawing.layout import GRID, HEIGHT, INK, LEVELS, PALE_INK, Panel
from passagework.drawing.passage_shapes import passage_colour
from passagework.drawing.shapes import Area, Paint, Shape, Strokes, Text
from passagework.drawing.wording import legible, shortened, width_of

MOST_ROWS: Final = 12
"""More passages are not drawn: the picture would be too tall to look at."""

_ROW: Final = 84.0
_MARGIN: Final = 8.0
_LABEL_SIZE: Final = 12.0
_NAME_SIZE: Final = 10.0
_BARS_AT: Final = 26.0
_BARS_HEIGHT: Final = 34.0
_GAP: Final = 16.0
_WIDEST_BAR: Final = 9.0

Heard = Sequence[tuple[int, PassageView, Flavor]]


def heard_of(passages: Sequence[PassageView], flavors: Mapping[Guid, Flavor]) -> Heard:
    """Return the passages of which something was heard, each with its index in the file, at most MOST_ROWS."""
    found = [
        (index, passage, flavor)
        for index, passage in enumerate(passages)
        if (flavor := flavors.get(passage.guid)) is not None and flavor.groups
    ]
    return found[:MOST_ROWS]


def height_of(heard: Heard) -> int:
    """Return by how many pixels the rows make the picture taller."""
    return round(_ROW * len(heard) + _MARGIN) if heard else 0


def flavor_rows(heard: Heard) -> Iterator[Shape]:
    """Draw the rows below the picture of the curves."""
    for row, (index, passage, flavor) in enumerate(heard):
        top = HEIGHT + _ROW * row
        colour = passage_colour(index)
        room = LEVELS.right - LEVELS.left
        name = passage.title.name or passage.title.mbid or "no title"
        label = f"{index + 1}  {name}: {', '.join(in_words(flavor)) or 'neither tempo nor key are heard'}"
        label = shortened(legible(label), 1.08 * _LABEL_SIZE, room)
        yield Strokes((((LEVELS.left, top), (LEVELS.right, top)),), GRID)
        yield Text((LEVELS.left, top + 17.0), label, _LABEL_SIZE, INK, room=room)
        yield from _bars(flavor.groups, top + _BARS_AT, colour)


def _bars(groups: Groups, top: float, colour: str) -> Iterator[Shape]:
    members = sum(len(members) for _, members in groups)
    room = LEVELS.right - LEVELS.left - _GAP * (len(groups) - 1)
    step = min(_WIDEST_BAR, room / max(1, members))
    left, bottom = LEVELS.left, top + _BARS_HEIGHT
    for name, shares in groups:
        right = left + step * len(shares)
        yield Strokes((((left, bottom), (right, bottom)),), PALE_INK)
        largest = max((share for _, share in shares), default=0.0)
        for place, (_, share) in enumerate(shares):
            height = _BARS_HEIGHT * share / largest if largest else 0.0
            bar = Panel(left + step * place, bottom - height, left + step * (place + 0.8), bottom)
            yield Area(bar.outline, Paint(colour))
        shown = legible(name)
        if width_of(shown, _NAME_SIZE) <= max(
            right - left + _GAP, LEVELS.right - left if name == groups[-1][0] else 0.0
        ):
            yield Text((left, bottom + 12.0), shown, _NAME_SIZE, PALE_INK)
        left = right + _GAP
