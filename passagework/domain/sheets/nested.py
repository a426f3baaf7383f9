"""Lists of chapters that hold each other."""

from collections.abc import Iterable
from itertools import pairwise

from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import MOST_TRACKS


def chapters(pieces: Iterable[GivenPiece]) -> GivenCuts | None:
    """Return chapters in order; None if there are none. Of those that begin together, only the shortest counts."""
    ordered = sorted(pieces, key=lambda piece: (piece.start, -(piece.end or piece.start)))
    kept = [one for one, after in pairwise(ordered) if one.start < after.start] + ordered[-1:]
    return GivenCuts(source=CutSource.CHAPTERS, pieces=tuple(kept[:MOST_TRACKS])) if kept else None
