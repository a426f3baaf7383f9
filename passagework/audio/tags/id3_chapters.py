"""The chapters of ID3v2 tags (ID3v2 Chapter Frame Addendum)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from passagework.domain.given_cuts import GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import printable
from passagework.domain.sheets.nested import chapters
from passagework.domain.units import TICKS_PER_SECOND, Ticks

_TOP_LEVEL: Final = 2
"""The flag of the table of contents that stands above all others."""

_NO_TIME: Final = 0xFFFFFFFF
_MILLISECONDS: Final = 1_000


def chapters_of(frames: Mapping[str, Any]) -> GivenCuts | None:
    """Return the chapters of a tag: those that its table of contents lists, or all if it has none.

    A table may list others: then the chapters of those count.
    """
    named = {frame.element_id: frame for frame in frames.values() if frame.FrameID == "CHAP"}
    if not named:
        return None
    tables = {frame.element_id: frame for frame in frames.values() if frame.FrameID == "CTOC"}
    top = next((table for table in tables.values() if table.flags & _TOP_LEVEL), None)
    listed = [] if top is None else [name for name in _leaves(top.element_id, tables) if name in named]
    found = (_piece(named[name]) for name in dict.fromkeys(listed or named))
    return chapters(piece for piece in found if piece is not None)


def _leaves(name: str, tables: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a table lists, and what the tables in it list, each table once."""
    pending, done = [name], set()
    while pending:
        one = pending.pop()
        if one not in tables:
            yield one
        elif one not in done:
            done.add(one)
            pending += reversed(tables[one].child_element_ids)


def _piece(frame: Any) -> GivenPiece | None:  # noqa: ANN401 - mutagen makes the classes of its frames
    if frame.start_time == _NO_TIME:
        return None
    end = frame.end_time
    titles = (text for part in frame.sub_frames.getall("TIT2") for text in part.text)
    return GivenPiece(
        start=_ticks(frame.start_time),
        end=None if end == _NO_TIME or end <= frame.start_time else _ticks(end),
        title=printable(next(titles, "")),
    )


def _ticks(milliseconds: int) -> Ticks:
    return Ticks(milliseconds * TICKS_PER_SECOND // _MILLISECONDS)
