"""The chapters of Matroska files (RFC 9559, 5.1.7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final

from passagework.audio.tags.ebml import content, elements, texts
from passagework.domain.given_cuts import GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import MOST_TRACKS, printable
from passagework.domain.sheets.nested import chapters
from passagework.domain.units import TICKS_PER_SECOND, Ticks

CHAPTERS: Final = 0x1043A770
_EDITION: Final = 0x45B9
_EDITION_HIDDEN: Final = 0x45BD
_EDITION_DEFAULT: Final = 0x45DB
_CHAPTER: Final = 0xB6
_START: Final = 0x91
_END: Final = 0x92
_HIDDEN: Final = 0x98
_ENABLED: Final = 0x4598
_DISPLAY: Final = 0x80
_STRING: Final = 0x85

_NANOSECONDS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Edition:
    is_default: bool
    is_hidden: bool
    inside: int
    after: int


def chapters_of(file: BinaryIO, first: int, behind: int) -> GivenCuts | None:
    """Return the chapters of the default edition, or else of the first that is not hidden; None if there are none.

    Chapters may have chapters in them. Those of the first level count, unless there is only one, which has some.
    """
    editions = [
        _Edition(
            _flag(file, inside, after, _EDITION_DEFAULT), _flag(file, inside, after, _EDITION_HIDDEN), inside, after
        )
        for element, inside, after in islice(elements(file, first, behind), MOST_TRACKS)
        if element == _EDITION
    ]
    if not editions:
        return None
    edition = min(editions, key=lambda one: (not one.is_default, one.is_hidden))
    atoms = list(_atoms(file, edition.inside, edition.after))
    if len(atoms) == 1 and (inner := list(_atoms(file, *atoms[0]))):
        atoms = inner
    return chapters(piece for atom in atoms if (piece := _piece(file, *atom)) is not None)


def _atoms(file: BinaryIO, first: int, behind: int) -> Iterator[tuple[int, int]]:
    found = ((inside, after) for element, inside, after in elements(file, first, behind) if element == _CHAPTER)
    return islice(found, MOST_TRACKS)


def _piece(file: BinaryIO, first: int, behind: int) -> GivenPiece | None:
    numbers: dict[int, int] = {}
    title = None
    for element, inside, after in elements(file, first, behind):
        if element == _DISPLAY:
            title = title or next(texts(file, _STRING, inside, after), None)
        elif element in {_START, _END, _HIDDEN, _ENABLED}:
            numbers[element] = int.from_bytes(content(file, inside, min(after, inside + 8)))
    if _START not in numbers or numbers.get(_HIDDEN) or not numbers.get(_ENABLED, 1):
        return None
    end = numbers.get(_END)
    return GivenPiece(
        start=_ticks(numbers[_START]),
        end=None if end is None or end <= numbers[_START] else _ticks(end),
        title=None if title is None else printable(title),
    )


def _flag(file: BinaryIO, first: int, behind: int, wanted: int) -> bool:
    return any(
        element == wanted and any(content(file, inside, min(after, inside + 8)))
        for element, inside, after in elements(file, first, behind)
    )


def _ticks(nanoseconds: int) -> Ticks:
    return Ticks(nanoseconds * TICKS_PER_SECOND // _NANOSECONDS)
