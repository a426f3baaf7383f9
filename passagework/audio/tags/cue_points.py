"""Places that recorders and editors mark in WAV files (cue, adtl) and AIFF files (MARK)."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import MOST_TRACKS, printable
from passagework.domain.units import seconds, ticks_from_samples

_FEWEST: Final = 2
_SHORTEST_SECONDS: Final = 10.0
"""Shorter pieces are parts of one: the places of loops, hits and corrections."""

_NO_TITLE: Final = re.compile(
    r"(?:(?:marker|mark|cue|point|region|track|take|index|beg|begin|start|end|stop|loop|start loop|end loop|beg loop"
    r"|sustain|release|tempo|peak|clip|overload|error|dropout|intro|verse|pre-?chorus|chorus|refrain|hook|bridge|solo"
    r"|break|breakdown|build(?:-?up)?|drop|middle 8|interlude|coda|outro|part)s?)?[\s._#:-]*(?:[0-9]*|[a-d])",
    re.IGNORECASE,
)
"""What programs write by themselves, and the parts of a song: no titles of pieces."""

_RATE_BYTES: Final = 8
_NUMBER_BYTES: Final = 4


@dataclass(slots=True)
class CuePoints:
    """Places in samples by number, with labels and lengths; those with a length are regions."""

    sample_rate: int = 0
    starts: dict[int, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)

    def cuts(self) -> GivenCuts | None:
        """Return the pieces that the places mark; None if they are marks in a piece, as far as one can tell.

        There are two cases. At least two regions that are not within each other are pieces. Places without length are
        where pieces begin if all have labels, which name pieces and not parts of a song. No piece is shorter than ten
        seconds. One place alone, or places without labels, may mark anything.
        """
        if not self.sample_rate:
            return None
        regions = sorted((start, self.lengths[one], one) for one, start in self.starts.items() if self.lengths.get(one))
        places = sorted((start, 0, one) for one, start in self.starts.items())
        for marked in (regions, places):
            pieces = self._pieces(marked)
            names = {piece.title for piece in pieces}
            named = None not in names and len(names) == len(pieces)
            if len(pieces) >= _FEWEST and _are_apart(pieces) and (named or marked is regions):
                return GivenCuts(source=CutSource.CUE_POINTS, pieces=pieces)
        return None

    def _pieces(self, marked: Sequence[tuple[int, int, int]]) -> tuple[GivenPiece, ...]:
        return tuple(
            GivenPiece(
                start=ticks_from_samples(start, self.sample_rate),
                end=ticks_from_samples(start + length, self.sample_rate) if length else None,
                title=_title(self.labels.get(number, "")),
            )
            for start, length, number in marked[:MOST_TRACKS]
        )

    def take_riff(self, name: bytes, data: bytes, order: str) -> None:
        """Take in a chunk of a WAV file, or of its list "adtl" (Multimedia Programming Interface 1.0)."""
        if name == b"fmt " and len(data) >= _RATE_BYTES:
            self.sample_rate = struct.unpack_from(f"{order}4xL", data)[0]
        elif name == b"cue ":
            point = struct.Struct(f"{order}LL4sLLL")
            for at in range(4, len(data) - point.size + 1, point.size)[:MOST_TRACKS]:
                number, _, chunk, _, _, start = point.unpack_from(data, at)
                if chunk in {b"data", bytes(4)}:
                    self.starts.setdefault(number, start)
        elif name == b"labl" and len(data) > _NUMBER_BYTES:
            self.labels.setdefault(struct.unpack_from(f"{order}L", data)[0], _text(data[_NUMBER_BYTES:]))
        elif name == b"ltxt" and len(data) >= 2 * _NUMBER_BYTES:
            number, length = struct.unpack_from(f"{order}LL", data)
            self.lengths.setdefault(number, length)

    def take_aiff(self, name: bytes, data: bytes) -> None:
        """Take in a chunk of an AIFF file (Apple, Audio Interchange File Format 1.3)."""
        if name == b"COMM":
            self.sample_rate = _extended(data[8:18])
            return
        at = 2
        for _ in range(min(int.from_bytes(data[:2]), MOST_TRACKS)):
            if at + 7 > len(data):
                return
            number, start, length = struct.unpack_from(">hLB", data, at)
            at += 7
            self.starts.setdefault(number, start)
            self.labels.setdefault(number, _text(data[at : at + length]))
            at += length + (length + 1) % 2


def _are_apart(pieces: Sequence[GivenPiece]) -> bool:
    """Tell whether pieces follow each other, each at least ten seconds long as far as that is known here."""
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        end = piece.end if after is None or (piece.end is not None and piece.end < after.start) else after.start
        if after is not None and piece.end is not None and piece.end > after.start:
            return False
        if end is not None and seconds(end) - seconds(piece.start) < _SHORTEST_SECONDS:
            return False
    return True


def _title(label: str) -> str | None:
    title = printable(label)
    return None if title is None or _NO_TITLE.fullmatch(title) else title


def _text(data: bytes) -> str:
    text = data.split(b"\0", 1)[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _extended(data: bytes) -> int:
    """Read a rate as an 80-bit number (IEEE 754 extended): sign and exponent, then 64 bits with the leading one."""
    exponent = int.from_bytes(data[:2]) - 16_383 - 63
    mantissa = int.from_bytes(data[2:10])
    return mantissa >> -exponent if -64 < exponent <= 0 else 0  # noqa: PLR2004 - beyond is no rate
