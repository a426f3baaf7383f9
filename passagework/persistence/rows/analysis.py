"""The columns of an analysis: of a file, of its curves, and of a passage."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import NO_PIECE, Given, GivenCuts, PieceTags, read_cuts
from passagework.domain.measured import Loudness, PassageMeasures, measured_columns
from passagework.persistence.rows.columns import Columns

_AUDIO: Final = MappingProxyType(
    {
        "container": "format.container",
        "codec": "format.codec",
        "sample_rate": "format.sample_rate",
        "channels": "format.channels",
        "bit_rate": "format.bit_rate",
        "decoder": "format.decoder",
        "content_hash": "content_hash",
        "audio_hash": "audio_hash",
        "samples": "samples",
        "duration_ticks": "duration",
        **{column.column: ".".join(("loudness", *column.path)) for column in measured_columns(Loudness)},
        "bad_packets": "damage.bad_packets",
        "missing_samples": "damage.missing_samples",
        "invalid_samples": "damage.invalid_samples",
        "cut_by": "cut_by",
        "made_cuts": "made_cuts",
        "made_list": "made_list",
        "list_score": "list_score",
        "given_cuts": "given_cuts",
        "sheet_hash": "sheet_hash",
        "pieces_hash": "pieces_hash",
        "begins_with": "begins_with",
        "ends_with": "ends_with",
        "analysis_version": "analysis_version",
    }
)
"""The audio of a file: columns of ``file``, with their paths in a FileAnalysis."""

AUDIO_OF: Final = Columns(_AUDIO)
AUDIO: Final = AUDIO_OF.names

_MEASURES: Final = MappingProxyType(
    {column.column: ".".join(column.path) for column in measured_columns(PassageMeasures)}
)
MEASURES: Final = Columns(_MEASURES)
"""What is measured of a passage: columns of ``passage``, with their paths in a PassageMeasures."""

_USER_LENGTHS: Final = MappingProxyType(
    {"lead_in_ticks": "user_lead_in_ticks", "lead_out_ticks": "user_lead_out_ticks"}
)


def in_effect(column: str, table: str) -> str:
    """Return a measured column of passages as it counts: as a person set it, and never longer than the passage."""
    if (own := _USER_LENGTHS.get(column)) is None:
        return f"{table}.{column}"
    length = f"{table}.end_ticks - {table}.start_ticks"
    return (
        f"CASE WHEN {table}.{own} IS NULL THEN {table}.{column}"
        f" WHEN {table}.{own} > {length} THEN {length} ELSE {table}.{own} END"
    )


_PIECE: Final = MappingProxyType(
    {
        "given_track": "piece.track",
        "given_title": "piece.title",
        "given_performer": "piece.performer",
        "given_isrc": "piece.isrc",
    }
)
PIECE: Final = tuple(_PIECE)
"""What is said about a passage by what gave the cuts."""

PASSAGE: Final = Columns({**_MEASURES, **_PIECE, "loudness_distribution": "loudness_distribution"})
"""All that an analysis says of a passage: columns of ``passage``, with their paths in a PassageAnalysis."""

CUES_OF: Final = Columns(
    {
        "start_ticks": "start",
        "end_ticks": "end",
        "lead_in_ticks": "lead_in",
        "lead_out_ticks": "lead_out",
        "fade_in_ticks": "fade_in",
        "fade_out_ticks": "fade_out",
    }
)
CUES: Final = CUES_OF.names[2:]
"""The cues of a passage with some bounds: columns of ``passage``, with their paths in a RedoneCues."""

_UNKNOWN: Final = (None, None, None, None)

_SIGN: Final = 1 << 63
_RANGE: Final = 1 << 64


def stamp_row(stamp: FileStamp) -> dict[str, int | None]:
    """Return the columns of a stamp. SQLite's integers are signed, device and inode are not: two's complement."""
    return {
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "device": _signed(stamp.device),
        "inode": _signed(stamp.inode),
        "ctime_ns": stamp.ctime_ns,
    }


def stamp_from(row: Mapping[str, Any]) -> FileStamp:
    """Take the stamp from a row."""
    return FileStamp(
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        device=row["device"] % _RANGE,
        inode=row["inode"] % _RANGE,
        ctime_ns=row["ctime_ns"],
    )


def _signed(number: int) -> int:
    return number - _RANGE if _SIGN <= number < _RANGE else number


STAMP: Final = tuple(stamp_row(FileStamp(0, 0)))
"""The columns of a stamp."""


def piece_of(track: int | None, title: str | None, performer: str | None, isrc: str | None) -> PieceTags:
    """Take what is said about a piece from the columns PIECE."""
    if (track, title, performer, isrc) == _UNKNOWN:
        return NO_PIECE
    return PieceTags(track=track, title=title, performer=performer, isrc=isrc)


def given_cuts_from(stored: str | None) -> GivenCuts | None:
    """Take what gave the cuts from the column ``given_cuts``."""
    return None if stored is None else read_cuts(stored)


def given_of(bounds: str | None, track_list: str | None, audio_hash: bytes | None) -> Given | None:
    """Take what the library gives about a file from its columns; None: nothing."""
    if track_list is None:
        return None if bounds is None else Given(bounds=bounds)
    return Given(bounds=bounds, track_list=track_list, list_of=audio_hash)
