"""The pieces that the text tags of a file state: an embedded CUE sheet, and Ogg's chapters."""

import re
from collections.abc import Iterable
from typing import Final

from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import parse_cue_sheet, printable
from passagework.domain.sheets.naming import files_named
from passagework.domain.sheets.nested import chapters
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND, Ticks

_SHEETS: Final = frozenset({"cuesheet", "wm/cuesheet"})
"""The names of tags with a sheet in all formats, without case and without what stands before a colon."""

_CHAPTER: Final = re.compile("CHAPTER([0-9]{2,4})(NAME)?", re.IGNORECASE)
_TIME: Final = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?")


def sheet_in_tags(tags: Tags, file_name: bytes) -> GivenCuts | None:
    """Return what an embedded sheet says about the file; without pieces if it is broken or about other files."""
    texts = (values[0] for name, values in tags.raw if values and _last(name) in _SHEETS)
    text = next(texts, None)
    if text is None:
        return None
    sheet = parse_cue_sheet(text)
    # It may have been written for another name; the file in which it is is the one that is meant.
    files = sheet.files if len(sheet.files) == 1 else [one for one in sheet.files if files_named(one.name, [file_name])]
    if not files:
        return GivenCuts(source=CutSource.EMBEDDED_SHEET, pieces=())
    return sheet.cuts(files[0], CutSource.EMBEDDED_SHEET)


def chapters_in_tags(tags: Tags) -> GivenCuts | None:
    """Return the chapters in Vorbis comments (https://wiki.xiph.org/Chapter_Extension); None if there are none."""
    starts: dict[int, Ticks] = {}
    names: dict[int, str | None] = {}
    for name, values in tags.raw:
        found = _CHAPTER.fullmatch(_last(name))
        if found is None or not values:
            continue
        if found[2]:
            names[int(found[1])] = printable(values[0])
        elif (time := _TIME.fullmatch(values[0].strip())) is not None:
            starts[int(found[1])] = _ticks(time.groups(default="0"))
    return chapters(GivenPiece(start=start, title=names.get(number)) for number, start in starts.items())


def _last(name: str) -> str:
    return name.rpartition(":")[2].casefold()


def _ticks(parts: Iterable[str]) -> Ticks:
    hours, minutes, whole, fraction = parts
    seconds = int(hours) * 3600 + int(minutes) * 60 + int(whole)
    return Ticks(seconds * TICKS_PER_SECOND + int(fraction) * TICKS_PER_SECOND // 10 ** len(fraction))
