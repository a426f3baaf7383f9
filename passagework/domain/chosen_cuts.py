"""Choose what gives the bounds of passages: a person, a sheet, the file itself, a track list, or the sound.

What is said about pieces does not cut through silence: each piece is trimmed to its sound, as a file would be. Where
the sound goes on over a bound, the bound is the one that is given.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.codes import UnknownCode
from passagework.domain.given_cuts import (
    NO_PIECE,
    CutSource,
    Fitted,
    GivenCuts,
    GivenPiece,
    PieceTags,
    fitted,
    read_bounds,
    tags_by_overlap,
)
from passagework.domain.ids import Guid
from passagework.domain.spans import Span
from passagework.domain.units import TICKS_PER_SECOND, Ticks, samples_from_ticks, ticks_from_samples

if TYPE_CHECKING:
    from passagework.domain.segmentation import Cuts

_FAR_BEHIND: Final = 3 * TICKS_PER_SECOND
"""A list with a piece that begins so long after the end of the file is about another file."""

_SNAP: Final = TICKS_PER_SECOND
"""A piece that is said to end less than this before the next one, or before the end of the file, ends there."""

_RINGING: Final = 0.1
"""Seconds. So little sound of a neighbour beside a bound, before a silence, is not of the piece."""

_FEWEST: Final = 2
"""One piece is no cut; what is said about it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the sound of a file says: ``passages``, and its ``sounds``, the music with every silence in it.

    Both in samples. ``shortest`` is the length of the shortest passage that is one without doubt.
    """

    passages: tuple[Span, ...]
    sounds: tuple[Span, ...]
    samples: int
    sample_rate: int
    shortest: float

    @classmethod
    def of(cls, cuts: "Cuts", samples: int, sample_rate: int, rules: SegmentationRules) -> "Heard":
        """Take it from the cuts that were found."""
        return cls(
            passages=cuts.passages,
            sounds=cuts.sounds,
            samples=samples,
            sample_rate=sample_rate,
            shortest=rules.shortest_passage,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCuts:
    """The passages of a file, in samples: ``cut_by`` gave their bounds, None: the sound.

    ``given`` is what the sheet or the file itself says, also where it did not cut. ``left_out``: pieces that were given
    and that the file cannot have. ``unreadable``: a sheet or list is broken, or about another file.
    """

    spans: tuple[Span, ...]
    tags: tuple[PieceTags, ...]
    keeps: tuple[Guid | None, ...]
    cut_by: CutSource | UnknownCode | None = None
    given: GivenCuts | None = None
    left_out: int = 0
    unreadable: bool = False


def choose(
    heard: Heard,
    bounds: str | None,
    said: Sequence[GivenCuts],
    *,
    has_title: bool = False,
    placed: Sequence[GivenPiece] = (),
) -> ChosenCuts:
    """Choose the bounds of the passages.

    There are four cases. Those of a person (``bounds``, as they are stored) count before all others. Then come those
    of the first source in ``said`` with several pieces that are in the file, then the tracks of a list where they were
    ``placed``, and last those of the sound. What is said about a piece belongs to the passage that is most of it,
    whoever gave its bounds. ``has_title``: the tags of the file have one, so what is said about a file that is one
    piece does not count.
    """
    usable = [one for one in said if one.pieces and _is_about(one, heard)]
    given = next((one for one in usable if len(one.pieces) >= _FEWEST), next(iter(usable), None))
    pieces = None if given is None else fitted(_snapped(given.pieces, heard), heard.samples, heard.sample_rate)
    unreadable = len(usable) < len(said)
    if (by_person := _by_a_person(bounds, pieces, heard)) is not None:
        return replace(by_person, given=given, unreadable=unreadable)
    chosen = None if given is None or pieces is None else _by_pieces(given.source, pieces, heard)
    if chosen is None and placed:
        chosen = _by_pieces(CutSource.TRACK_LIST, fitted(placed, heard.samples, heard.sample_rate), heard)
    if chosen is None:
        nothing = len(heard.passages)
        chosen = ChosenCuts(
            spans=heard.passages,
            tags=(NO_PIECE,) * nothing if pieces is None or has_title else _of_a_whole_file(heard.passages, pieces),
            keeps=(None,) * nothing,
        )
    # What a person wants is not in the file at all.
    left_out = chosen.left_out + (bounds is not None)
    return replace(chosen, given=given, unreadable=unreadable, left_out=left_out)


def _is_about(cuts: GivenCuts, heard: Heard) -> bool:
    behind = samples_from_ticks(Ticks(cuts.pieces[-1].start - _FAR_BEHIND), heard.sample_rate)
    return behind < heard.samples


def _snapped(pieces: Sequence[GivenPiece], heard: Heard) -> Iterator[GivenPiece]:
    """Yield the pieces without those ends that are only rounded."""
    of_file = ticks_from_samples(heard.samples, heard.sample_rate)
    for piece, after in zip(pieces, [*(piece.start for piece in pieces[1:]), of_file], strict=True):
        yield replace(piece, end=None) if piece.end is not None and piece.end > after - _SNAP else piece


def _by_a_person(bounds: str | None, pieces: Fitted | None, heard: Heard) -> ChosenCuts | None:
    if bounds is None:
        return None
    pieces_wanted = [GivenPiece(start=one.start, end=one.end, keeps=one.keeps) for one in read_bounds(bounds)]
    wanted = fitted(pieces_wanted, heard.samples, heard.sample_rate)
    if not wanted.spans:
        return None
    tags = (NO_PIECE,) * len(wanted.spans) if pieces is None else tags_by_overlap(wanted.spans, pieces)
    return ChosenCuts(
        spans=wanted.spans, tags=tags, keeps=wanted.keeps, cut_by=CutSource.PERSON, left_out=wanted.left_out
    )


def _by_pieces(source: CutSource | UnknownCode, pieces: Fitted, heard: Heard) -> ChosenCuts | None:
    """Return the pieces that have sound, each trimmed to it; None if there are not several.

    Music before the first piece is a passage, too, if it is long enough: the hidden track of a CD.
    """
    if len(pieces.spans) < _FEWEST:
        return None
    spans, tags = list(pieces.spans), list(pieces.tags)
    before = spans[0].start
    hidden = sum(max(0, min(one.end, before) - one.start) for one in heard.passages)
    if hidden >= heard.shortest * heard.sample_rate:
        spans.insert(0, Span(0, before))
        tags.insert(0, NO_PIECE)
    trimmed = [(_trimmed(span, heard), said) for span, said in zip(spans, tags, strict=True)]
    kept = [(span, said) for span, said in trimmed if span is not None]
    return ChosenCuts(
        spans=tuple(span for span, _ in kept),
        tags=tuple(said for _, said in kept),
        keeps=(None,) * len(kept),
        cut_by=source,
        left_out=pieces.left_out,
    )


def _trimmed(span: Span, heard: Heard) -> Span | None:
    """Return a piece without the silence at its edges; None if it has no sound."""
    first = bisect_right(heard.sounds, span.start, key=lambda sound: sound.end)
    behind = bisect_left(heard.sounds, span.end, key=lambda sound: sound.start)
    sounds = list(heard.sounds[first:behind])
    ringing = round(_RINGING * heard.sample_rate)
    if len(sounds) > 1 and sounds[0].start < span.start and sounds[0].end - span.start < ringing:
        del sounds[0]
    if len(sounds) > 1 and sounds[-1].end > span.end and span.end - sounds[-1].start < ringing:
        del sounds[-1]
    return Span(max(span.start, sounds[0].start), min(span.end, sounds[-1].end)) if sounds else None


def _of_a_whole_file(heard: tuple[Span, ...], pieces: Fitted) -> tuple[PieceTags, ...]:
    """Return what is said about a file that is one piece, if it is one passage."""
    return pieces.tags if len(heard) == len(pieces.tags) == 1 else (NO_PIECE,) * len(heard)
