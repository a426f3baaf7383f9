"""Cuts that are given and not heard: by a person, by a sheet beside the file, or by the file itself.

They go before what the sound says. :func:`fitted` makes bounds of them that a file can have.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json, write_unicode_json
from passagework.domain.spans import Span
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND, Ticks, samples_from_ticks


class CutSource(StrEnum):
    """What gave the cuts of a file, the first that there is counts."""

    PERSON = "person"
    CUE_SHEET = "cue-sheet"
    """A CUE sheet beside the file."""

    EMBEDDED_SHEET = "embedded-cue-sheet"
    CHAPTERS = "chapters"
    CUE_POINTS = "cue-points"
    CHAIN = "chain"
    """The streams of a chained Ogg file, one behind the other."""

    TRACK_LIST = "track-list"
    """The track list of the release that a file holds (:mod:`passagework.domain.track_lists`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPiece:
    """One piece: from ``start`` to ``end``, in ticks from the first sample; None: to the next one, or to the end.

    ``track``, ``title``, ``performer`` and ``isrc`` are what is said about it. ``keeps`` is the passage that a person
    has given these bounds.
    """

    start: Ticks
    end: Ticks | None = None
    track: int | None = None
    title: str | None = None
    performer: str | None = None
    isrc: str | None = None
    keeps: Guid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One passage as a person wants it: from, to, and the passage that this is; None: a new one."""

    start: Ticks
    end: Ticks
    keeps: Guid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCuts:
    """The pieces of one file, in order, and what is said about all of them."""

    source: CutSource | UnknownCode
    pieces: tuple[GivenPiece, ...]
    album: str | None = None
    performer: str | None = None
    date: str | None = None
    disc: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceTags:
    """What is said about the piece that a passage is; all None where nothing is."""

    track: int | None = None
    title: str | None = None
    performer: str | None = None
    isrc: str | None = None


NO_PIECE: Final = PieceTags()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All that is given about a file from outside of it.

    ``bounds`` are those of a person, as they are stored (:func:`write_bounds`); ``sheet`` is beside the file.
    ``track_list`` is that of the release that the file was found to hold, as it is stored, and ``list_of`` the hash of
    the audio of which that was found.
    """

    bounds: str | None = None
    sheet: GivenCuts | None = None
    track_list: str | None = None
    list_of: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Bounds that a file can have, in samples; ``tags`` and ``keeps`` of each; ``left_out``: pieces that it cannot."""

    spans: tuple[Span, ...]
    tags: tuple[PieceTags, ...]
    keeps: tuple[Guid | None, ...]
    left_out: int = 0


_SHORTEST: Final = 0.05
"""Seconds. A shorter piece is none: marks that two programs set at one place."""


@dataclass(slots=True)
class _Fitting:
    spans: list[Span] = field(default_factory=list)
    tags: list[PieceTags] = field(default_factory=list)
    keeps: list[Guid | None] = field(default_factory=list)
    left_out: int = 0


def fitted(pieces: Iterable[GivenPiece], samples: int, sample_rate: int) -> Fitted:
    """Return the bounds of the pieces in a file of so many samples.

    A piece ends where the next one begins, or the file ends, at the latest. One that is not in the file, or shorter
    than a twentieth of a second, is left out.
    """
    made = _Fitting()
    ordered = sorted(pieces, key=lambda piece: piece.start)
    edges = [min(samples_from_ticks(piece.start, sample_rate), samples) for piece in ordered]
    for piece, start, after in zip(ordered, edges, [*edges, samples][1:], strict=True):
        end = after if piece.end is None else min(samples_from_ticks(piece.end, sample_rate), after)
        if end - start < max(_SHORTEST * sample_rate, 1):
            made.left_out += 1
            continue
        made.spans.append(Span(start, end))
        made.tags.append(PieceTags(track=piece.track, title=piece.title, performer=piece.performer, isrc=piece.isrc))
        made.keeps.append(piece.keeps)
    return Fitted(spans=tuple(made.spans), tags=tuple(made.tags), keeps=tuple(made.keeps), left_out=made.left_out)


def cuts_of_links(starts: Sequence[Fraction], tags: Sequence[Tags]) -> GivenCuts | None:
    """Return a piece for each link of a chained file, given where it begins, in seconds, and its tags."""
    if len(starts) < 2:  # noqa: PLR2004 - one stream gives no cuts
        return None
    pieces = tuple(
        GivenPiece(
            start=Ticks(round(start * TICKS_PER_SECOND)),
            track=of_link.track_number,
            title=of_link.title,
            performer=of_link.artist_credit,
            isrc=next(iter(of_link.isrcs), None),
        )
        for start, of_link in zip(starts, tags, strict=True)
    )
    return GivenCuts(source=CutSource.CHAIN, pieces=pieces)


def tags_by_overlap(spans: Iterable[Span], of: Fitted) -> tuple[PieceTags, ...]:
    """Return for each span what is said about the piece with which it shares at least half of the longer of both."""
    return tuple(
        next(
            (
                tags
                for other, tags in zip(of.spans, of.tags, strict=True)
                if 2 * (min(span.end, other.end) - max(span.start, other.start))
                >= max(span.end - span.start, other.end - other.start)
            ),
            NO_PIECE,
        )
        for span in spans
    )


def write_bounds(bounds: Iterable[Bound]) -> str:
    """Return the text to store of the bounds that a person wants; equal ones give equal text."""
    return write_unicode_json([[one.start, one.end, one.keeps] for one in sorted(bounds, key=lambda one: one.start)])


def read_bounds(text: str) -> tuple[Bound, ...]:
    """Read what was stored. Raises ValueError or TypeError for what is none."""
    found: list[list[Any]] = read_json(text)
    for start, end, keeps in found:
        if not all(type(edge) is int and edge >= 0 for edge in (start, end)):
            raise ValueError("bounds are whole numbers of ticks")
        if keeps is not None and not isinstance(keeps, str):
            raise ValueError("a passage is named by its guid")
    return tuple(Bound(start=start, end=end, keeps=keeps) for start, end, keeps in found)


def write_cuts(cuts: GivenCuts) -> str:
    """Return the text to store of the cuts that a sheet, or the file itself, gives; equal cuts give equal text."""
    return write_unicode_json(
        {
            "source": cuts.source,
            "album": cuts.album,
            "performer": cuts.performer,
            "date": cuts.date,
            "disc": cuts.disc,
            "pieces": [
                [piece.start, piece.end, piece.track, piece.title, piece.performer, piece.isrc] for piece in cuts.pieces
            ],
        }
    )


def cuts_hash(cuts: Iterable[GivenCuts]) -> bytes | None:
    """Return by what to tell later whether a source still says the same; None where none says anything."""
    texts = [write_cuts(one) for one in cuts]
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=16).digest() if texts else None


def read_cuts(text: str) -> GivenCuts:
    """Read what was stored."""
    found: dict[str, Any] = read_json(text)
    names = ("start", "end", "track", "title", "performer", "isrc")
    pieces = tuple(GivenPiece(**dict(zip(names, piece, strict=True))) for piece in found.pop("pieces"))
    return GivenCuts(source=open_code(CutSource, found.pop("source")), pieces=pieces, **found)
