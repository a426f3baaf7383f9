"""What a sheet, or the list of chapters of a file, states about its passages."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.given_cuts import CutSource, GivenCuts
from passagework.domain.tags import Tags
from passagework.domain.waiting import WaitingPassage

_SOURCES: Final[Mapping[str, EvidenceSource]] = MappingProxyType(
    {
        CutSource.CUE_SHEET: EvidenceSource.CUE_SHEET,
        CutSource.EMBEDDED_SHEET: EvidenceSource.CUE_SHEET,
        CutSource.CHAPTERS: EvidenceSource.CHAPTERS,
        CutSource.CUE_POINTS: EvidenceSource.CUE_POINTS,
        # The tags of each stream.
        CutSource.CHAIN: EvidenceSource.TAG_TEXT,
    }
)
"""A person states no names with cuts, and those of a source that only a newer version knows cannot be weighed."""


def piece_statements(given: GivenCuts | None, passage: WaitingPassage) -> tuple[Statement, ...]:
    """List what is stated about the piece that a passage is."""
    source = None if given is None else _SOURCES.get(given.source)
    if source is None:
        return ()
    piece = passage.piece
    said = (
        *(("title", piece.title), ("artist", piece.performer)),
        *(("track", None if piece.track is None else str(piece.track)), ("isrc", piece.isrc)),
    )
    return tuple(Statement(source, kind, value, None, passage.guid) for kind, value in said if value is not None)


def without_artists(statements: Iterable[Statement], of_piece: Iterable[Statement]) -> Iterable[Statement]:
    """Leave out the artists of a file whose pieces have others, where one is stated about this piece."""
    if not any(one.kind == "artist" for one in of_piece):
        return statements
    return [one for one in statements if one.kind != "artist" or one.passage is not None or one.named_by is not None]


def attributed(statements: Iterable[Statement], tags: Tags, given: GivenCuts) -> tuple[Statement, ...]:
    """Return the statements of tags; those by which a sheet completed the tags with their source.

    The texts that are in the file are its own, whoever else says the same.
    """
    source = _SOURCES.get(given.source)
    said = {
        *(("album", given.album), ("artist", given.performer), ("album-artist", given.performer)),
        *(("date", given.date), ("disc", str(given.disc))),
    }
    of_file = {value for _, values in tags.raw for value in values}
    return tuple(
        replace(one, source=source)
        if source is not None and (one.kind, one.value) in said and one.value not in of_file
        else one
        for one in statements
    )
